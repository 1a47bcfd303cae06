using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Time;

/// <summary>clock_nanosleep's flags.</summary>
[Flags]
internal enum SleepFlags
{
    None = 0,
    TIMER_ABSTIME = 1,
}

/// <summary>Sleeping.</summary>
internal static class SleepSyscalls
{
    /// <summary>Sleeps for a time.</summary>
    /// <returns>EINTR with the time that was left stored; EINVAL for a bad time; EFAULT.</returns>
    /// <remarks>Linux: nanosleep(2).</remarks>
    [Syscall(35)]
    internal static SyscallResult NanoSleep(UserThread caller, UserAddress duration, UserAddress rest)
    {
        if (!caller.Memory.Read<TimeSpec>(duration).TryGet(out TimeSpec time, out Errno error))
        {
            return error;
        }

        return time.IsValid ? SleepUntil(caller, time.DeadlineAfter(caller.Process.Machine.Clock.MonotonicNanoseconds), rest) : Errno.EINVAL;
    }

    /// <summary>Sleeps for a time, or until a clock shows one.</summary>
    /// <returns>EINTR with the time that was left stored; EINVAL for an unknown clock or a bad time; EOPNOTSUPP for a clock that cannot be slept by; EFAULT.</returns>
    /// <remarks>Linux: clock_nanosleep(2).</remarks>
    [Syscall(230, Name = "clock_nanosleep", Unsupported = "CLOCK_*_COARSE, CLOCK_*_ALARM: EOPNOTSUPP")]
    internal static SyscallResult ClockNanoSleep(UserThread caller, ClockId clock, SleepFlags flags, UserAddress request, UserAddress rest)
    {
        if (clock == ClockId.CLOCK_THREAD_CPUTIME_ID || !ClockSyscalls.Read(caller, clock).TryGet(out long now, out Errno error))
        {
            return Errno.EINVAL;
        }

        _ = CpuClock.Find(caller, clock).TryGet(out CpuClock? cpuClock, out _);
        if (cpuClock?.Thread == caller)
        {
            return Errno.EINVAL;
        }

        if (cpuClock is null && clock is not (ClockId.CLOCK_REALTIME or ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_BOOTTIME or ClockId.CLOCK_TAI))
        {
            return Errno.EOPNOTSUPP;
        }

        if (!caller.Memory.Read<TimeSpec>(request).TryGet(out TimeSpec time, out error))
        {
            return error;
        }

        if (!time.IsValid)
        {
            return Errno.EINVAL;
        }

        bool isAbsolute = (flags & SleepFlags.TIMER_ABSTIME) != 0;
        if (cpuClock is not null)
        {
            long end = isAbsolute ? time.ToNanoseconds() : SaturatingTime.Add(now, time.ToNanoseconds());
            return SleepByCpu(caller, cpuClock, end, isAbsolute, rest);
        }

        if (!isAbsolute)
        {
            return SleepUntil(caller, time.DeadlineAfter(caller.Process.Machine.Clock.MonotonicNanoseconds), rest);
        }

        bool isRealTime = clock is ClockId.CLOCK_REALTIME or ClockId.CLOCK_TAI;
        error = isRealTime ? SleepUntilRealTime(caller, time.ToNanoseconds()) : Sleep(caller, time.ToNanoseconds());
        return error == Errno.ERESTARTSYS ? Errno.ERESTARTNOHAND : error;
    }

    private static SyscallResult SleepUntil(UserThread caller, long deadline, UserAddress rest)
    {
        if (Sleep(caller, deadline) == Errno.None)
        {
            return SyscallResult.Success;
        }

        if (!rest.IsNull)
        {
            long left = Math.Max(deadline - caller.Process.Machine.Clock.MonotonicNanoseconds, 0);
            Errno error = caller.Memory.Write(rest, TimeSpec.FromNanoseconds(left));
            if (error != Errno.None)
            {
                return error;
            }
        }

        caller.RestartBlock = thread => SleepUntil(thread, deadline, rest);
        return Errno.ERESTART_RESTARTBLOCK;
    }

    private static SyscallResult SleepByCpu(UserThread caller, CpuClock clock, long end, bool isAbsolute, UserAddress rest)
    {
        Errno slept = Errno.None;
        var sleep = new CpuSleep(caller.Kernel, clock);
        using (var wait = new WaitScope(caller))
        {
            wait.Add(sleep.Over);
            sleep.Set(end, 0, isAbsolute: true);
            while (slept == Errno.None && clock.Now < end)
            {
                slept = wait.Sleep();
            }
        }

        sleep.Close();
        if (slept == Errno.None || isAbsolute)
        {
            return slept == Errno.None ? Errno.None : Errno.ERESTARTNOHAND;
        }

        caller.UpdateTimes();
        Errno error = rest.IsNull ? Errno.None : caller.Memory.Write(rest, TimeSpec.FromNanoseconds(Math.Max(end - clock.Now, 0)));
        if (error != Errno.None)
        {
            return error;
        }

        caller.RestartBlock = thread => SleepByCpu(thread, clock, end, isAbsolute, rest);
        return Errno.ERESTART_RESTARTBLOCK;
    }

    private static Errno Sleep(UserThread caller, long deadline)
    {
        while (caller.Process.Machine.Clock.MonotonicNanoseconds < deadline)
        {
            if (caller.HasPendingSignal)
            {
                return Errno.ERESTARTSYS;
            }

            caller.Parker.Park(deadline);
        }

        return Errno.None;
    }

    /// <summary>Follows the clock when it is set meanwhile.</summary>
    private static Errno SleepUntilRealTime(UserThread caller, long nanoseconds)
    {
        RealClock clock = caller.Kernel.RealClock;
        using var wait = new WaitScope(caller);
        wait.Add(clock.Changed);
        while (clock.Nanoseconds < nanoseconds)
        {
            Errno error = wait.Sleep(clock.ToMonotonic(nanoseconds));
            if (error == Errno.ERESTARTSYS)
            {
                return error;
            }
        }

        return Errno.None;
    }
}
