using System;
using System.Runtime.InteropServices;

namespace Levitate.Kernel.Abi;

/// <summary>struct timespec of x86-64.</summary>
/// <param name="Seconds">tv_sec.</param>
/// <param name="Nanoseconds">tv_nsec.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct TimeSpec(long Seconds, long Nanoseconds)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Whether it is a time or a duration that calls take (else EINVAL).</summary>
    public bool IsValid => Seconds >= 0 && (ulong)Nanoseconds < NanosecondsPerSecond;

    /// <summary>Nanoseconds, at most long.MaxValue (292 years).</summary>
    public long ToNanoseconds() => Seconds >= long.MaxValue / NanosecondsPerSecond ? long.MaxValue : (Seconds * NanosecondsPerSecond) + Nanoseconds;

    /// <summary>Out of nanoseconds; negative ones keep tv_nsec positive.</summary>
    public static TimeSpec FromNanoseconds(long nanoseconds)
    {
        (long seconds, long rest) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        return rest < 0 ? new TimeSpec(seconds - 1, rest + NanosecondsPerSecond) : new TimeSpec(seconds, rest);
    }

    /// <summary>The monotonic time so long after another, at most long.MaxValue ("never").</summary>
    public long DeadlineAfter(long now)
    {
        long duration = ToNanoseconds();
        return duration > long.MaxValue - now ? long.MaxValue : now + duration;
    }
}

/// <summary>struct itimerspec.</summary>
/// <param name="Interval">it_interval: the period; 0: once.</param>
/// <param name="Value">it_value: the first time; 0: disarmed.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct TimerSpec(TimeSpec Interval, TimeSpec Value)
{
    /// <summary>Whether calls take it (else EINVAL).</summary>
    public bool IsValid => Interval.IsValid && Value.IsValid;

    /// <summary>Out of nanoseconds.</summary>
    public static TimerSpec FromNanoseconds(long remaining, long period) => new(TimeSpec.FromNanoseconds(period), TimeSpec.FromNanoseconds(remaining));
}

/// <summary>struct timeval of x86-64.</summary>
/// <param name="Seconds">tv_sec.</param>
/// <param name="Microseconds">tv_usec.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct TimeVal(long Seconds, long Microseconds)
{
    /// <summary>Whether it is a duration that calls take (else EINVAL).</summary>
    public bool IsValid => Seconds >= 0 && (ulong)Microseconds < 1_000_000;

    /// <summary>Nanoseconds, at most long.MaxValue (292 years).</summary>
    public long ToNanoseconds() => new TimeSpec(Seconds, Microseconds * 1000).ToNanoseconds();

    /// <summary>Out of nanoseconds, rounded down.</summary>
    public static TimeVal FromNanoseconds(long nanoseconds)
    {
        TimeSpec time = TimeSpec.FromNanoseconds(nanoseconds);
        return new TimeVal(time.Seconds, time.Nanoseconds / 1000);
    }
}
