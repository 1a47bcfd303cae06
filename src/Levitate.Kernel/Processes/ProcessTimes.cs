using System;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <summary>CPU time in nanoseconds.</summary>
/// <param name="User">In user mode.</param>
/// <param name="System">In the kernel.</param>
public readonly record struct ProcessTimes(long User, long System)
{
    /// <summary>Both together.</summary>
    public long Total => User + System;

    /// <summary>The sum.</summary>
    public static ProcessTimes operator +(ProcessTimes left, ProcessTimes right) => new(left.User + right.User, left.System + right.System);
}

/// <content>CPU times. A thread's own are exact; those of a thread that runs on another CPU are as of its last interrupt.</content>
public sealed partial class UserThread
{
    /// <summary>The thread's times as of its last look. <see cref="Process.StateLock"/> guards it.</summary>
    internal ProcessTimes Times { get; private set; }

    /// <summary>Reads the calling thread's times.</summary>
    internal ProcessTimes UpdateTimes()
    {
        (long user, long system) = Process.Machine.ThreadTimes;
        using (Process.StateLock.Enter())
        {
            Times = new ProcessTimes(user, system);
            return Times;
        }
    }

    /// <summary>On a tick: takes the times down for others to read, and has the process's CPU timers and limits looked at.</summary>
    private void CheckTimes()
    {
        UpdateTimes();
        if (Process.HasCpuTimers)
        {
            Process.CheckCpuTimers();
        }
    }

    private void AddTimesToProcess()
    {
        UpdateTimes();
        ThreadHistory history = Context.History;
        using (Process.StateLock.Enter())
        {
            if (ThreadId == Process.ProcessId)
            {
                Process.LeaderHistory = history;
            }

            Process.EndedThreadsTimes += Times;
            Times = default;
        }
    }
}

/// <content>CPU times of the process.</content>
public sealed partial class Process
{
    /// <summary>Of the threads that have ended. <see cref="StateLock"/> guards it.</summary>
    internal ProcessTimes EndedThreadsTimes { get; set; }

    /// <summary>Of the children that were waited for, and of theirs. The process's part of the family lock guards it.</summary>
    internal ProcessTimes ChildrenTimes { get; set; }

    /// <summary>How the leader ran and waited, once it has ended. <see cref="StateLock"/> guards it.</summary>
    internal ThreadHistory LeaderHistory { get; set; }

    /// <summary>When the process began, in monotonic nanoseconds.</summary>
    public long StartNanoseconds { get; init; }

    /// <summary>The CPU time of all threads, ended ones included.</summary>
    public ProcessTimes Times
    {
        get
        {
            using (StateLock.Enter())
            {
                ProcessTimes sum = EndedThreadsTimes;
                foreach (UserThread thread in _threads)
                {
                    sum += thread.Times;
                }

                return sum;
            }
        }
    }
}
