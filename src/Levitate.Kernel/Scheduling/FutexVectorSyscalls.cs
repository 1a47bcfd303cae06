using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Time;

namespace Levitate.Kernel.Scheduling;

/// <summary>Waiting for several futexes at once.</summary>
internal static class FutexVectorSyscalls
{
    private const ulong Most = 128;
    private const uint FUTEX2_SIZE_U32 = 2, FUTEX2_PRIVATE = 128;

    /// <summary>Sleeps while all words of a list hold their values, until an absolute time.</summary>
    /// <returns>The index of one that was woken; EAGAIN where a word holds another value; ETIMEDOUT; EINTR; EINVAL for flags, sizes and clocks that there are not; EFAULT.</returns>
    /// <remarks>Linux: futex_waitv(2), since 5.16.</remarks>
    [Syscall(449, Name = "futex_waitv", Unsupported = "FUTEX2_NUMA, FUTEX2_MPOL: EINVAL")]
    internal static SyscallResult FutexWaitv(UserThread caller, UserAddress list, uint count, uint flags, UserAddress timeout, int clock)
    {
        if (flags != 0 || count == 0 || count > Most || list.IsNull)
        {
            return Errno.EINVAL;
        }

        Errno error = ReadDeadline(caller, timeout, clock, out long deadline);
        if (error != Errno.None)
        {
            return error;
        }

        var entries = new Entry[count];
        var futexes = new AwaitedFutex[count];
        error = caller.Memory.Read(list, MemoryMarshal.AsBytes(entries.AsSpan()));
        if (error != Errno.None)
        {
            return error;
        }

        for (int i = 0; i < entries.Length; i++)
        {
            Entry entry = entries[i];
            if ((entry.Flags & ~FUTEX2_PRIVATE) != FUTEX2_SIZE_U32 || entry.Reserved != 0 || entry.Value > uint.MaxValue)
            {
                return Errno.EINVAL;
            }

            futexes[i] = new AwaitedFutex(new UserAddress(entry.Address), (uint)entry.Value, (entry.Flags & FUTEX2_PRIVATE) != 0);
        }

        return caller.Kernel.Futexes.WaitForAny(caller, futexes, deadline);
    }

    private static Errno ReadDeadline(UserThread caller, UserAddress timeout, int clock, out long deadline)
    {
        const int CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1;
        deadline = ThreadParker.NoDeadline;
        if (timeout.IsNull)
        {
            return Errno.None;
        }

        if (clock is not (CLOCK_REALTIME or CLOCK_MONOTONIC))
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<TimeSpec>(timeout).TryGet(out TimeSpec time, out Errno error))
        {
            return error;
        }

        deadline = clock == CLOCK_REALTIME ? caller.Kernel.RealClock.ToMonotonic(time.ToNanoseconds()) : time.ToNanoseconds();
        return time.IsValid ? Errno.None : Errno.EINVAL;
    }

    /// <summary>struct futex_waitv.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Entry(ulong Value, ulong Address, uint Flags, uint Reserved);
}
