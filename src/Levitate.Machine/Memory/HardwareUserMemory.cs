using System;
using Levitate.Floor;
using Levitate.Kernel.Platform;

namespace Levitate.Machine.Memory;

/// <summary>
/// Copies to and from the user memory of the calling thread. The kernel runs with the program's page table, and could
/// read its own heap through a user pointer (the window of <see cref="UserLayout.KernelWindowStart"/>): so every range is
/// checked here, right before the copy, whatever the caller has checked.
/// </summary>
internal sealed unsafe class HardwareUserMemory : IUserMemoryCopier
{
    /// <summary>Bytes copied at a time: a copy can't be interrupted by the garbage collector, the loop around it can.</summary>
    private const int ChunkBytes = 64 * 1024;

    /// <inheritdoc/>
    public int CopyFromUser(Span<byte> destination, UserAddress source)
    {
        if (!UserLayout.IsUserRange(source.Value, (uint)destination.Length))
        {
            return 0;
        }

        int copied = 0;
        fixed (byte* start = destination)
        {
            while (copied < destination.Length)
            {
                int chunk = Math.Min(destination.Length - copied, ChunkBytes);
                int part = (int)UserCopy.FromUser(start + copied, source.Value + (uint)copied, (nuint)chunk);
                copied += part;
                if (part < chunk)
                {
                    break;
                }
            }
        }

        return copied;
    }

    /// <inheritdoc/>
    public int CopyToUser(UserAddress destination, ReadOnlySpan<byte> source)
    {
        if (!UserLayout.IsUserRange(destination.Value, (uint)source.Length))
        {
            return 0;
        }

        int copied = 0;
        fixed (byte* start = source)
        {
            while (copied < source.Length)
            {
                int chunk = Math.Min(source.Length - copied, ChunkBytes);
                int part = (int)UserCopy.ToUser(destination.Value + (uint)copied, start + copied, (nuint)chunk);
                copied += part;
                if (part < chunk)
                {
                    break;
                }
            }
        }

        return copied;
    }

    /// <inheritdoc/>
    public int ClearUser(UserAddress destination, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (!UserLayout.IsUserRange(destination.Value, (uint)length))
        {
            return 0;
        }

        int cleared = 0;
        while (cleared < length)
        {
            int chunk = Math.Min(length - cleared, ChunkBytes);
            int part = (int)UserCopy.Clear(destination.Value + (uint)cleared, (nuint)chunk);
            cleared += part;
            if (part < chunk)
            {
                break;
            }
        }

        return cleared;
    }

    /// <inheritdoc/>
    public bool TryLoad(UserAddress address, out uint value)
    {
        value = 0;
        return IsWord(address) && UserCopy.TryLoad32(address.Value, out value);
    }

    /// <inheritdoc/>
    public bool TryCompareExchange(UserAddress address, uint expected, uint replacement, out uint previous)
    {
        previous = 0;
        return IsWord(address) && UserCopy.TryCompareExchange32(address.Value, expected, replacement, out previous);
    }

    private static bool IsWord(UserAddress address) => (address.Value & 3) == 0 && UserLayout.IsUserRange(address.Value, sizeof(uint));
}
