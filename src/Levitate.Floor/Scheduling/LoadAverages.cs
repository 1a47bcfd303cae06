using System;

namespace Levitate.Floor;

/// <summary>
/// How many threads ran or waited for a CPU, averaged over 1, 5 and 15 minutes with falling weight, in 2048ths. A sample is
/// taken every 5 seconds by the tick of whichever CPU comes first. While no CPU ticks none has work: what was missed is
/// made up for when somebody asks or a CPU ticks again.
/// </summary>
internal static class LoadAverages
{
    /// <summary>One thread.</summary>
    internal const long Unit = 2048;

    private const long IntervalNanoseconds = 5_000_000_000;

    /// <summary>What is left of a sample after an interval: Unit * exp(-5 s / 1, 5, 15 min).</summary>
    private const long Keep1 = 1884;
    private const long Keep5 = 2014;
    private const long Keep15 = 2037;

    /// <summary>After so many intervals, 3 hours, nothing of an older sample is left.</summary>
    private const long MostIntervals = 2160;

    /// <summary>Guards the fields below.</summary>
    private static SpinLock s_lock;

    /// <summary>When the last sample was due; a first look at it is without the lock.</summary>
    private static long s_last;
    private static long s_load1;
    private static long s_load5;
    private static long s_load15;

    /// <summary>A CPU that has work ticks. Interrupts are off.</summary>
    internal static void Tick(long now)
    {
        if (now - s_last < IntervalNanoseconds)
        {
            return;
        }

        s_lock.AcquireRaw(LockRank.LoadAverages);
        CatchUp(now);
        s_lock.ReleaseRaw();
    }

    /// <summary>The averages over 1, 5 and 15 minutes.</summary>
    internal static (long Load1, long Load5, long Load15) Read(long now)
    {
        ulong flags = s_lock.Acquire(LockRank.LoadAverages);
        CatchUp(now);
        (long, long, long) loads = (s_load1, s_load5, s_load15);
        s_lock.Release(flags);
        return loads;
    }

    private static void CatchUp(long now)
    {
        long due = Math.Max(0, (now - s_last) / IntervalNanoseconds);
        if (due > MostIntervals)
        {
            s_last += (due - MostIntervals) * IntervalNanoseconds;
            due = MostIntervals;
        }

        for (; due > 0; due--)
        {
            // Who asks may come before the tick that was due right now.
            bool isNow = now - s_last - IntervalNanoseconds < 2 * Scheduler.TickNanoseconds;
            Sample(isNow ? Placement.RunnableThreads : 0);
        }
    }

    private static void Sample(long threads)
    {
        s_load1 = Next(s_load1, Keep1, threads);
        s_load5 = Next(s_load5, Keep5, threads);
        s_load15 = Next(s_load15, Keep15, threads);
        s_last += IntervalNanoseconds;
    }

    /// <summary>Rounded up while it rises, so that it gets where it goes to.</summary>
    private static long Next(long load, long keep, long threads)
    {
        long sum = (load * keep) + (threads * Unit * (Unit - keep));
        return (sum + (threads * Unit >= load ? Unit - 1 : 0)) / Unit;
    }
}
