using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Time;

/// <summary>timer_create and its kin.</summary>
internal static class PosixTimerSyscalls
{
    /// <summary>Makes a timer that sends a signal.</summary>
    /// <returns>EINVAL for an unknown clock or a bad event; EOPNOTSUPP; EPERM for an alarm clock; EAGAIN past RLIMIT_SIGPENDING; EFAULT.</returns>
    /// <remarks>Linux: timer_create(2).</remarks>
    [Syscall(222, Name = "timer_create")]
    internal static SyscallResult TimerCreate(UserThread caller, ClockId clock, UserAddress eventAddress, UserAddress id)
    {
        if (!CheckClock(caller, clock, out bool isRealTime).TryGet(out CpuClock? cpuClock, out Errno error))
        {
            return error;
        }

        bool isDefault = eventAddress.IsNull;
        var given = new SignalEvent(0, SignalNumber.SIGALRM, NotifyKind.SIGEV_SIGNAL, 0);
        if (!isDefault && !caller.Memory.Read<SignalEvent>(eventAddress).TryGet(out given, out error))
        {
            return error;
        }

        UserThread? target = null;
        if (given.Notify == NotifyKind.SIGEV_THREAD_ID)
        {
            target = caller.Kernel.Processes.FindThread(given.ThreadId);
        }

        bool isKnown = given.Notify is NotifyKind.SIGEV_NONE or NotifyKind.SIGEV_SIGNAL or NotifyKind.SIGEV_THREAD
            || (given.Notify == NotifyKind.SIGEV_THREAD_ID && target?.Process == caller.Process);
        if (!isKnown || (given.Notify != NotifyKind.SIGEV_NONE && given.Signal is < 1 or > SignalNumber.Maximum))
        {
            return Errno.EINVAL;
        }

        ulong limit = caller.Process.Limits[ResourceLimitKind.RLIMIT_SIGPENDING].Soft;
        PosixTimer? timer = caller.Process.PosixTimers.Add(
            number =>
            {
                SignalEvent signalEvent = isDefault ? given with { Value = (ulong)number } : given;
                return cpuClock is null
                    ? new PosixTimer(caller.Process, number, isRealTime, signalEvent, target)
                    : new PosixTimer(caller.Process, number, cpuClock, signalEvent, target);
            },
            limit);
        if (timer is null)
        {
            return Errno.EAGAIN;
        }

        error = caller.Memory.Write(id, timer.Id);
        return error != Errno.None ? Delete(caller, timer.Id, error) : SyscallResult.Success;
    }

    /// <summary>Arms or disarms a timer, and stores what was left of it.</summary>
    /// <returns>EINVAL for no such timer or a bad time; EFAULT; ENOMEM.</returns>
    /// <remarks>Linux: timer_settime(2).</remarks>
    [Syscall(223, Name = "timer_settime")]
    internal static SyscallResult TimerSettime(UserThread caller, int id, SleepFlags flags, UserAddress value, UserAddress oldValue)
    {
        if (value.IsNull)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<TimerSpec>(value).TryGet(out TimerSpec wanted, out Errno error))
        {
            return error;
        }

        if (!wanted.IsValid || caller.Process.PosixTimers.Find(id) is not { } timer)
        {
            return Errno.EINVAL;
        }

        CountTime(caller, timer);
        (long remaining, long period) = timer.Get();
        if (!timer.Arm(wanted.Value.ToNanoseconds(), wanted.Interval.ToNanoseconds(), (flags & SleepFlags.TIMER_ABSTIME) != 0))
        {
            return Errno.ENOMEM;
        }

        // What is due by now does not wait for a tick.
        timer.CpuClock?.Process.CpuTimers.Check();
        return oldValue.IsNull ? SyscallResult.Success : caller.Memory.Write(oldValue, TimerSpec.FromNanoseconds(remaining, period));
    }

    /// <summary>Stores what is left of a timer, and its period.</summary>
    /// <returns>EINVAL for no such timer; EFAULT.</returns>
    /// <remarks>Linux: timer_gettime(2).</remarks>
    [Syscall(224, Name = "timer_gettime")]
    internal static SyscallResult TimerGettime(UserThread caller, int id, UserAddress value)
    {
        if (caller.Process.PosixTimers.Find(id) is not { } timer)
        {
            return Errno.EINVAL;
        }

        CountTime(caller, timer);
        (long remaining, long period) = timer.Get();
        return caller.Memory.Write(value, TimerSpec.FromNanoseconds(remaining, period));
    }

    /// <summary>How often a timer fired more between the sending and the taking of its last signal.</summary>
    /// <returns>EINVAL for no such timer.</returns>
    /// <remarks>Linux: timer_getoverrun(2).</remarks>
    [Syscall(225, Name = "timer_getoverrun")]
    internal static SyscallResult TimerGetoverrun(UserThread caller, int id) =>
        caller.Process.PosixTimers.Find(id) is { } timer ? timer.Overrun : Errno.EINVAL;

    /// <summary>Ends a timer.</summary>
    /// <returns>EINVAL for no such timer.</returns>
    /// <remarks>Linux: timer_delete(2).</remarks>
    [Syscall(226, Name = "timer_delete")]
    internal static SyscallResult TimerDelete(UserThread caller, int id) => Delete(caller, id, Errno.None);

    /// <summary>The clock of a timer: a CPU clock; null for another one.</summary>
    private static Result<CpuClock?> CheckClock(UserThread caller, ClockId clock, out bool isRealTime)
    {
        isRealTime = clock is ClockId.CLOCK_REALTIME or ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_TAI;
        switch (clock)
        {
            case ClockId.CLOCK_REALTIME or ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_BOOTTIME or ClockId.CLOCK_TAI:
                return Result.Of<CpuClock?>(null);
            case ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_BOOTTIME_ALARM:
                return caller.Credentials.Has(Capability.CAP_WAKE_ALARM) ? Result.Of<CpuClock?>(null) : Errno.EPERM;
            default:
                return CpuClock.Find(caller, clock).TryGet(out CpuClock? found, out Errno error) ? found
                    : ClockSyscalls.Read(caller, clock).Succeeded ? Errno.EOPNOTSUPP
                    : error;
        }
    }

    /// <summary>Has the caller's time count up to now where a timer goes by it.</summary>
    private static void CountTime(UserThread caller, PosixTimer timer)
    {
        if (timer.CpuClock is not null)
        {
            caller.UpdateTimes();
        }
    }

    private static Errno Delete(UserThread caller, int id, Errno result)
    {
        if (caller.Process.PosixTimers.Remove(id) is not { } timer)
        {
            return Errno.EINVAL;
        }

        timer.Close();
        return result;
    }
}
