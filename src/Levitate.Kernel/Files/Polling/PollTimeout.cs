using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Polling;

/// <summary>How long poll and select wait.</summary>
/// <param name="Deadline">The monotonic time in nanoseconds.</param>
/// <param name="IsZero">Whether not to wait at all.</param>
internal readonly record struct PollTimeout(long Deadline, bool IsZero)
{
    private const long PerSecond = 1_000_000_000;

    /// <summary>poll's argument; negative: for ever.</summary>
    public static PollTimeout FromMilliseconds(UserThread caller, int milliseconds) =>
        milliseconds < 0 ? new PollTimeout(ThreadParker.NoDeadline, false) : FromNanoseconds(caller, milliseconds * 1_000_000L);

    /// <summary>ppoll's and pselect's struct timespec; null: for ever.</summary>
    /// <returns>EINVAL, EFAULT.</returns>
    public static Result<PollTimeout> Read(UserThread caller, UserAddress address, bool inMicroseconds = false)
    {
        if (address.IsNull)
        {
            return new PollTimeout(ThreadParker.NoDeadline, false);
        }

        if (!caller.Memory.Read<FileTime>(address).TryGet(out FileTime time, out Errno error))
        {
            return error;
        }

        if (inMicroseconds)
        {
            // Linux's select takes any number of microseconds and carries them over.
            time = new FileTime(unchecked(time.Seconds + (time.Nanoseconds / 1_000_000)), time.Nanoseconds % 1_000_000 * 1000);
        }

        if (time.Seconds < 0 || (ulong)time.Nanoseconds >= PerSecond)
        {
            return Errno.EINVAL;
        }

        return FromNanoseconds(caller, time.Seconds > long.MaxValue / PerSecond - 1 ? long.MaxValue : (time.Seconds * PerSecond) + time.Nanoseconds);
    }

    /// <summary>Stores the time that is left, where that can be done; a fault there is no error.</summary>
    public void StoreRest(UserThread caller, UserAddress address, bool inMicroseconds = false)
    {
        if (address.IsNull)
        {
            return;
        }

        long rest = Deadline == ThreadParker.NoDeadline ? 0 : Math.Max(0, Deadline - caller.Process.Machine.Clock.MonotonicNanoseconds);
        FileTime time = FileTime.FromNanoseconds(IsZero ? 0 : rest);
        _ = caller.Memory.Write(address, inMicroseconds ? time with { Nanoseconds = time.Nanoseconds / 1000 } : time);
    }

    private static PollTimeout FromNanoseconds(UserThread caller, long nanoseconds)
    {
        long now = caller.Process.Machine.Clock.MonotonicNanoseconds;
        return new PollTimeout(nanoseconds >= ThreadParker.NoDeadline - now ? ThreadParker.NoDeadline : now + nanoseconds, nanoseconds == 0);
    }
}
