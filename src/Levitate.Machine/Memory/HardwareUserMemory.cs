using System;
using System.Runtime.CompilerServices;
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

        fixed (byte* start = destination)
        {
            return destination.Length <= ChunkBytes
                ? (int)UserCopy.FromUser(start, source.Value, (nuint)destination.Length)
                : CopyFromUserInChunks(start, source.Value, destination.Length);
        }
    }

    /// <inheritdoc/>
    public int CopyToUser(UserAddress destination, ReadOnlySpan<byte> source)
    {
        if (!UserLayout.IsUserRange(destination.Value, (uint)source.Length))
        {
            return 0;
        }

        fixed (byte* start = source)
        {
            return source.Length <= ChunkBytes
                ? (int)UserCopy.ToUser(destination.Value, start, (nuint)source.Length)
                : CopyToUserInChunks(destination.Value, start, source.Length);
        }
    }

    /// <inheritdoc/>
    public int ClearUser(UserAddress destination, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (!UserLayout.IsUserRange(destination.Value, (uint)length))
        {
            return 0;
        }

        return length <= ChunkBytes ? (int)UserCopy.Clear(destination.Value, (nuint)length) : ClearUserInChunks(destination.Value, length);
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

    // Apart from their callers, so that the copies that there are most of, the short ones, have a small frame.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int CopyFromUserInChunks(byte* destination, ulong source, int length)
    {
        int copied = 0;
        while (copied < length)
        {
            int chunk = Math.Min(length - copied, ChunkBytes);
            int part = (int)UserCopy.FromUser(destination + copied, source + (uint)copied, (nuint)chunk);
            copied += part;
            if (part < chunk)
            {
                break;
            }
        }

        return copied;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int CopyToUserInChunks(ulong destination, byte* source, int length)
    {
        int copied = 0;
        while (copied < length)
        {
            int chunk = Math.Min(length - copied, ChunkBytes);
            int part = (int)UserCopy.ToUser(destination + (uint)copied, source + copied, (nuint)chunk);
            copied += part;
            if (part < chunk)
            {
                break;
            }
        }

        return copied;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ClearUserInChunks(ulong destination, int length)
    {
        int cleared = 0;
        while (cleared < length)
        {
            int chunk = Math.Min(length - cleared, ChunkBytes);
            int part = (int)UserCopy.Clear(destination + (uint)cleared, (nuint)chunk);
            cleared += part;
            if (part < chunk)
            {
                break;
            }
        }

        return cleared;
    }

    private static bool IsWord(UserAddress address) => (address.Value & 3) == 0 && UserLayout.IsUserRange(address.Value, sizeof(uint));
}
