using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Time;

/// <summary>Which interval timer.</summary>
internal enum IntervalTimerKind
{
    ITIMER_REAL = 0,
    ITIMER_VIRTUAL = 1,
    ITIMER_PROF = 2,
}

/// <summary>Timers that send signals.</summary>
internal static class TimerSyscalls
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>struct itimerval.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct IntervalValue(TimeVal Interval, TimeVal Value);

    /// <summary>Has SIGALRM sent after some seconds; 0 disarms.</summary>
    /// <returns>The seconds that were left of the last one.</returns>
    /// <remarks>Linux: alarm(2).</remarks>
    [Syscall(37)]
    internal static SyscallResult Alarm(UserThread caller, uint seconds)
    {
        (long remaining, _) = Get(caller.Process, IntervalTimerKind.ITIMER_REAL);
        if (!Set(caller.Process, IntervalTimerKind.ITIMER_REAL, seconds * NanosecondsPerSecond, 0))
        {
            return Errno.ENOMEM;
        }

        // Rounded, but never down to 0 while one was armed.
        long rounded = (remaining + (NanosecondsPerSecond / 2)) / NanosecondsPerSecond;
        return remaining > 0 ? Math.Max(rounded, 1) : 0;
    }

    /// <summary>Stores what is left of an interval timer.</summary>
    /// <returns>EINVAL for an unknown timer; EFAULT.</returns>
    /// <remarks>Linux: getitimer(2).</remarks>
    [Syscall(36)]
    internal static SyscallResult GetItimer(UserThread caller, IntervalTimerKind which, UserAddress value) =>
        IsKnown(which) ? caller.Memory.Write(value, Read(caller, which)) : Errno.EINVAL;

    /// <summary>Sets an interval timer, and stores what was left of it.</summary>
    /// <returns>EINVAL for an unknown timer or a bad time; EFAULT; ENOMEM.</returns>
    /// <remarks>Linux: setitimer(2).</remarks>
    [Syscall(38)]
    internal static SyscallResult SetItimer(UserThread caller, IntervalTimerKind which, UserAddress value, UserAddress oldValue)
    {
        IntervalValue wanted = default;
        if (!value.IsNull && !caller.Memory.Read<IntervalValue>(value).TryGet(out wanted, out Errno error))
        {
            return error;
        }

        if (!IsKnown(which) || !wanted.Interval.IsValid || !wanted.Value.IsValid)
        {
            return Errno.EINVAL;
        }

        IntervalValue old = Read(caller, which);
        if (!Set(caller.Process, which, wanted.Value.ToNanoseconds(), wanted.Interval.ToNanoseconds()))
        {
            return Errno.ENOMEM;
        }

        return oldValue.IsNull ? SyscallResult.Success : caller.Memory.Write(oldValue, old);
    }

    private static IntervalValue Read(UserThread caller, IntervalTimerKind which)
    {
        if (which != IntervalTimerKind.ITIMER_REAL)
        {
            caller.UpdateTimes();
        }

        (long remaining, long interval) = Get(caller.Process, which);
        return new IntervalValue(TimeVal.FromNanoseconds(interval), TimeVal.FromNanoseconds(remaining));
    }

    private static (long Remaining, long Interval) Get(Process process, IntervalTimerKind which) => which switch
    {
        IntervalTimerKind.ITIMER_REAL => (process.Kernel.Timers.Remaining(process.RealTimer), process.RealTimer.Interval),
        _ => process.GetCpuTimer(which == IntervalTimerKind.ITIMER_PROF),
    };

    private static bool Set(Process process, IntervalTimerKind which, long remaining, long interval)
    {
        if (which != IntervalTimerKind.ITIMER_REAL)
        {
            process.SetCpuTimer(which == IntervalTimerKind.ITIMER_PROF, remaining, interval);
            return true;
        }

        RealTimer timer = process.RealTimer;
        process.Kernel.Timers.Cancel(timer);
        timer.Interval = remaining == 0 ? 0 : interval;
        return remaining == 0 || process.Kernel.Timers.Set(timer, SaturatingTime.Add(process.Machine.Clock.MonotonicNanoseconds, remaining));
    }

    private static bool IsKnown(IntervalTimerKind which) => (uint)which <= (uint)IntervalTimerKind.ITIMER_PROF;
}
