using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Time;

/// <summary>How a POSIX timer tells that it fired (sigev_notify).</summary>
internal enum NotifyKind
{
    SIGEV_SIGNAL = 0,
    SIGEV_NONE = 1,
    SIGEV_THREAD = 2,
    SIGEV_THREAD_ID = 4,
}

/// <summary>struct sigevent, as far as the kernel reads it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SignalEvent(ulong Value, int Signal, NotifyKind Notify, int ThreadId)
{
    private readonly int _padding = 0;
}

/// <summary>
/// A timer of a process's. It fires, sends its signal and rests until that is taken; what it would have sent meanwhile is
/// counted then (si_overrun).
/// </summary>
/// <remarks>Linux: timer_create(2).</remarks>
internal sealed class PosixTimer : ClockTimer
{
    /// <summary>How soon a timer whose signal is ignored may fire again, in nanoseconds.</summary>
    private const long IgnoredPause = 1_000_000;

    private readonly Process _process;
    private readonly SignalEvent _event;
    private readonly UserThread? _target;
    private volatile bool _isQueued;
    private volatile int _overrun;

    /// <summary>A timer that is not armed.</summary>
    public PosixTimer(Process process, int id, bool isRealTime, in SignalEvent signalEvent, UserThread? target)
        : base(process.Kernel, isRealTime)
    {
        _process = process;
        Id = id;
        _event = signalEvent;
        _target = target;
    }

    /// <summary>A timer by a CPU clock that is not armed.</summary>
    public PosixTimer(Process process, int id, CpuClock clock, in SignalEvent signalEvent, UserThread? target)
        : base(process.Kernel, clock)
    {
        _process = process;
        Id = id;
        _event = signalEvent;
        _target = target;
    }

    /// <summary>Its number in the process.</summary>
    public int Id { get; }

    /// <summary>How often it fired more, between the sending of the last signal that was taken and the taking.</summary>
    public int Overrun => _overrun;

    /// <summary>Arms or disarms; see <see cref="ClockTimer.Set"/>.</summary>
    public bool Arm(long value, long period, bool isAbsolute)
    {
        _overrun = 0;
        return Set(value, period, isAbsolute);
    }

    /// <summary>Its signal is being taken: goes on, and says in the signal how often it has fired more.</summary>
    public void Taken(ref SignalInfo info)
    {
        _isQueued = false;
        _overrun = (int)Math.Clamp(Collect() - 1, 0, int.MaxValue);
        info.Field0 = (uint)Id | ((ulong)_overrun << 32);
    }

    /// <inheritdoc/>
    protected override void OnExpired()
    {
        if (_event.Notify == NotifyKind.SIGEV_NONE || _isQueued || _target is { MustExit: true })
        {
            return;
        }

        _isQueued = true;
        var info = new SignalInfo { Signal = _event.Signal, Code = SignalCode.SI_TIMER, Field0 = (uint)Id, Field1 = _event.Value, IsOfTimer = true };
        if (!_process.Signals.TrySendTimer(info, _target))
        {
            _isQueued = false;
            Collect(IgnoredPause);
        }
    }
}

/// <summary>The POSIX timers of a process by number.</summary>
internal sealed class PosixTimers
{
    /// <summary>Guards the fields below. Order: after <see cref="Process.StateLock"/>, before the timers' own.</summary>
    private KernelLock _lock = new(LockOrder.PosixTimer);
    private readonly Dictionary<int, PosixTimer> _timers = [];
    private int _nextId;

    /// <summary>Enters a timer under a fresh number; null where there are <paramref name="limit"/> already.</summary>
    public PosixTimer? Add(Func<int, PosixTimer> create, ulong limit)
    {
        using (_lock.Enter())
        {
            if ((ulong)_timers.Count >= limit)
            {
                return null;
            }

            while (_timers.ContainsKey(_nextId))
            {
                _nextId = (_nextId + 1) & int.MaxValue;
            }

            PosixTimer timer = create(_nextId);
            _timers.Add(_nextId, timer);
            _nextId = (_nextId + 1) & int.MaxValue;
            return timer;
        }
    }

    /// <summary>A timer by its number.</summary>
    public PosixTimer? Find(int id)
    {
        using (_lock.Enter())
        {
            return _timers.GetValueOrDefault(id);
        }
    }

    /// <summary>A timer's signal is being taken. The process's StateLock is held.</summary>
    public void NoteTaken(ref SignalInfo info) => Find((int)info.Field0)?.Taken(ref info);

    /// <summary>A signal is being dropped, perhaps a timer's. The process's StateLock is held.</summary>
    public void NoteDiscarded(SignalInfo info)
    {
        if (info.IsOfTimer)
        {
            NoteTaken(ref info);
        }
    }

    /// <summary>Takes a timer out, to be closed.</summary>
    public PosixTimer? Remove(int id)
    {
        using (_lock.Enter())
        {
            return _timers.Remove(id, out PosixTimer? timer) ? timer : null;
        }
    }

    /// <summary>Ends all: the process ends, or executes a program.</summary>
    public void Clear()
    {
        PosixTimer[] timers;
        using (_lock.Enter())
        {
            timers = [.. _timers.Values];
            _timers.Clear();
        }

        foreach (PosixTimer timer in timers)
        {
            timer.Close();
        }
    }
}
