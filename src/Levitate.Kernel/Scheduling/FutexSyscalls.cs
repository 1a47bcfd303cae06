using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>futex's operations, with their flags.</summary>
/// <remarks>Linux: futex(2).</remarks>
[Flags]
internal enum FutexCommand
{
    FUTEX_WAIT = 0,
    FUTEX_WAKE = 1,
    FUTEX_FD = 2,
    FUTEX_REQUEUE = 3,
    FUTEX_CMP_REQUEUE = 4,
    FUTEX_WAKE_OP = 5,
    FUTEX_LOCK_PI = 6,
    FUTEX_UNLOCK_PI = 7,
    FUTEX_TRYLOCK_PI = 8,
    FUTEX_WAIT_BITSET = 9,
    FUTEX_WAKE_BITSET = 10,
    FUTEX_WAIT_REQUEUE_PI = 11,
    FUTEX_CMP_REQUEUE_PI = 12,
    FUTEX_LOCK_PI2 = 13,
    FUTEX_PRIVATE_FLAG = 128,
    FUTEX_CLOCK_REALTIME = 256,
}

/// <summary>Futexes and the lists of held ones.</summary>
internal static class FutexSyscalls
{
    private const FutexCommand FlagBits = FutexCommand.FUTEX_PRIVATE_FLAG | FutexCommand.FUTEX_CLOCK_REALTIME;

    /// <summary>Waits on a word of user memory, and wakes those who wait.</summary>
    /// <returns>By operation: 0 when woken, or how many were woken; EAGAIN where the word holds another value; ETIMEDOUT; EINTR; EINVAL; EFAULT; ENOSYS for an unknown operation.</returns>
    /// <remarks>Linux: futex(2).</remarks>
    [Syscall(202, Unsupported = "priority inheritance (the *_PI operations) and FUTEX_FD: ENOSYS")]
    internal static SyscallResult Futex(UserThread caller, UserAddress address, FutexCommand operation, uint value, ulong timeout, UserAddress address2, uint value3)
    {
        FutexCommand command = operation & ~FlagBits;
        bool isPrivate = (operation & FutexCommand.FUTEX_PRIVATE_FLAG) != 0;
        bool isRealTime = (operation & FutexCommand.FUTEX_CLOCK_REALTIME) != 0;
        if (isRealTime && command != FutexCommand.FUTEX_WAIT_BITSET)
        {
            return Errno.ENOSYS;
        }

        FutexTable table = caller.Kernel.Futexes;
        switch (command)
        {
            case FutexCommand.FUTEX_WAIT:
                return Wait(caller, address, value, FutexTable.AllBits, new UserAddress(timeout), isRelative: true, isRealTime: false, isPrivate);
            case FutexCommand.FUTEX_WAIT_BITSET:
                return value3 == 0 ? Errno.EINVAL : Wait(caller, address, value, value3, new UserAddress(timeout), isRelative: false, isRealTime, isPrivate);
            case FutexCommand.FUTEX_WAKE:
                return table.Wake(caller, address, AtLeastOne(value), FutexTable.AllBits, isPrivate);
            case FutexCommand.FUTEX_WAKE_BITSET:
                return value3 == 0 ? Errno.EINVAL : table.Wake(caller, address, AtLeastOne(value), value3, isPrivate);
            case FutexCommand.FUTEX_REQUEUE or FutexCommand.FUTEX_CMP_REQUEUE:
                if ((int)value < 0 || (int)timeout < 0)
                {
                    return Errno.EINVAL;
                }

                return table.Requeue(caller, address, (int)value, address2, (int)timeout, command == FutexCommand.FUTEX_CMP_REQUEUE ? value3 : null, isPrivate);
            case FutexCommand.FUTEX_WAKE_OP:
                var change = new FutexOperation(value3);
                return change.IsKnown ? table.WakeOperation(caller, address, AtLeastOne(value), address2, AtLeastOne((uint)timeout), change, isPrivate) : Errno.ENOSYS;
            default:
                return Errno.ENOSYS;
        }
    }

    /// <summary>Says where the list of held robust futexes begins.</summary>
    /// <returns>EINVAL for a head of another size than 24.</returns>
    /// <remarks>Linux: set_robust_list(2).</remarks>
    [Syscall(273, Name = "set_robust_list")]
    internal static SyscallResult SetRobustList(UserThread caller, UserAddress head, ulong size)
    {
        if (size != RobustList.HeadSize)
        {
            return Errno.EINVAL;
        }

        caller.RobustListHead = head;
        return SyscallResult.Success;
    }

    /// <summary>Stores where a thread's list of held robust futexes begins.</summary>
    /// <returns>ESRCH; EPERM for a thread of another user; EFAULT.</returns>
    /// <remarks>Linux: get_robust_list(2).</remarks>
    [Syscall(274, Name = "get_robust_list")]
    internal static SyscallResult GetRobustList(UserThread caller, int threadId, UserAddress head, UserAddress size)
    {
        UserThread? thread = threadId == 0 ? caller : caller.Kernel.Processes.FindThread(threadId);
        if (thread is null)
        {
            return Errno.ESRCH;
        }

        if (thread.Process != caller.Process && caller.Credentials.EffectiveUserId != 0 && caller.Credentials.EffectiveUserId != thread.Credentials.RealUserId)
        {
            return Errno.EPERM;
        }

        Errno error = caller.Memory.Write(size, RobustList.HeadSize);
        return error != Errno.None ? error : caller.Memory.Write(head, thread.RobustListHead.Value);
    }

    private static SyscallResult Wait(UserThread caller, UserAddress address, uint value, uint bits, UserAddress timeout, bool isRelative, bool isRealTime, bool isPrivate)
    {
        long deadline = ThreadParker.NoDeadline;
        if (!timeout.IsNull)
        {
            if (!caller.Memory.Read<TimeSpec>(timeout).TryGet(out TimeSpec time, out Errno error))
            {
                return error;
            }

            if (!time.IsValid)
            {
                return Errno.EINVAL;
            }

            deadline = isRelative ? time.DeadlineAfter(caller.Process.Machine.Clock.MonotonicNanoseconds)
                : isRealTime ? caller.Kernel.RealClock.ToMonotonic(time.ToNanoseconds())
                : time.ToNanoseconds();
        }

        return WaitUntil(caller, address, value, bits, deadline, isRelative && !timeout.IsNull, isPrivate);
    }

    /// <summary>A wait for a time is gone on with after a signal without a handler, until the same moment.</summary>
    private static SyscallResult WaitUntil(UserThread caller, UserAddress address, uint value, uint bits, long deadline, bool isRelative, bool isPrivate)
    {
        Errno error = caller.Kernel.Futexes.Wait(caller, address, value, bits, deadline, isPrivate);
        if (error == Errno.ERESTARTSYS && isRelative)
        {
            SetRestart(caller, address, value, bits, deadline, isPrivate);
            return Errno.ERESTART_RESTARTBLOCK;
        }

        return error;
    }

    /// <summary>Apart, so that a wait which no signal interrupts makes no closure.</summary>
    private static void SetRestart(UserThread caller, UserAddress address, uint value, uint bits, long deadline, bool isPrivate) =>
        caller.RestartBlock = thread => WaitUntil(thread, address, value, bits, deadline, isRelative: true, isPrivate);

    private static int AtLeastOne(uint count) => (int)Math.Clamp(unchecked((int)count), 1, int.MaxValue);
}
