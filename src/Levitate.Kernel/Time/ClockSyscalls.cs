using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Time;

/// <summary>Clocks by name; a negative number is the CPU clock of a process or thread.</summary>
/// <remarks>Linux: clock_getres(2).</remarks>
internal enum ClockId
{
    CLOCK_REALTIME = 0,
    CLOCK_MONOTONIC = 1,
    CLOCK_PROCESS_CPUTIME_ID = 2,
    CLOCK_THREAD_CPUTIME_ID = 3,
    CLOCK_MONOTONIC_RAW = 4,
    CLOCK_REALTIME_COARSE = 5,
    CLOCK_MONOTONIC_COARSE = 6,
    CLOCK_BOOTTIME = 7,
    CLOCK_REALTIME_ALARM = 8,
    CLOCK_BOOTTIME_ALARM = 9,
    CLOCK_TAI = 11,
}

/// <summary>Reading and setting clocks.</summary>
internal static class ClockSyscalls
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Stores what a clock shows.</summary>
    /// <returns>EINVAL for an unknown clock, or that of a process that is not there; EFAULT.</returns>
    /// <remarks>Linux: clock_gettime(2).</remarks>
    [Syscall(228, Name = "clock_gettime")]
    internal static SyscallResult ClockGetTime(UserThread caller, ClockId clock, UserAddress time) =>
        Read(caller, clock).TryGet(out long nanoseconds, out Errno error)
            ? caller.Memory.Write(time, TimeSpec.FromNanoseconds(nanoseconds))
            : error;

    /// <summary>Stores a clock's resolution: a nanosecond.</summary>
    /// <returns>EINVAL for an unknown clock; EFAULT.</returns>
    /// <remarks>Linux: clock_getres(2).</remarks>
    [Syscall(229, Name = "clock_getres")]
    internal static SyscallResult ClockGetRes(UserThread caller, ClockId clock, UserAddress resolution)
    {
        if (!Read(caller, clock).TryGet(out _, out Errno error))
        {
            return error;
        }

        return resolution.IsNull ? SyscallResult.Success : caller.Memory.Write(resolution, new TimeSpec(0, 1));
    }

    /// <summary>Sets CLOCK_REALTIME.</summary>
    /// <returns>EPERM without CAP_SYS_TIME; EINVAL for another clock, or a time before the start of the monotonic clock; EFAULT.</returns>
    /// <remarks>Linux: clock_settime(2).</remarks>
    [Syscall(227, Name = "clock_settime")]
    internal static SyscallResult ClockSetTime(UserThread caller, ClockId clock, UserAddress time)
    {
        if (clock != ClockId.CLOCK_REALTIME)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<TimeSpec>(time).TryGet(out TimeSpec wanted, out Errno error))
        {
            return error;
        }

        return wanted.IsValid ? SetRealTime(caller, wanted.ToNanoseconds()) : Errno.EINVAL;
    }

    /// <summary>Stores the time of day. The time zone is UTC.</summary>
    /// <returns>EFAULT.</returns>
    /// <remarks>Linux: gettimeofday(2).</remarks>
    [Syscall(96)]
    internal static SyscallResult GetTimeOfDay(UserThread caller, UserAddress time, UserAddress zone)
    {
        Errno error = time.IsNull ? Errno.None : caller.Memory.Write(time, TimeVal.FromNanoseconds(caller.Kernel.RealClock.Nanoseconds));
        return error != Errno.None || zone.IsNull ? error : caller.Memory.Write(zone, 0L);
    }

    /// <summary>Sets the time of day.</summary>
    /// <returns>EPERM without CAP_SYS_TIME; EINVAL for a bad time; EFAULT.</returns>
    /// <remarks>Linux: settimeofday(2).</remarks>
    [Syscall(164, Unsupported = "the time zone: EINVAL unless UTC")]
    internal static SyscallResult SetTimeOfDay(UserThread caller, UserAddress time, UserAddress zone)
    {
        if (!zone.IsNull)
        {
            if (!caller.Memory.Read<long>(zone).TryGet(out long minutesWestAndRule, out Errno zoneError))
            {
                return zoneError;
            }

            if (minutesWestAndRule != 0)
            {
                return Errno.EINVAL;
            }
        }

        if (time.IsNull)
        {
            return SyscallResult.Success;
        }

        if (!caller.Memory.Read<TimeVal>(time).TryGet(out TimeVal wanted, out Errno error))
        {
            return error;
        }

        return wanted.IsValid ? SetRealTime(caller, wanted.ToNanoseconds()) : Errno.EINVAL;
    }

    /// <summary>Seconds since 1970.</summary>
    /// <returns>EFAULT.</returns>
    /// <remarks>Linux: time(2).</remarks>
    [Syscall(201)]
    internal static SyscallResult Time(UserThread caller, UserAddress time)
    {
        long seconds = caller.Kernel.RealClock.Nanoseconds / NanosecondsPerSecond;
        Errno error = time.IsNull ? Errno.None : caller.Memory.Write(time, seconds);
        return error != Errno.None ? error : seconds;
    }

    /// <summary>What a clock shows, in nanoseconds; EINVAL.</summary>
    internal static Result<long> Read(UserThread caller, ClockId clock)
    {
        switch (clock)
        {
            case ClockId.CLOCK_REALTIME or ClockId.CLOCK_REALTIME_COARSE or ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_TAI:
                return caller.Kernel.RealClock.Nanoseconds;
            case ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_MONOTONIC_RAW or ClockId.CLOCK_MONOTONIC_COARSE or ClockId.CLOCK_BOOTTIME or ClockId.CLOCK_BOOTTIME_ALARM:
                return caller.Process.Machine.Clock.MonotonicNanoseconds;
            case ClockId.CLOCK_THREAD_CPUTIME_ID:
                return caller.UpdateTimes().Total;
            default:
                caller.UpdateTimes();
                return CpuClock.Find(caller, clock).TryGet(out CpuClock? found, out Errno error) ? found.Now : error;
        }
    }

    private static Errno SetRealTime(UserThread caller, long nanoseconds)
    {
        if (!caller.Credentials.Has(Capability.CAP_SYS_TIME))
        {
            return Errno.EPERM;
        }

        if (nanoseconds < caller.Process.Machine.Clock.MonotonicNanoseconds || nanoseconds == long.MaxValue)
        {
            return Errno.EINVAL;
        }

        caller.Kernel.RealClock.Set(nanoseconds);
        return Errno.None;
    }
}
