using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Buffers of reads and writes as system calls get them.</summary>
internal static class IoArguments
{
    /// <summary>The most bytes that one call moves (Linux: MAX_RW_COUNT).</summary>
    public const long MaximumCount = 0x7fff_f000;

    /// <summary>The most pieces of one readv (UIO_MAXIOV).</summary>
    public const int MaximumSegments = 1024;

    /// <summary>Up to this many pieces a caller reserves space on its stack.</summary>
    public const int StackSegments = 8;

    /// <summary>Checks a buffer in one piece.</summary>
    /// <returns>EFAULT outside of user space, where a negative length always ends.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Errno Check(UserAddress buffer, ulong count) => UserLayout.IsUserRange(buffer.Value, count) ? Errno.None : Errno.EFAULT;

    /// <summary>Reads an array of struct iovec.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="vector">The array.</param>
    /// <param name="count">Its length.</param>
    /// <param name="buffer">Where to, if there is room.</param>
    /// <param name="segments">The pieces, together at most <see cref="MaximumCount"/> bytes.</param>
    /// <returns>EINVAL for too many or a negative length; EFAULT.</returns>
    public static Errno ReadVector(UserThread caller, UserAddress vector, ulong count, Span<UserSegment> buffer, out ReadOnlySpan<UserSegment> segments)
    {
        segments = default;
        if (count > MaximumSegments)
        {
            return Errno.EINVAL;
        }

        Span<UserSegment> all = (int)count <= buffer.Length ? buffer[..(int)count] : new UserSegment[count];
        Errno error = caller.Memory.Read(vector, MemoryMarshal.AsBytes(all));
        if (error != Errno.None)
        {
            return error;
        }

        long total = 0;
        foreach (ref UserSegment segment in all)
        {
            if (segment.Length < 0)
            {
                return Errno.EINVAL;
            }

            if (!UserLayout.IsUserRange(segment.Address.Value, (ulong)segment.Length))
            {
                return Errno.EFAULT;
            }

            segment = segment with { Length = Math.Min(segment.Length, MaximumCount - total) };
            total += segment.Length;
        }

        segments = all;
        return Errno.None;
    }
}
