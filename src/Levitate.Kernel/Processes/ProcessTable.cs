using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>All processes and threads by ID, and what they are to each other.</summary>
public sealed partial class ProcessTable
{
    /// <summary>The highest ID plus one (/proc/sys/kernel/pid_max).</summary>
    public const int MaximumId = 4_194_304;

    private readonly Dictionary<int, Process> _processes = [];
    private readonly Dictionary<int, UserThread> _threads = [];
    private int _lastId;

    /// <summary>
    /// Guards the tables, and every process's parent, children, group, session and zombie state. Order: before
    /// <see cref="Process.StateLock"/> and every wait queue. Never held while blocking.
    /// </summary>
    public KernelLock FamilyLock { get; } = new(LockOrder.ProcessTable);

    /// <summary>Processes that were ever made.</summary>
    public long TotalForks { get; private set; }

    /// <summary>Process 1, which adopts orphans.</summary>
    public Process? Init { get; private set; }

    /// <summary>Living processes and zombies; a snapshot in order of their IDs.</summary>
    public IReadOnlyList<Process> All
    {
        get
        {
            using (FamilyLock.Enter())
            {
                var list = new List<Process>(_processes.Values);
                list.Sort(static (left, right) => left.ProcessId.CompareTo(right.ProcessId));
                return list;
            }
        }
    }

    /// <summary>How many threads there are.</summary>
    public int ThreadCount
    {
        get
        {
            using (FamilyLock.Enter())
            {
                return _threads.Count;
            }
        }
    }

    /// <summary>How many threads a user has, for RLIMIT_NPROC.</summary>
    internal int CountThreadsOf(uint realUserId)
    {
        using (FamilyLock.Enter())
        {
            int count = 0;
            foreach (UserThread thread in _threads.Values)
            {
                count += thread.Credentials.RealUserId == realUserId ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>The ID given out last (/proc/loadavg).</summary>
    public int LastId => Volatile.Read(ref _lastId);

    /// <summary>A process by its ID, zombie or not.</summary>
    public Process? Find(int processId)
    {
        using (FamilyLock.Enter())
        {
            return _processes.GetValueOrDefault(processId);
        }
    }

    /// <summary>A living thread by its ID.</summary>
    public UserThread? FindThread(int threadId)
    {
        using (FamilyLock.Enter())
        {
            return _threads.GetValueOrDefault(threadId);
        }
    }

    /// <summary>An ID that no process, thread, group or session has; 0 when there is none.</summary>
    internal int AllocateId()
    {
        using (FamilyLock.Enter())
        {
            for (int tries = 0; tries < MaximumId; tries++)
            {
                _lastId = _lastId + 1 < MaximumId ? _lastId + 1 : 300;
                if (!_processes.ContainsKey(_lastId) && !_threads.ContainsKey(_lastId) && !IsGroupOrSession(_lastId))
                {
                    return _lastId;
                }
            }

            return 0;
        }
    }

    /// <summary>Enters a process, a child of its <see cref="Process.Parent"/>. The first one is init.</summary>
    internal void Add(Process process)
    {
        using (FamilyLock.Enter())
        {
            Init ??= process;
            _processes.Add(process.ProcessId, process);
            process.Parent?.Children.Add(process);
            TotalForks++;
        }
    }

    /// <summary>Enters a thread.</summary>
    internal void AddThread(UserThread thread)
    {
        using (FamilyLock.Enter())
        {
            _threads.Add(thread.ThreadId, thread);
        }
    }

    /// <summary>Forgets a thread.</summary>
    internal void RemoveThread(UserThread thread)
    {
        using (FamilyLock.Enter())
        {
            if (_threads.GetValueOrDefault(thread.ThreadId) == thread)
            {
                _threads.Remove(thread.ThreadId);
            }
        }
    }

    /// <summary>Forgets a process that never got a thread.</summary>
    internal void RemoveUnborn(Process process)
    {
        using (FamilyLock.Enter())
        {
            _processes.Remove(process.ProcessId);
            process.Parent?.Children.Remove(process);
        }
    }

    /// <summary>Gives the only thread of a process the process's ID.</summary>
    internal void TakeOverLeadership(UserThread thread)
    {
        using (FamilyLock.Enter())
        {
            RemoveThread(thread);
            thread.ThreadId = thread.Process.ProcessId;
            _threads[thread.ThreadId] = thread;
            thread.Process.ExitSignal = SignalNumber.SIGCHLD;
        }
    }

    /// <summary>Whether a group has a member in a session; the caller holds the lock.</summary>
    internal bool GroupExists(int group, int session)
    {
        foreach (Process process in _processes.Values)
        {
            if (process.ProcessGroupId == group && process.SessionId == session)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The members of a session; the caller holds the lock.</summary>
    internal List<Process> MembersOfSession(int session)
    {
        var members = new List<Process>();
        foreach (Process process in _processes.Values)
        {
            if (process.SessionId == session)
            {
                members.Add(process);
            }
        }

        return members;
    }

    /// <summary>The members of a group; the caller holds the lock.</summary>
    internal List<Process> MembersOf(int group)
    {
        var members = new List<Process>();
        foreach (Process process in _processes.Values)
        {
            if (process.ProcessGroupId == group)
            {
                members.Add(process);
            }
        }

        return members;
    }

    private bool IsGroupOrSession(int id)
    {
        foreach (Process process in _processes.Values)
        {
            if (process.ProcessGroupId == id || process.SessionId == id)
            {
                return true;
            }
        }

        return false;
    }
}
