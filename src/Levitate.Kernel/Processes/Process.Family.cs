using System.Collections.Generic;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <content>Parents, children, groups and sessions. <see cref="FamilyLock"/> guards all of it: a child's by its parent's part.</content>
public sealed partial class Process
{
    /// <summary>Living children and zombies.</summary>
    internal List<Process> Children { get; } = [];

    /// <summary>Woken when a child ends, stops or goes on.</summary>
    internal WaitQueue ChildEvents { get; } = new();

    /// <summary>The thread of the parent that made it, which may have ended; null: none did.</summary>
    internal UserThread? ParentThread { get; set; }

    /// <summary>The signal that the parent gets at the end; 0: none. SIGCHLD for fork's children, and for all after execve.</summary>
    internal int ExitSignal { get; set; } = Levitate.Kernel.Signals.SignalNumber.SIGCHLD;

    /// <summary>The terminal of its session, unless it gave that up; null: none.</summary>
    internal Levitate.Kernel.Terminals.Terminal? ControllingTerminal { get; set; }

    /// <summary>Of a session's leader whose terminal was hung up: the group that was in the foreground then, which is told when the leader ends; 0: none.</summary>
    internal int HungUpGroup { get; set; }

    /// <summary>Whether orphans among its descendants become its children (PR_SET_CHILD_SUBREAPER).</summary>
    internal bool IsSubreaper { get; set; }

    /// <summary>PR_SET_PDEATHSIG: sent to this process when its parent ends; 0: none.</summary>
    internal int ParentDeathSignal { get; set; }

    /// <summary>The signal of a stop that no wait has reported yet; 0: none.</summary>
    internal int UnreportedStop { get; set; }

    /// <summary>Whether going on was not reported yet.</summary>
    internal bool UnreportedContinue { get; set; }

    /// <summary>The parent's process ID; 0 for process 1. Read without a lock by getppid.</summary>
    public int ParentProcessId => Parent?.ProcessId ?? 0;

    /// <summary>Whether this is a process that an ordinary wait does not see (__WCLONE).</summary>
    internal bool IsCloneChild => ExitSignal != Levitate.Kernel.Signals.SignalNumber.SIGCHLD;
}
