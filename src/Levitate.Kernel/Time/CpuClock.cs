using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Time;

/// <summary>The CPU time of a process, or of one of its threads, as a clock. What runs on other CPUs counts as of its last tick.</summary>
/// <param name="Process">The process.</param>
/// <param name="Thread">The thread; null: all of them.</param>
/// <param name="IsUserTime">Whether time in the kernel does not count.</param>
/// <remarks>Linux: clock_getcpuclockid(3).</remarks>
internal sealed record CpuClock(Process Process, UserThread? Thread, bool IsUserTime)
{
    private const int ThreadBit = 4;
    private const int VirtualKind = 1, UnknownKind = 3;

    /// <summary>Nanoseconds.</summary>
    internal long Now
    {
        get
        {
            ProcessTimes times = Thread?.Times ?? Process.Times;
            return IsUserTime ? times.User : times.Total;
        }
    }

    /// <summary>The clock of a name: one of the two fixed ones, or an ID inverted in the upper bits, bit 2 set for a thread, the kind of time in bits 0 and 1.</summary>
    /// <returns>EINVAL for another clock, a process that is not there, or a thread of another process.</returns>
    internal static Result<CpuClock> Find(UserThread caller, ClockId clock)
    {
        switch (clock)
        {
            case ClockId.CLOCK_PROCESS_CPUTIME_ID:
                return new CpuClock(caller.Process, null, false);
            case ClockId.CLOCK_THREAD_CPUTIME_ID:
                return new CpuClock(caller.Process, caller, false);
        }

        int name = (int)clock;
        int id = ~(name >> 3);
        int kind = name & 3;
        if (name >= 0 || kind == UnknownKind)
        {
            return Errno.EINVAL;
        }

        UserThread? thread = null;
        Process? process;
        if ((name & ThreadBit) != 0)
        {
            thread = id == 0 ? caller : caller.Kernel.Processes.FindThread(id);
            process = thread?.Process == caller.Process ? caller.Process : null;
        }
        else
        {
            process = id == 0 ? caller.Process : caller.Kernel.Processes.Find(id);
        }

        return process is null ? Errno.EINVAL : new CpuClock(process, thread, kind == VirtualKind);
    }
}

/// <summary>The timers by the CPU time of a process and of its threads: looked at on the ticks of its threads.</summary>
internal sealed class CpuTimers
{
    /// <summary>Guards the list. A leaf.</summary>
    private KernelLock _lock = new(LockOrder.TimerQueue);
    private readonly List<(ClockTimer Timer, CpuClock Clock, long Deadline)> _armed = [];
    private int _count;

    /// <summary>Whether none is armed; a moment's view.</summary>
    internal bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Arms a timer, or moves an armed one.</summary>
    internal void Set(ClockTimer timer, CpuClock clock, long deadline)
    {
        using (_lock.Enter())
        {
            _armed.RemoveAll(armed => armed.Timer == timer);
            _armed.Add((timer, clock, deadline));
            _count = _armed.Count;
        }
    }

    /// <summary>Disarms a timer. It may be firing just now.</summary>
    internal void Cancel(ClockTimer timer)
    {
        using (_lock.Enter())
        {
            _armed.RemoveAll(armed => armed.Timer == timer);
            _count = _armed.Count;
        }
    }

    /// <summary>Fires those whose time has come. Called without locks.</summary>
    internal void Check()
    {
        while (TakeDue() is { } timer)
        {
            timer.OnFire();
        }
    }

    private ClockTimer? TakeDue()
    {
        using (_lock.Enter())
        {
            int due = _armed.FindIndex(static armed => armed.Clock.Now >= armed.Deadline);
            ClockTimer? timer = due < 0 ? null : _armed[due].Timer;
            if (timer is not null)
            {
                _armed.RemoveAt(due);
                _count = _armed.Count;
            }

            return timer;
        }
    }
}

/// <summary>A sleep by a CPU clock (clock_nanosleep).</summary>
internal sealed class CpuSleep(KernelSystem kernel, CpuClock clock) : ClockTimer(kernel, clock)
{
    /// <summary>Woken when it is over.</summary>
    internal WaitQueue Over { get; } = new();

    /// <inheritdoc/>
    protected override void OnExpired() => Over.WakeAll();
}
