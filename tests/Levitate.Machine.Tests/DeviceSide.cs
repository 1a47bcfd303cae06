using System;
using System.Runtime.InteropServices;
using System.Threading;
using Levitate.Machine.Virtio;

namespace Levitate.Machine.Tests;

/// <summary>A virtqueue as its device sees it.</summary>
internal sealed class DeviceSide(Virtqueue queue)
{
    private ushort _seen;
    private ushort _used;

    public bool WantsInterrupt => (Volatile.Read(ref Available[0]) & 1) == 0;

    private Span<ushort> Available => MemoryMarshal.Cast<byte, ushort>(HostMemory.At(queue.AvailableRingAddress, 4 + (2 * queue.Size)));

    private Span<ushort> UsedHeader => MemoryMarshal.Cast<byte, ushort>(HostMemory.At(queue.UsedRingAddress, 4));

    public bool TryPop(out int descriptor, out ulong address, out int length, out bool isWritable)
    {
        descriptor = 0;
        address = 0;
        length = 0;
        isWritable = false;
        if (Volatile.Read(ref Available[1]) == _seen)
        {
            return false;
        }

        descriptor = Available[2 + (_seen++ & (queue.Size - 1))];
        Span<byte> entry = HostMemory.At(queue.DescriptorTableAddress + ((uint)descriptor * 16), 16);
        address = MemoryMarshal.Read<ulong>(entry);
        length = MemoryMarshal.Read<int>(entry[8..]);
        isWritable = (MemoryMarshal.Read<ushort>(entry[12..]) & 2) != 0;
        return true;
    }

    public void Push(uint descriptor, uint written)
    {
        Span<uint> element = MemoryMarshal.Cast<byte, uint>(HostMemory.At(queue.UsedRingAddress + 4 + (8 * ((uint)_used & ((uint)queue.Size - 1))), 8));
        element[0] = descriptor;
        element[1] = written;
        Volatile.Write(ref UsedHeader[1], ++_used);
        Interlocked.MemoryBarrier();
    }

    public void RefuseNotifications() => UsedHeader[0] = 1;
}
