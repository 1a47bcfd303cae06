using System;

namespace Levitate.Machine.Virtio;

/// <summary>
/// A piece of memory that a device reads and writes: contiguous in physical memory, mapped for the kernel, and never
/// moved. Its bytes may change at any time under the reader: copy first, then check the copy.
/// </summary>
public readonly unsafe struct DmaRegion
{
    private readonly byte* _pointer;

    /// <summary>A region over mapped memory that outlives every user of it.</summary>
    public DmaRegion(byte* pointer, ulong physicalAddress, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _pointer = pointer;
        PhysicalAddress = physicalAddress;
        Length = length;
    }

    /// <summary>The first byte as the device addresses it.</summary>
    public ulong PhysicalAddress { get; }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>The bytes as the kernel sees them.</summary>
    public Span<byte> Bytes => new(_pointer, Length);

    /// <summary>A part of it. Throws where the part does not lie inside.</summary>
    public DmaRegion Slice(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(Length - offset));
        return new DmaRegion(_pointer + offset, PhysicalAddress + (uint)offset, length);
    }
}

/// <summary>Memory for devices. What is allocated stays for as long as the machine runs: so do its devices.</summary>
public interface IDmaAllocator
{
    /// <summary>Takes page-aligned zeros; false when there is no contiguous memory of that size.</summary>
    bool TryAllocate(int bytes, out DmaRegion region);
}
