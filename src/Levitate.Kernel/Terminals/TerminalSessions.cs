using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Terminals;

/// <summary>Terminals as the controlling ones of sessions. Which terminal a process has changes with all of the family lock held.</summary>
/// <remarks>Linux: credentials(7), ioctl_tty(2).</remarks>
internal static class TerminalSessions
{
    /// <summary>Executes a request of job control; ENOTTY for those unknown, and where the terminal is not the caller's own.</summary>
    public static SyscallResult Execute(Terminal terminal, UserThread caller, uint request, UserAddress argument, bool isMaster)
    {
        bool isOwn = caller.Process.ControllingTerminal == terminal;
        switch (request)
        {
            case IoctlNumber.TIOCGPGRP:
                return isOwn || isMaster ? caller.Memory.Write(argument, terminal.ForegroundGroup) : Errno.ENOTTY;
            case IoctlNumber.TIOCGSID:
                return (isOwn || isMaster) && terminal.SessionId != 0 ? caller.Memory.Write(argument, terminal.SessionId) : Errno.ENOTTY;
            case IoctlNumber.TIOCSPGRP:
                return SetForeground(terminal, caller, argument, isMaster);
            case IoctlNumber.TIOCSCTTY when !isMaster:
                return Take(terminal, caller, argument.Value);
            case IoctlNumber.TIOCNOTTY when isOwn:
                GiveUp(caller.Process);
                return SyscallResult.Success;
            default:
                return Errno.ENOTTY;
        }
    }

    /// <summary>Makes a terminal that no session has the controlling one of a leader who has none.</summary>
    public static void TakeIfFree(Terminal terminal, Process process)
    {
        using (process.Kernel.Processes.Families.EnterAll())
        {
            if (process.ProcessId == process.SessionId && process.ControllingTerminal is null && terminal.SessionId == 0)
            {
                process.ControllingTerminal = terminal;
                terminal.Attach(process);
            }
        }
    }

    /// <summary>
    /// A session's leader leaves its terminal: the session has none any more, and the foreground is told by SIGHUP. When
    /// the leader ends, a terminal that is no pseudo-terminal is hung up, too.
    /// </summary>
    public static void Leave(Process leader, bool exits)
    {
        ProcessTable table = leader.Kernel.Processes;
        using (table.Families.EnterAll())
        {
            Terminal? terminal = leader.ControllingTerminal;
            int group = terminal?.ForegroundGroup ?? (exits ? leader.HungUpGroup : 0);
            bool goesOn = terminal is null || !exits;
            if (terminal is { IsPseudo: false } && exits)
            {
                terminal.HangUp();
            }

            terminal?.Detach();
            Forget(table, leader.SessionId);
            leader.HungUpGroup = 0;
            if (group != 0)
            {
                _ = table.SignalGroup(group, SignalNumber.SIGHUP);
                _ = goesOn ? table.SignalGroup(group, SignalNumber.SIGCONT) : 0;
            }
        }
    }

    /// <summary>A terminal's line is gone: who has it open can use it no more, its session loses it, the session's leader gets SIGHUP.</summary>
    public static void HangUp(Terminal terminal)
    {
        ProcessTable table = terminal.Kernel.Processes;
        using (table.Families.EnterAll())
        {
            int session = terminal.SessionId;
            int group = terminal.ForegroundGroup;
            terminal.HangUp();
            if (session == 0)
            {
                return;
            }

            Forget(table, session);
            if (table.Find(session) is { IsZombie: false } leader && leader.SessionId == session)
            {
                leader.HungUpGroup = group;
                leader.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGHUP));
                leader.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGCONT));
            }
        }
    }

    private static void Forget(ProcessTable table, int session)
    {
        foreach (Process member in table.MembersOfSession(session))
        {
            member.ControllingTerminal = null;
        }
    }

    private static void GiveUp(Process process)
    {
        if (process.ProcessId == process.SessionId)
        {
            Leave(process, exits: false);
            return;
        }

        using (process.Kernel.Processes.Families.EnterAll())
        {
            process.ControllingTerminal = null;
        }
    }

    private static SyscallResult SetForeground(Terminal terminal, UserThread caller, UserAddress argument, bool isMaster)
    {
        Process process = caller.Process;
        Errno error = JobControl.Check(terminal, caller, SignalNumber.SIGTTOU);
        if (error != Errno.None)
        {
            return error == Errno.EIO ? Errno.ENOTTY : error;
        }

        bool isOwn = isMaster || process.ControllingTerminal == terminal;
        if (!isOwn || terminal.SessionId != process.SessionId)
        {
            return Errno.ENOTTY;
        }

        if (!caller.Memory.Read<int>(argument).TryGet(out int group, out error))
        {
            return error;
        }

        if (group < 0)
        {
            return Errno.EINVAL;
        }

        ProcessTable table = caller.Kernel.Processes;
        using (table.Families.EnterAll())
        {
            if (!table.GroupExists(group, process.SessionId))
            {
                return table.MembersOf(group).Count > 0 ? Errno.EPERM : Errno.ESRCH;
            }

            terminal.ForegroundGroup = group;
            return SyscallResult.Success;
        }
    }

    private static SyscallResult Take(Terminal terminal, UserThread caller, ulong steals)
    {
        Process process = caller.Process;
        ProcessTable table = caller.Kernel.Processes;
        using (table.Families.EnterAll())
        {
            bool isLeader = process.ProcessId == process.SessionId;
            if (isLeader && process.ControllingTerminal == terminal)
            {
                return SyscallResult.Success;
            }

            if (!isLeader || process.ControllingTerminal is not null)
            {
                return Errno.EPERM;
            }

            int session = terminal.SessionId;
            if (session != 0)
            {
                if (steals != 1 || !caller.Credentials.Has(Capability.CAP_SYS_ADMIN))
                {
                    return Errno.EPERM;
                }

                Forget(table, session);
            }

            process.ControllingTerminal = terminal;
            terminal.Attach(process);
            return SyscallResult.Success;
        }
    }
}

/// <summary>/dev/tty: the opener's controlling terminal.</summary>
internal sealed class ControllingTerminal : ICharacterDevice
{
    /// <summary>Opens it; ENXIO where the opener's session has none.</summary>
    public Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        if (caller?.Process.ControllingTerminal is { } terminal)
        {
            return terminal.Open(location, flags | OpenFlags.O_NOCTTY, caller);
        }

        location.Inode.Release();
        return Errno.ENXIO;
    }
}
