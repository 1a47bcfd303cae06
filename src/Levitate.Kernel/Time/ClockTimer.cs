using System;
using System.Threading;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Time;

/// <summary>
/// A timer by CLOCK_MONOTONIC, CLOCK_REALTIME or a CPU clock, once or with a period: what timerfd and POSIX timers have in
/// common. It fires once and then rests until its expirations are collected, so that the shortest period costs no more than
/// its reader asks for.
/// </summary>
internal abstract class ClockTimer : KernelTimer
{
    private readonly TimerQueue _timers;
    private readonly IClock _clock;
    private readonly CpuClock? _cpuClock;
    private readonly ClockWatch? _watch;

    /// <summary>
    /// Guards the fields below. Order: after the real clock's queue, before the timer queue's lock. Never held while blocking.
    /// </summary>
    private KernelLock _lock = new(LockOrder.ClockTimer);

    /// <summary>When it fires next, or fired without being collected, by its own clock; 0: not armed.</summary>
    private long _deadline;
    private long _period;
    private bool _hasFired;

    /// <summary>A timer that is not armed.</summary>
    protected ClockTimer(KernelSystem kernel, bool isRealTime)
    {
        _timers = kernel.Timers;
        RealClock = kernel.RealClock;
        _clock = kernel.Machine.Clock;
        IsRealTime = isRealTime;
        if (isRealTime)
        {
            _watch = new ClockWatch(this);
            RealClock.Changed.Add(_watch);
        }
    }

    /// <summary>A timer by a CPU clock that is not armed.</summary>
    protected ClockTimer(KernelSystem kernel, CpuClock cpuClock)
        : this(kernel, isRealTime: false) => _cpuClock = cpuClock;

    /// <summary>The CPU clock that it goes by; null: another clock.</summary>
    internal CpuClock? CpuClock => _cpuClock;

    /// <summary>Whether it goes by CLOCK_REALTIME.</summary>
    protected bool IsRealTime { get; }

    /// <summary>That clock.</summary>
    protected RealClock RealClock { get; }

    /// <summary>Now, by the timer's clock.</summary>
    private long Now => _cpuClock?.Now ?? (IsRealTime ? RealClock.Nanoseconds : _clock.MonotonicNanoseconds);

    /// <summary>Arms, or disarms with a value of 0; what has expired and was not collected is forgotten.</summary>
    /// <param name="value">Nanoseconds, from now or by the clock.</param>
    /// <param name="period">Nanoseconds; 0: once.</param>
    /// <param name="isAbsolute">Whether the value is a time, not a duration.</param>
    /// <returns>False where there is no memory for the timers' thread.</returns>
    public bool Set(long value, long period, bool isAbsolute)
    {
        using (_lock.Enter())
        {
            Disarm();
            _hasFired = false;
            _period = period;
            _deadline = value == 0 || isAbsolute ? value : SaturatingTime.Add(Now, value);
            return _deadline == 0 || Arm();
        }
    }

    /// <summary>Nanoseconds until it fires next, at least 1 while it is armed (0: not armed), and the period.</summary>
    public (long Remaining, long Period) Get()
    {
        using (_lock.Enter())
        {
            if (_deadline == 0 || (_hasFired && _period == 0))
            {
                return (0, _period);
            }

            long left = _deadline - Now;
            if (left <= 0 && _period > 0)
            {
                left = _period - (-left % _period);
            }

            return (Math.Max(left, 1), _period);
        }
    }

    /// <summary>Whether it has fired and nobody has collected that.</summary>
    protected bool HasFired
    {
        get
        {
            using (_lock.Enter())
            {
                return _hasFired;
            }
        }
    }

    /// <summary>How often it has fired since the last call; with a period it goes on from here, but not within <paramref name="pause"/> nanoseconds.</summary>
    protected long Collect(long pause = 0)
    {
        using (_lock.Enter())
        {
            if (!_hasFired)
            {
                return 0;
            }

            _hasFired = false;
            if (_period == 0)
            {
                _deadline = 0;
                return 1;
            }

            long missed = Math.Max(Now + pause - _deadline, 0) / _period;
            _deadline = SaturatingTime.Add(_deadline, SaturatingTime.Multiply(missed + 1, _period));
            Arm();
            return missed + 1;
        }
    }

    /// <summary>The last use: it fires no more.</summary>
    public void Close()
    {
        _watch?.Queue?.Remove(_watch, passOn: false);
        using (_lock.Enter())
        {
            _deadline = 0;
            Disarm();
        }
    }

    /// <summary>It has fired. Called without locks; must not block.</summary>
    protected abstract void OnExpired();

    /// <summary>The clock was set. Called under the lock of the clock's queue; must not block.</summary>
    protected virtual void OnClockSet()
    {
    }

    /// <inheritdoc/>
    protected internal sealed override void OnFire()
    {
        using (_lock.Enter())
        {
            if (_deadline == 0 || _hasFired)
            {
                return;
            }

            // Set anew meanwhile, or the clock was set back.
            if (Now < _deadline)
            {
                Arm();
                return;
            }

            _hasFired = true;
        }

        OnExpired();
    }

    private bool Arm()
    {
        if (_cpuClock is null)
        {
            return _timers.Set(this, IsRealTime ? RealClock.ToMonotonic(_deadline) : _deadline);
        }

        _cpuClock.Process.CpuTimers.Set(this, _cpuClock, _deadline);
        return true;
    }

    private void Disarm()
    {
        if (_cpuClock is null)
        {
            _timers.Cancel(this);
        }
        else
        {
            _cpuClock.Process.CpuTimers.Cancel(this);
        }
    }

    private void FollowClock()
    {
        using (_lock.Enter())
        {
            if (_deadline != 0 && !_hasFired)
            {
                Arm();
            }
        }

        OnClockSet();
    }

    private sealed class ClockWatch(ClockTimer timer) : WaitEntry
    {
        internal override bool OnWake()
        {
            timer.FollowClock();
            return true;
        }
    }
}
