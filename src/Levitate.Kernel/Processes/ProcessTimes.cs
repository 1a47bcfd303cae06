using System;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>CPU time in nanoseconds.</summary>
/// <param name="User">In user mode.</param>
/// <param name="System">In the kernel.</param>
public readonly record struct ProcessTimes(long User, long System)
{
    /// <summary>Both together.</summary>
    public long Total => User + System;

    /// <summary>
    /// The times that come after these. How the whole is divided is known from samples, which may divide what went before
    /// otherwise than then; but neither part ever goes back.
    /// </summary>
    /// <param name="total">The whole now.</param>
    /// <param name="user">How much of it was in user mode, as far as the samples tell.</param>
    public ProcessTimes Next(long total, long user)
    {
        long now = Math.Max(total, Total);
        long part = Math.Clamp(user, User, User + now - Total);
        return new ProcessTimes(part, now - part);
    }

    /// <summary>The sum.</summary>
    public static ProcessTimes operator +(ProcessTimes left, ProcessTimes right) => new(left.User + right.User, left.System + right.System);

    /// <summary>What came after the right one.</summary>
    public static ProcessTimes operator -(ProcessTimes left, ProcessTimes right) => new(left.User - right.User, left.System - right.System);
}

/// <content>CPU times. A thread's own are exact; those of a thread that runs on another CPU are as of its last interrupt.</content>
public sealed partial class UserThread
{
    private const long NotRealTime = -1;

    // The process's TimesLock guards them.
    private ProcessTimes _times;

    // Since when, in CPU time, the thread has run as a real-time one without sleeping, and how often it had slept by then.
    private long _awakeSince;
    private long _sleepsSeen = NotRealTime;

    /// <summary>The thread's times as of its last look.</summary>
    internal ProcessTimes Times
    {
        get
        {
            using (Process.TimesLock.Enter())
            {
                return _times;
            }
        }
    }

    /// <summary>Reads the calling thread's times.</summary>
    internal ProcessTimes UpdateTimes()
    {
        (long user, long system) = Process.Machine.ThreadTimes;
        using (Process.TimesLock.Enter())
        {
            ProcessTimes now = _times.Next(user + system, user);
            Process.AddTimes(now - _times);
            _times = now;
            return now;
        }
    }

    /// <summary>On a tick: takes the times down for others to read, and has the process's CPU timers and limits looked at.</summary>
    internal void CheckTimes()
    {
        long total = UpdateTimes().Total;
        if (Process.HasCpuTimers)
        {
            Process.CheckCpuTimers();
        }

        CheckRealTimeLimit(total);
    }

    /// <summary>RLIMIT_RTTIME: SIGXCPU when a real-time thread has run so long without sleeping, and then every second; SIGKILL at the hard limit.</summary>
    /// <remarks>Linux: getrlimit(2). As there the soft limit is moved on by a second with each signal, and to yield is no sleep.</remarks>
    private void CheckRealTimeLimit(long total)
    {
        const ulong MicrosecondsPerSecond = 1_000_000;
        long sleeps = Scheduling.IsRealTime ? Context.History.Sleeps : NotRealTime;
        if (sleeps == NotRealTime || sleeps != _sleepsSeen)
        {
            _sleepsSeen = sleeps;
            _awakeSince = total;
            return;
        }

        ResourceLimit limit = Process.Limits[ResourceLimitKind.RLIMIT_RTTIME];
        if (limit.Soft == ResourceLimits.Infinity)
        {
            return;
        }

        ulong microseconds = (ulong)(total - _awakeSince) / 1000;
        if (microseconds >= limit.Hard)
        {
            Process.BeginExit(WaitStatus.Killed(SignalNumber.SIGKILL, dumpsCore: false));
        }
        else if (microseconds >= limit.Soft)
        {
            Process.Limits[ResourceLimitKind.RLIMIT_RTTIME] = limit with { Soft = limit.Soft + MicrosecondsPerSecond };
            Process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGXCPU));
        }
    }

    /// <summary>The thread ends: its times are counted for the last time.</summary>
    private void TakeLastTimes()
    {
        ProcessTimes times = UpdateTimes();
        ThreadHistory history = Context.History;
        using (Process.StateLock.Enter())
        {
            ThreadEvents events = CollectEvents(history);
            _lastEvents = events;
            Kernel.Processes.CountEndedFaults(_faults);
            if (ThreadId == Process.ProcessId)
            {
                Process.LastOfLeader = new ThreadFigures(times, events, history);
            }
        }
    }
}

/// <content>CPU times of the process.</content>
public sealed partial class Process
{
    // Guards the two fields below, and the times of the threads: both parts of a time are read as they were at one moment.
    private KernelLock _timesLock = new(LockOrder.ProcessTimes);
    private ProcessTimes _times;

    /// <summary>Guards the CPU times of the process and of its threads. A leaf.</summary>
    internal ref KernelLock TimesLock => ref _timesLock;

    /// <summary>What was counted of the leader, once it has ended. <see cref="StateLock"/> guards it.</summary>
    internal ThreadFigures LastOfLeader { get; set; }

    /// <summary>When the process began, in monotonic nanoseconds.</summary>
    public long StartNanoseconds { get; init; }

    /// <summary>The CPU time of all threads, ended ones included.</summary>
    public ProcessTimes Times
    {
        get
        {
            using (TimesLock.Enter())
            {
                return _times;
            }
        }
    }

    /// <summary>A thread has run. <see cref="TimesLock"/> is held.</summary>
    internal void AddTimes(ProcessTimes times) => _times += times;
}
