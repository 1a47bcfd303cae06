using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Terminals;

/// <summary>A terminal as the controlling one of a session: the ioctls of job control.</summary>
internal static class TerminalSessions
{
    /// <summary>Executes a request; ENOTTY for those unknown, and where the terminal is not the caller's own.</summary>
    public static SyscallResult Execute(Terminal terminal, UserThread caller, uint request, UserAddress argument)
    {
        Process process = caller.Process;
        bool isControlling = terminal.SessionId != 0 && terminal.SessionId == process.SessionId;
        switch (request)
        {
            case IoctlNumber.TIOCGPGRP:
                return isControlling ? caller.Memory.Write(argument, terminal.ForegroundGroup) : Errno.ENOTTY;
            case IoctlNumber.TIOCGSID:
                return isControlling ? caller.Memory.Write(argument, terminal.SessionId) : Errno.ENOTTY;
            case IoctlNumber.TIOCSPGRP:
                return isControlling ? SetForeground(terminal, caller, argument) : Errno.ENOTTY;
            case IoctlNumber.TIOCSCTTY:
                return Attach(terminal, caller, argument.Value);
            case IoctlNumber.TIOCNOTTY when isControlling:
                if (process.ProcessId == process.SessionId)
                {
                    terminal.Detach();
                }

                return SyscallResult.Success;
            default:
                return Errno.ENOTTY;
        }
    }

    private static SyscallResult SetForeground(Terminal terminal, UserThread caller, UserAddress argument)
    {
        if (!caller.Memory.Read<int>(argument).TryGet(out int group, out Errno error))
        {
            return error;
        }

        if (group < 0)
        {
            return Errno.EINVAL;
        }

        lock (caller.Kernel.Processes.FamilyLock)
        {
            if (!caller.Kernel.Processes.GroupExists(group, caller.Process.SessionId))
            {
                return caller.Kernel.Processes.MembersOf(group).Count > 0 ? Errno.EPERM : Errno.ESRCH;
            }
        }

        terminal.ForegroundGroup = group;
        return SyscallResult.Success;
    }

    private static SyscallResult Attach(Terminal terminal, UserThread caller, ulong steals)
    {
        Process process = caller.Process;
        if (process.ProcessId != process.SessionId)
        {
            return Errno.EPERM;
        }

        int session = terminal.SessionId;
        if (session != 0 && session != process.SessionId && !(steals == 1 && caller.Credentials.Has(Capability.CAP_SYS_ADMIN)))
        {
            return Errno.EPERM;
        }

        if (session != process.SessionId)
        {
            terminal.Attach(process);
        }

        return SyscallResult.Success;
    }
}

/// <summary>/dev/tty: the opener's controlling terminal.</summary>
internal sealed class ControllingTerminal(Terminal? console) : ICharacterDevice
{
    /// <summary>Opens it; ENXIO where the opener's session has none.</summary>
    public Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        if (console is not null && caller is not null && console.SessionId == caller.Process.SessionId)
        {
            return console.Open(location, flags, caller);
        }

        location.Inode.Release();
        return Errno.ENXIO;
    }
}
