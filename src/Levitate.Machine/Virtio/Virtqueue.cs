using System;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Threading;

namespace Levitate.Machine.Virtio;

/// <summary>
/// A split virtqueue (virtio 1.1, section 2.6) whose chains are single descriptors. The caller numbers the descriptors and
/// guards all members with its own lock. What the device writes is checked: an impossible answer makes the queue
/// <see cref="IsBroken"/>, and it stays silent from then on.
/// </summary>
public sealed class Virtqueue
{
    /// <summary>The alignment of the used ring in the legacy interface, in bytes.</summary>
    public const int LegacyAlignment = 4096;

    private const int DescriptorBytes = 16;
    private const ushort DescriptorDeviceWrites = 2;
    private const ushort NoInterrupt = 1;
    private const ushort NoNotify = 1;
    private const int NotInFlight = -1;

    private readonly DmaRegion _memory;
    private readonly int _availableOffset;
    private readonly int _usedOffset;

    /// <summary>By descriptor: how many bytes the device may write into its buffer, or <see cref="NotInFlight"/>.</summary>
    private readonly int[] _writable;

    private ushort _availableIndex;
    private ushort _usedIndex;

    /// <summary>An empty queue of <paramref name="size"/> descriptors (a power of two) in zeroed memory of <see cref="BytesFor"/> bytes. Interrupts are off.</summary>
    public Virtqueue(DmaRegion memory, int size, bool isLegacy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(memory.Length, BytesFor(size, isLegacy));
        _memory = memory;
        Size = size;
        _availableOffset = size * DescriptorBytes;
        _usedOffset = UsedOffset(size, isLegacy);
        _writable = new int[size];
        Array.Fill(_writable, NotInFlight);
        SetInterrupts(false);
    }

    /// <summary>Descriptors.</summary>
    public int Size { get; }

    /// <summary>Buffers that the device has.</summary>
    public int InFlight { get; private set; }

    /// <summary>Whether the device has broken the rules.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Physical address of the descriptor table; in the legacy interface, of everything.</summary>
    public ulong DescriptorTableAddress => _memory.PhysicalAddress;

    /// <summary>Physical address of the available ring.</summary>
    public ulong AvailableRingAddress => _memory.PhysicalAddress + (uint)_availableOffset;

    /// <summary>Physical address of the used ring.</summary>
    public ulong UsedRingAddress => _memory.PhysicalAddress + (uint)_usedOffset;

    /// <summary>Bytes that a queue needs.</summary>
    public static int BytesFor(int size, bool isLegacy)
    {
        if (!BitOperations.IsPow2(size) || size is < 1 or > 32768)
        {
            throw new ArgumentOutOfRangeException(nameof(size));
        }

        return UsedOffset(size, isLegacy) + 6 + (8 * size);
    }

    /// <summary>Puts a buffer into the available ring; the device sees it after <see cref="Publish"/>.</summary>
    public void Add(int descriptor, DmaRegion buffer, bool deviceWrites)
    {
        if (_writable[descriptor] != NotInFlight)
        {
            throw new InvalidOperationException("The device still has this descriptor.");
        }

        Span<byte> entry = _memory.Bytes.Slice(descriptor * DescriptorBytes, DescriptorBytes);
        MemoryMarshal.Cast<byte, ulong>(entry)[0] = buffer.PhysicalAddress;
        MemoryMarshal.Cast<byte, uint>(entry)[2] = (uint)buffer.Length;
        MemoryMarshal.Cast<byte, ushort>(entry)[6] = deviceWrites ? DescriptorDeviceWrites : (ushort)0;
        _writable[descriptor] = deviceWrites ? buffer.Length : 0;
        Available[2 + (_availableIndex & (Size - 1))] = (ushort)descriptor;
        _availableIndex++;
        InFlight++;
    }

    /// <summary>Shows the device what was added. Returns whether it wants to be notified of it.</summary>
    public bool Publish()
    {
        Volatile.Write(ref Available[1], _availableIndex);

        // The device turns notifications on and then looks at the index once more; so the index must be out before we look.
        Interlocked.MemoryBarrier();
        return !IsBroken && (Volatile.Read(ref UsedHeader[0]) & NoNotify) == 0;
    }

    /// <summary>Takes back the next buffer that the device is done with.</summary>
    /// <param name="descriptor">Its descriptor.</param>
    /// <param name="written">How many bytes the device wrote into it.</param>
    public bool TryTake(out int descriptor, out int written)
    {
        descriptor = 0;
        written = 0;
        if (IsBroken || Volatile.Read(ref UsedHeader[1]) == _usedIndex)
        {
            return false;
        }

        Span<uint> element = MemoryMarshal.Cast<byte, uint>(_memory.Bytes.Slice(_usedOffset + 4 + (8 * (_usedIndex & (Size - 1))), 8));
        uint id = Volatile.Read(ref element[0]);
        uint length = Volatile.Read(ref element[1]);
        if (id >= (uint)Size || _writable[id] == NotInFlight)
        {
            IsBroken = true;
            return false;
        }

        if (_writable[id] == 0)
        {
            // Old devices report what they read here.
            length = 0;
        }
        else if (length > (uint)_writable[id])
        {
            IsBroken = true;
            return false;
        }

        _writable[id] = NotInFlight;
        _usedIndex++;
        InFlight--;
        descriptor = (int)id;
        written = (int)length;
        return true;
    }

    /// <summary>
    /// Asks for interrupts when buffers come back, or for none: a hint. After turning them on, look with
    /// <see cref="TryTake"/> once more: what came just before makes no interrupt.
    /// </summary>
    public void SetInterrupts(bool enabled)
    {
        Volatile.Write(ref Available[0], enabled ? (ushort)0 : NoInterrupt);
        Interlocked.MemoryBarrier();
    }

    private Span<ushort> Available => MemoryMarshal.Cast<byte, ushort>(_memory.Bytes.Slice(_availableOffset, 6 + (2 * Size)));

    private Span<ushort> UsedHeader => MemoryMarshal.Cast<byte, ushort>(_memory.Bytes.Slice(_usedOffset, 4));

    private static int UsedOffset(int size, bool isLegacy)
    {
        int end = (size * DescriptorBytes) + 6 + (2 * size);
        int alignment = isLegacy ? LegacyAlignment : 4;
        return (end + alignment - 1) & -alignment;
    }
}
