using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>All processes and threads by ID, and what they are to each other.</summary>
/// <param name="frames">The machine's memory, by which the number of threads is limited.</param>
public sealed partial class ProcessTable(IFrameAllocator frames)
{
    /// <summary>The highest ID plus one (/proc/sys/kernel/pid_max).</summary>
    public const int MaximumId = 4_194_304;

    /// <summary>Frames that a thread takes, its kernel stack above all, and a third more.</summary>
    private const long FramesForThread = 48;

    /// <summary>Where memory is so small that this many do not fit, it is memory that ends them.</summary>
    private const int FewestThreads = 512;

    /// <summary>More were not tried: each collection looks at all their stacks.</summary>
    private const int MostThreads = 10_000;

    private readonly ProcessNumbers _numbers = new();
    private readonly UserAccounts _accounts = new();
    private Process? _init;
    private long _totalForks;
    private long _endedFaults;
    private int _stoppedProcesses;

    /// <summary>Guards what processes are to each other.</summary>
    public FamilyLock Families { get; } = new();

    /// <summary>Processes that were ever made.</summary>
    public long TotalForks => Volatile.Read(ref _totalForks);

    /// <summary>Page faults that were resolved, of all threads that there are and were. One that ends meanwhile is missing for a moment at most.</summary>
    public long TotalFaults
    {
        get
        {
            long faults = Volatile.Read(ref _endedFaults);
            foreach (Process process in _numbers.Processes())
            {
                faults += process.LivingFaults;
            }

            return faults;
        }
    }

    /// <summary>A thread has ended that had so many page faults.</summary>
    internal void CountEndedFaults(long faults) => Interlocked.Add(ref _endedFaults, faults);

    /// <summary>Process 1, which adopts orphans.</summary>
    public Process? Init => _init;

    /// <summary>Living processes and zombies in order of their IDs. One that is there all the while is among them; who holds all of <see cref="Families"/> gets exactly those that there are.</summary>
    public IReadOnlyList<Process> All
    {
        get
        {
            List<Process> list = _numbers.Processes();
            list.Sort(static (left, right) => left.ProcessId.CompareTo(right.ProcessId));
            return list;
        }
    }

    /// <summary>How many threads there are.</summary>
    public int ThreadCount => _numbers.ThreadCount;

    /// <summary>
    /// How many there may be (/proc/sys/kernel/threads-max), so that their stacks leave some memory for what they do. A moment's
    /// check, which some at once may pass.
    /// </summary>
    public int MaximumThreads { get; } = (int)Math.Clamp(frames.TotalFrames / FramesForThread, FewestThreads, MostThreads);

    /// <summary>The ID given out last (/proc/loadavg).</summary>
    public int LastId => _numbers.Last;

    /// <summary>A process by its ID, zombie or not.</summary>
    public Process? Find(int processId) => _numbers.FindProcess(processId);

    /// <summary>A living thread by its ID.</summary>
    public UserThread? FindThread(int threadId) => _numbers.FindThread(threadId);

    /// <summary>The process of an ID, be it the process's own or one of its threads'.</summary>
    internal Process? FindByAnyId(int id) => Find(id) ?? FindThread(id)?.Process;

    /// <summary>An ID that no process, thread, group or session has; 0 when there is none.</summary>
    internal int AllocateId() => _numbers.Allocate();

    /// <summary>Enters a process, a child of its <see cref="Process.Parent"/>, whose part of the family lock is held while others may look. The first one is init.</summary>
    internal void Add(Process process)
    {
        _init ??= process;
        _numbers.Add(process);
        _numbers.CountMember(process.ProcessGroupId, process.SessionId, 1);
        process.Parent?.Children.Add(process);
        Interlocked.Increment(ref _totalForks);
    }

    /// <summary>Enters a thread.</summary>
    internal void AddThread(UserThread thread, UserThread? creator = null)
    {
        _numbers.SetThread(thread.ThreadId, thread);
        _accounts.Enter(thread, creator);
    }

    /// <summary>Forgets a thread.</summary>
    internal void RemoveThread(UserThread thread)
    {
        _numbers.SetThread(thread.ThreadId, null, onlyInsteadOf: thread);
        _accounts.Leave(thread);
    }

    /// <summary>Says that the real user of a thread is another now.</summary>
    internal void NoteUser(UserThread thread) => _accounts.Move(thread);

    /// <summary>Forgets a process that never got a thread.</summary>
    internal void RemoveUnborn(Process process)
    {
        using (Families.EnterOfParent(process))
        {
            process.Parent?.Children.Remove(process);
            Forget(process);

            // A thread of the parent may have begun to wait for it.
            process.Parent?.ChildEvents.WakeAll();
        }
    }

    /// <summary>Gives the only thread of a process the process's ID.</summary>
    internal void TakeOverLeadership(UserThread thread)
    {
        Process process = thread.Process;
        using (Families.EnterOfParent(process))
        {
            process.ExitSignal = SignalNumber.SIGCHLD;
        }

        thread.TakeCredentialsToProcess();
        thread.ReleaseFileSystem(passesOn: true);
        int former = thread.ThreadId;
        if (former != process.ProcessId)
        {
            process.LeaderNice = thread.Nice;

            // It goes by both for a moment, never by none.
            _numbers.SetThread(process.ProcessId, thread);
            thread.ThreadId = process.ProcessId;
            _numbers.SetThread(former, null, onlyInsteadOf: thread);
        }
    }

    /// <summary>Moves a process to a group and a session; the caller holds all of <see cref="Families"/>.</summary>
    internal void Move(Process process, int group, int session)
    {
        Families.AssertAllHeld();
        _numbers.CountMember(group, session, 1);
        _numbers.CountMember(process.ProcessGroupId, process.SessionId, -1);
        process.ProcessGroupId = group;
        process.SessionId = session;
    }

    /// <summary>Whether a group has a member in a session; the caller holds all of <see cref="Families"/>.</summary>
    internal bool GroupExists(int group, int session) => Members().Exists(process => process.ProcessGroupId == group && process.SessionId == session);

    /// <summary>The members of a session; the caller holds all of <see cref="Families"/>.</summary>
    internal List<Process> MembersOfSession(int session) => Members().FindAll(process => process.SessionId == session);

    /// <summary>The members of a group; the caller holds all of <see cref="Families"/>.</summary>
    internal List<Process> MembersOf(int group) => Members().FindAll(process => process.ProcessGroupId == group);

    /// <summary>What a process's children have used that were waited for, and theirs.</summary>
    internal ProcessUsage ChildrenUsageOf(Process process)
    {
        using (Families.Enter(process))
        {
            return process.ChildrenUsage;
        }
    }

    /// <summary>Says that a process has stopped (1), or that one that had has not any more (-1).</summary>
    internal void CountStopped(int change) => Interlocked.Add(ref _stoppedProcesses, change);

    /// <summary>All processes, at rest in their groups and sessions.</summary>
    private List<Process> Members()
    {
        Families.AssertAllHeld();
        return _numbers.Processes();
    }

    /// <summary>Gives the numbers of a process back.</summary>
    private void Forget(Process process)
    {
        if (_numbers.Remove(process.ProcessId) is { } leader)
        {
            _accounts.Leave(leader);
        }

        _numbers.CountMember(process.ProcessGroupId, process.SessionId, -1);
    }
}
