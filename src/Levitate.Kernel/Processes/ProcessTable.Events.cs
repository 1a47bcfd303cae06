using System.Collections.Generic;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <content>What parents and groups are told.</content>
public sealed partial class ProcessTable
{
    private const long NanosecondsPerTick = 10_000_000;

    /// <summary>Sends a signal to every member of a group, without a permission check (terminals).</summary>
    /// <returns>How many there were.</returns>
    public int SignalGroup(int group, int signal)
    {
        using (FamilyLock.Enter())
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
        using (FamilyLock.Enter())
        {
            return IsOrphanedGroup(group, except: null);
        }
    }

    /// <summary>The end of a process: its children get a new parent, its own parent is told.</summary>
    internal void BecomeZombie(Process process)
    {
        using (FamilyLock.Enter())
        {
            HandOverChildren(process);
            HangUpOrphanedGroup(process.Parent, process);
            process.MarkZombie();
            Process? parent = process.Parent;
            if (parent is null)
            {
                return;
            }

            bool isReaped = NotifyParent(process, parent);
            if (isReaped)
            {
                Reap(process);
            }

            parent.ChildEvents.WakeAll();
        }
    }

    /// <summary>Removes a zombie for good; the caller holds the lock.</summary>
    internal void Reap(Process process)
    {
        process.Parent?.Children.Remove(process);
        if (process.Parent is not null)
        {
            process.Parent.ChildrenTimes += process.Times + process.ChildrenTimes;
        }

        _processes.Remove(process.ProcessId);
        _threads.Remove(process.ProcessId);
    }

    /// <summary>Tells the parent that a process has stopped.</summary>
    internal void ReportStopped(Process process, int signal)
    {
        using (FamilyLock.Enter())
        {
            process.UnreportedStop = signal;
            process.UnreportedContinue = false;
            ReportChange(process, SignalCode.CLD_STOPPED, signal);
        }
    }

    /// <summary>Tells the parent that a process goes on.</summary>
    internal void ReportContinued(Process process)
    {
        using (FamilyLock.Enter())
        {
            process.UnreportedStop = 0;
            process.UnreportedContinue = true;
            ReportChange(process, SignalCode.CLD_CONTINUED, SignalNumber.SIGCONT);
        }
    }

    private static void ReportChange(Process process, int code, int status)
    {
        if (process.Parent is not { } parent)
        {
            return;
        }

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
        if (parent is null || parent.ProcessGroupId == process.ProcessGroupId || parent.SessionId != process.SessionId)
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
