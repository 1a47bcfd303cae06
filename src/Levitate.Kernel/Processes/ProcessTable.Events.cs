using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <content>What parents and groups are told.</content>
public sealed partial class ProcessTable
{
    private const long NanosecondsPerTick = 10_000_000;

    /// <summary>Sends a signal to every member of a group, without a permission check (terminals). A member that forks meanwhile does so before or after: no child is missed.</summary>
    /// <returns>How many there were.</returns>
    public int SignalGroup(int group, int signal)
    {
        using (Families.EnterAll())
        {
            List<Process> members = MembersOf(group);
            foreach (Process member in members)
            {
                member.Signals.Send(SignalInfo.FromKernel(signal));
            }

            return members.Count;
        }
    }

    /// <summary>Whether no member of the group has a parent in another group of the same session: nobody could continue it, so it is not stopped from the terminal.</summary>
    public bool IsOrphanedGroup(int group)
    {
        using (Families.EnterAll())
        {
            return IsOrphanedGroup(group, except: null);
        }
    }

    /// <summary>The end of a process: its children get a new parent, its own parent is told.</summary>
    internal void BecomeZombie(Process process)
    {
        if (TryEndInFamily(process))
        {
            return;
        }

        using (Families.EnterAll())
        {
            HandOverChildren(process);
            HangUpOrphanedGroup(process.Parent, process);
            EndAsChild(process);
        }
    }

    /// <summary>Removes a zombie for good; the caller holds its parent's part of the family lock.</summary>
    internal void Reap(Process process)
    {
        if (process.Parent is { } parent)
        {
            Families.AssertHeld(parent);
            parent.Children.Remove(process);
            parent.ChildrenUsage += process.Usage + process.ChildrenUsage;
        }

        Forget(process);
    }

    /// <summary>Tells the parent that a process has stopped, unless it goes on again by now.</summary>
    internal void ReportStopped(Process process, int signal)
    {
        using (Families.EnterOfParent(process))
        {
            if (!process.Signals.IsStopped)
            {
                return;
            }

            process.UnreportedStop = signal;
            process.UnreportedContinue = false;
            ReportChange(process, SignalCode.CLD_STOPPED, signal);
        }
    }

    /// <summary>Tells the parent that a process goes on, unless it has stopped again or ended by now.</summary>
    internal void ReportContinued(Process process)
    {
        using (Families.EnterOfParent(process))
        {
            if (process.Signals.IsStopped || process.IsZombie)
            {
                return;
            }

            process.UnreportedStop = 0;
            process.UnreportedContinue = true;
            ReportChange(process, SignalCode.CLD_CONTINUED, SignalNumber.SIGCONT);
        }
    }

    /// <summary>The usual end, which concerns nobody but the parent. False, with nothing done, where it is another.</summary>
    private bool TryEndInFamily(Process process)
    {
        using (Families.Enter(process))
        {
            // Who has none gets none any more: its threads are gone, and no orphan is given to who is exiting.
            if (process.Children.Count != 0)
            {
                return false;
            }
        }

        using (Families.EnterOfParent(process))
        {
            if (ConcernsOthers(process))
            {
                return false;
            }

            EndAsChild(process);
            return true;
        }
    }

    /// <summary>Whether more than the parent's part of the family lock is needed for the end of a process without children.</summary>
    private bool ConcernsOthers(Process process)
    {
        // SIGCONT may let the parent go on, of which its own parent hears.
        return process.ExitSignal == SignalNumber.SIGCONT
            || (Volatile.Read(ref _stoppedProcesses) != 0 && MayOrphanGroup(process.Parent, process));
    }

    private void EndAsChild(Process process)
    {
        Process? parent = process.Parent;
        Families.AssertHeld(parent ?? process);
        if (parent is not null && NotifyParent(process, parent))
        {
            // Before those hear of its end who look without a lock.
            Reap(process);
        }

        process.MarkZombie();
        parent?.ChildEvents.WakeAll();
    }

    private void ReportChange(Process process, int code, int status)
    {
        if (process.Parent is not { } parent)
        {
            return;
        }

        Families.AssertHeld(parent);
        SignalAction action = parent.Signals.GetAction(SignalNumber.SIGCHLD);
        if (action.Handler != SignalAction.Ignore && (action.Flags & SignalActionFlags.SA_NOCLDSTOP) == 0)
        {
            parent.Signals.Send(ChildInfo(process, SignalNumber.SIGCHLD, code, status));
        }

        parent.ChildEvents.WakeAll();
    }

    /// <summary>Sends the exit signal. True when nobody will wait for the process.</summary>
    private bool NotifyParent(Process process, Process parent)
    {
        WaitStatus status = process.ExitStatus;
        (int code, int value) = status.HasExited ? (SignalCode.CLD_EXITED, status.ExitCode)
            : (status.DumpedCore ? SignalCode.CLD_DUMPED : SignalCode.CLD_KILLED, status.Signal);
        bool isReaped = parent == Init;
        bool isSent = process.ExitSignal != 0;
        if (process.ExitSignal == SignalNumber.SIGCHLD)
        {
            SignalAction action = parent.Signals.GetAction(SignalNumber.SIGCHLD);
            isReaped |= action.Handler == SignalAction.Ignore || (action.Flags & SignalActionFlags.SA_NOCLDWAIT) != 0;
            isSent = action.Handler != SignalAction.Ignore;
        }

        if (isSent)
        {
            parent.Signals.Send(ChildInfo(process, process.ExitSignal, code, value));
        }

        return isReaped;
    }

    private static SignalInfo ChildInfo(Process process, int signal, int code, int status)
    {
        SignalInfo info = SignalInfo.FromProcess(signal, code, process.ProcessId, process.Credentials.RealUserId);
        info.Field1 = (uint)status;
        info.Field2 = (ulong)(process.Times.User / NanosecondsPerTick);
        info.Field3 = (ulong)(process.Times.System / NanosecondsPerTick);
        return info;
    }

    /// <summary>The caller holds all of the family lock.</summary>
    private void HandOverChildren(Process process)
    {
        if (process.Children.Count == 0)
        {
            return;
        }

        Process reaper = FindReaper(process);
        foreach (Process child in process.Children.ToArray())
        {
            child.Parent = reaper;
            child.ParentThread = null;
            reaper.Children.Add(child);
            child.ExitSignal = SignalNumber.SIGCHLD;
            if (child.ParentDeathSignal != 0)
            {
                child.Signals.Send(SignalInfo.FromProcess(child.ParentDeathSignal, SignalCode.SI_USER, process.ProcessId, process.Credentials.RealUserId));
            }

            HangUpOrphanedGroup(process, child);
            if (child.IsZombie && NotifyParent(child, reaper))
            {
                Reap(child);
            }
        }

        process.Children.Clear();
        reaper.ChildEvents.WakeAll();
    }

    private Process FindReaper(Process process)
    {
        for (Process? ancestor = process.Parent; ancestor is not null; ancestor = ancestor.Parent)
        {
            if (ancestor.IsSubreaper && !ancestor.IsExiting)
            {
                return ancestor;
            }
        }

        return Init!;
    }

    /// <summary>When a process's end orphans a group that has stopped members, these get SIGHUP and SIGCONT (POSIX).</summary>
    private void HangUpOrphanedGroup(Process? parent, Process process)
    {
        if (!MayOrphanGroup(parent, process))
        {
            return;
        }

        List<Process> members = MembersOf(process.ProcessGroupId);
        if (!members.Exists(static member => member.Signals.IsStopped) || !IsOrphanedGroup(process.ProcessGroupId, process))
        {
            return;
        }

        foreach (Process member in members)
        {
            member.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGHUP));
            member.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGCONT));
        }
    }

    /// <summary>Whether a process's parent is one who could continue the process's group.</summary>
    private static bool MayOrphanGroup(Process? parent, Process process) =>
        parent is not null && parent.ProcessGroupId != process.ProcessGroupId && parent.SessionId == process.SessionId;

    private bool IsOrphanedGroup(int group, Process? except)
    {
        foreach (Process member in MembersOf(group))
        {
            if (member != except && !member.IsZombie && member.Parent is { } parent && parent != Init
                && parent.ProcessGroupId != group && parent.SessionId == member.SessionId)
            {
                return false;
            }
        }

        return true;
    }
}
