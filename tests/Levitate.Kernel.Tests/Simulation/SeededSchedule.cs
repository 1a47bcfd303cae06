using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>
/// Lets one of the kernel's threads run at a time, and at each of the machine's points, and before each lock, has the chance
/// of a seed say which one is next. Time passes only when all sleep: then it is the earliest deadline. So a seed takes the
/// same course each time, as far as the kernel itself does nothing by chance, and one that finds something finds it again.
/// </summary>
internal sealed class SeededSchedule : Disturbance
{
    [ThreadStatic]
    private static Participant? t_self;

    private readonly object _gate = new();
    private readonly Random _chance;
    private readonly List<Participant> _participants = [];
    private Participant? _running;
    private SimulatedClock? _clock;
    private int _last;
    private long _steps;
    private ulong _course = 14695981039346656037;

    /// <summary>A schedule that waits for <see cref="Begin"/>.</summary>
    public SeededSchedule(int seed)
        : base(seed)
    {
        _chance = new Random(seed);
    }

    /// <summary>Who ran at which point, as a number: two runs that took the same course have the same.</summary>
    public ulong Course => Volatile.Read(ref _course);

    /// <summary>How often it was asked who is next.</summary>
    public long Steps => Volatile.Read(ref _steps);

    /// <summary>Whether all threads sleep, and none has a deadline.</summary>
    public bool IsStuck
    {
        get
        {
            lock (_gate)
            {
                return _running is null;
            }
        }
    }

    /// <summary>Whether the calling thread is one of those that take turns.</summary>
    public bool TakesPart => t_self?.Schedule == this;

    /// <summary>Counts a thread in that will begin with <see cref="Run"/>. By the thread that makes it.</summary>
    public Participant Add()
    {
        lock (_gate)
        {
            var added = new Participant(this, ++_last);
            _participants.Add(added);
            return added;
        }
    }

    /// <summary>The life of a thread that was counted in.</summary>
    public void Run(Participant self, Action body)
    {
        t_self = self;
        LockWaits.Self = new TurnWaiter(this);
        lock (_gate)
        {
            AwaitTurn(self);
        }

        try
        {
            body();
        }
        finally
        {
            lock (_gate)
            {
                _participants.Remove(self);
                PickNext();
            }
        }
    }

    /// <summary>Lets the first thread run. Deadlines are by this clock.</summary>
    public void Begin(SimulatedClock clock)
    {
        lock (_gate)
        {
            _clock = clock;
            PickNext();
        }
    }

    /// <inheritdoc/>
    public override void Point() => Wait(null, long.MaxValue);

    /// <summary>Has a thread that takes part sleep until something holds, which only others that take part change, or until a deadline.</summary>
    public void Wait(Func<bool>? isOver, long deadline)
    {
        if (t_self is not { } self || self.Schedule != this)
        {
            return;
        }

        lock (_gate)
        {
            self.IsOver = isOver;
            self.Deadline = deadline;
            PickNext();
            AwaitTurn(self);
            self.IsOver = null;
        }
    }

    private void AwaitTurn(Participant self)
    {
        while (_running != self)
        {
            Monitor.Wait(_gate);
        }
    }

    private void PickNext()
    {
        List<Participant> ready = _participants.FindAll(IsReady);
        if (ready.Count == 0)
        {
            long earliest = long.MaxValue;
            foreach (Participant one in _participants)
            {
                earliest = Math.Min(earliest, one.Deadline);
            }

            if (earliest != long.MaxValue)
            {
                // The clock has steps of 100 ns.
                _clock!.Advance(TimeSpan.FromTicks(((earliest - _clock.MonotonicNanoseconds) / 100) + 1));
                ready = _participants.FindAll(IsReady);
            }
        }

        _running = ready.Count == 0 ? null : ready[_chance.Next(ready.Count)];
        _steps++;
        _course = unchecked((_course ^ (ulong)(_running?.Number ?? 0)) * 1099511628211);
        Monitor.PulseAll(_gate);
    }

    private bool IsReady(Participant one) => one.IsOver is null || one.IsOver() || _clock!.MonotonicNanoseconds >= one.Deadline;

    /// <summary>How a thread that takes turns waits for a lock.</summary>
    private sealed class TurnWaiter(SeededSchedule schedule) : LockWaiter
    {
        private bool _isWoken;

        /// <inheritdoc/>
        protected internal override void Sleep()
        {
            if (!_isWoken)
            {
                schedule.Wait(() => _isWoken, long.MaxValue);
            }

            _isWoken = false;
        }

        /// <inheritdoc/>
        protected internal override void Wake() => _isWoken = true;

        /// <summary>Those in its own turns never leave a queue half changed: it is the threads of another test, which shares the queues.</summary>
        protected internal override void LetOthersRun() => Thread.Yield();
    }

    /// <summary>A thread that takes turns.</summary>
    internal sealed class Participant(SeededSchedule schedule, int number)
    {
        /// <summary>Whose turns.</summary>
        public SeededSchedule Schedule => schedule;

        /// <summary>In the order of their coming.</summary>
        public int Number => number;

        /// <summary>What it sleeps for; null: it could run.</summary>
        public Func<bool>? IsOver { get; set; }

        /// <summary>Until when it sleeps.</summary>
        public long Deadline { get; set; } = long.MaxValue;
    }
}
