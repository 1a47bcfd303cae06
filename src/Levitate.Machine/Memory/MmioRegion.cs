using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Levitate.Floor;

namespace Levitate.Machine.Memory;

/// <summary>
/// A device's registers in memory. Every access is one load or store of its width, in program order. Loads are never
/// inlined: where the caller uses part of the value, the JIT would make the load itself narrower, volatile or not.
/// </summary>
internal readonly unsafe struct MmioRegion
{
    private readonly byte* _pointer;
    private readonly int _length;

    /// <summary>Registers at a physical address, which the floor has mapped.</summary>
    internal MmioRegion(ulong physicalAddress, int length)
    {
        _pointer = DirectMap.Pointer(physicalAddress);
        _length = length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal byte Read8(int offset) => Volatile.Read(ref *At(offset, sizeof(byte)));

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal ushort Read16(int offset) => Volatile.Read(ref *(ushort*)At(offset, sizeof(ushort)));

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal uint Read32(int offset) => Volatile.Read(ref *(uint*)At(offset, sizeof(uint)));

    internal void Write8(int offset, byte value) => Volatile.Write(ref *At(offset, sizeof(byte)), value);

    internal void Write16(int offset, ushort value) => Volatile.Write(ref *(ushort*)At(offset, sizeof(ushort)), value);

    internal void Write32(int offset, uint value) => Volatile.Write(ref *(uint*)At(offset, sizeof(uint)), value);

    private byte* At(int offset, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _length - width);
        return _pointer + offset;
    }
}
