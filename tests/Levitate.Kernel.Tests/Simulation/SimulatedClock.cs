using System;
using System.Diagnostics;
using System.Threading;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>A clock that stands still until a test moves it, or (<paramref name="isReal"/>) the host's.</summary>
public sealed class SimulatedClock(bool isReal = false) : IClock
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _offset;
    private long _realTimeOffset = 1_700_000_000_000_000_000;

    /// <summary>Raised after the clock was moved.</summary>
    public event Action? Advanced;

    /// <summary>Whether the clock runs by itself.</summary>
    public bool IsReal => isReal;

    /// <inheritdoc/>
    public long MonotonicNanoseconds => Volatile.Read(ref _offset) + (isReal ? Stopwatch.GetElapsedTime(_start).Ticks * 100 : 0);

    /// <inheritdoc/>
    public long BootTimeNanoseconds => 1_700_000_000_000_000_000;

    /// <inheritdoc/>
    public long RealTimeOffset
    {
        get => Volatile.Read(ref _realTimeOffset);
        set => Volatile.Write(ref _realTimeOffset, value);
    }

    /// <summary>Moves the clock and wakes the parkers whose deadlines have come.</summary>
    public void Advance(TimeSpan time)
    {
        Interlocked.Add(ref _offset, time.Ticks * 100);
        Advanced?.Invoke();
    }
}

/// <summary>A parker for a host thread, with deadlines by the simulated clock.</summary>
public sealed class SimulatedParker : ThreadParker
{
    private readonly SimulatedClock _clock;
    private readonly object _gate = new();
    private bool _permit;
    private bool _isParked;

    /// <summary>A parker without a permit.</summary>
    public SimulatedParker(SimulatedClock clock)
    {
        _clock = clock;
        _clock.Advanced += () =>
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        };
    }

    /// <summary>Whether the owner waits just now, for tests that must act after it fell asleep.</summary>
    public bool IsParked => Volatile.Read(ref _isParked);

    /// <summary>Waits until a thread's owner sleeps in the kernel and something holds; on a thread that plays the rest of the world.</summary>
    public static void AwaitParked(UserThread thread, Func<bool>? condition = null) =>
        SpinWait.SpinUntil(() => condition?.Invoke() != false && ((SimulatedParker)thread.Parker).IsParked);

    /// <summary>Where the owner and its wakers are held up; null: nowhere.</summary>
    public Disturbance? Disturbance { get; init; }

    /// <inheritdoc/>
    protected override bool Wait(long deadline)
    {
        Disturbance?.Point();
        if (Disturbance is SeededSchedule { TakesPart: true } schedule)
        {
            Volatile.Write(ref _isParked, true);
            schedule.Wait(() => Volatile.Read(ref _permit), deadline);
            Volatile.Write(ref _isParked, false);
            return Interlocked.Exchange(ref _permit, false);
        }

        lock (_gate)
        {
            _isParked = true;
            while (!_permit && _clock.MonotonicNanoseconds < deadline)
            {
                Monitor.Wait(_gate, WaitTime(deadline));
            }

            _isParked = false;
            bool woken = _permit;
            _permit = false;
            return woken;
        }
    }

    /// <inheritdoc/>
    public override void Unpark()
    {
        Disturbance?.Point();
        lock (_gate)
        {
            _permit = true;
            Monitor.PulseAll(_gate);
        }
    }

    private TimeSpan WaitTime(long deadline)
    {
        if (!_clock.IsReal || deadline == NoDeadline)
        {
            return Timeout.InfiniteTimeSpan;
        }

        long milliseconds = Math.Max(deadline - _clock.MonotonicNanoseconds, 0) / 1_000_000 + 1;
        return TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue));
    }
}
