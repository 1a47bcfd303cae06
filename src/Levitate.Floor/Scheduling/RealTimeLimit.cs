namespace Levitate.Floor;

/// <summary>
/// Leaves a CPU's other threads a twentieth of each second, where threads with a real-time priority want all of it: nobody
/// could end a program otherwise that never sleeps. The CPU's lock guards it.
/// </summary>
/// <remarks>Linux: sched(7), "Limiting the CPU usage of real-time and deadline processes"; the figures are Linux's.</remarks>
internal struct RealTimeLimit
{
    internal const long PeriodNanoseconds = 1_000_000_000;
    internal const long LimitNanoseconds = 950_000_000;

    private long _periodStart;
    private long _countedUntil;
    private long _spent;

    /// <summary>Whether the time is spent until the period's end.</summary>
    internal bool IsReached { get; private set; }

    /// <summary>Counts the time since the last call. At each timer interrupt, and where a thread with a real-time priority begins or ends to run, or to have it.</summary>
    /// <param name="now">The time in nanoseconds.</param>
    /// <param name="isRealTime">Whether such a thread ran since then.</param>
    internal void Count(long now, bool isRealTime)
    {
        if (now - _periodStart >= PeriodNanoseconds)
        {
            _periodStart = now;
            _spent = 0;
            IsReached = false;
        }
        else
        {
            _spent += isRealTime ? now - _countedUntil : 0;
            IsReached |= _spent >= LimitNanoseconds;
        }

        _countedUntil = now;
    }
}
