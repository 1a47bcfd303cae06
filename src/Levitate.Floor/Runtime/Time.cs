using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>struct timespec.</summary>
internal struct TimeSpec
{
    internal long Seconds;
    internal long Nanoseconds;
}

/// <summary>time.h and sys/time.h.</summary>
internal static unsafe class Time
{
    internal const int CLOCK_REALTIME = 0;
    internal const int CLOCK_MONOTONIC = 1;
    private const int CLOCK_MONOTONIC_RAW = 4;
    private const int CLOCK_REALTIME_COARSE = 5;
    private const int CLOCK_MONOTONIC_COARSE = 6;
    private const int CLOCK_BOOTTIME = 7;
    private const int TIMER_ABSTIME = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    [RuntimeExport("clock_gettime")]
    internal static int GetClock(int clock, TimeSpec* time)
    {
        long now;
        switch (clock)
        {
            case CLOCK_REALTIME:
            case CLOCK_REALTIME_COARSE:
                now = Clock.BootTimeNanoseconds + Clock.Nanoseconds;
                break;
            case CLOCK_MONOTONIC:
            case CLOCK_MONOTONIC_RAW:
            case CLOCK_MONOTONIC_COARSE:
            case CLOCK_BOOTTIME:
                now = Clock.Nanoseconds;
                break;
            default:
                return CError.Fail(CError.EINVAL);
        }

        time->Seconds = now / NanosecondsPerSecond;
        time->Nanoseconds = now % NanosecondsPerSecond;
        return 0;
    }

    /// <summary>struct timeval counts microseconds.</summary>
    [RuntimeExport("gettimeofday")]
    internal static int GetTimeOfDay(TimeSpec* time, void* zone)
    {
        GetClock(CLOCK_REALTIME, time);
        time->Nanoseconds /= 1000;
        return 0;
    }

    [RuntimeExport("time")]
    internal static long GetSeconds(long* seconds)
    {
        long now = (Clock.BootTimeNanoseconds + Clock.Nanoseconds) / NanosecondsPerSecond;
        if (seconds != null)
        {
            *seconds = now;
        }

        return now;
    }

    [RuntimeExport("nanosleep")]
    internal static int Sleep(TimeSpec* duration, TimeSpec* remaining)
    {
        SleepUntil(Add(Clock.Nanoseconds, ToNanoseconds(duration)));
        return 0;
    }

    [RuntimeExport("clock_nanosleep")]
    internal static int ClockSleep(int clock, int flags, TimeSpec* time, TimeSpec* remaining)
    {
        SleepUntil((flags & TIMER_ABSTIME) != 0 ? ToMonotonic(clock, time) : Add(Clock.Nanoseconds, ToNanoseconds(time)));
        return 0;
    }

    /// <summary>An absolute time of a clock as nanoseconds of the monotonic clock.</summary>
    internal static long ToMonotonic(int clock, TimeSpec* time)
    {
        long nanoseconds = ToNanoseconds(time);
        return clock is CLOCK_REALTIME or CLOCK_REALTIME_COARSE ? nanoseconds - Clock.BootTimeNanoseconds : nanoseconds;
    }

    private static void SleepUntil(long deadline)
    {
        while (Clock.Nanoseconds < deadline)
        {
            Threads.Park(deadline);
        }
    }

    private static long ToNanoseconds(TimeSpec* time) =>
        time->Seconds >= long.MaxValue / NanosecondsPerSecond - 1
            ? long.MaxValue
            : (time->Seconds * NanosecondsPerSecond) + time->Nanoseconds;

    private static long Add(long left, long right) => left > long.MaxValue - right ? long.MaxValue : left + right;
}
