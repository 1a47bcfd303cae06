using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Terminals;

/// <summary>ioctl of terminals.</summary>
/// <remarks>Linux: tty_ioctl(4).</remarks>
internal static class TerminalControl
{
    /// <summary>Executes a request; ENOTTY for those unknown.</summary>
    public static SyscallResult Execute(Terminal terminal, UserThread caller, uint request, UserAddress argument)
    {
        switch (request)
        {
            case IoctlNumber.TCGETS:
                return caller.Memory.Write(argument, terminal.Settings);
            case IoctlNumber.TCSETS or IoctlNumber.TCSETSW or IoctlNumber.TCSETSF:
                return SetSettings(terminal, caller, request, argument);
            case IoctlNumber.TIOCGWINSZ:
                return caller.Memory.Write(argument, terminal.WindowSize);
            case IoctlNumber.TIOCSWINSZ:
                return SetWindowSize(terminal, caller, argument);
            case IoctlNumber.FIONREAD:
                return caller.Memory.Write(argument, terminal.ReadyBytes);
            case IoctlNumber.TIOCOUTQ:
                return caller.Memory.Write(argument, terminal.PendingOutputBytes);
            case IoctlNumber.TCSBRK or IoctlNumber.TCSBRKP:
                // A channel knows no break; what remains is that the output is waited for.
                return Drain(terminal, caller);
            case IoctlNumber.TCFLSH:
                return Flush(terminal, argument.Value);
            case IoctlNumber.TCXONC:
                return SetFlow(terminal, argument.Value);
            default:
                return TerminalSessions.Execute(terminal, caller, request, argument);
        }
    }

    private static SyscallResult SetSettings(Terminal terminal, UserThread caller, uint request, UserAddress argument)
    {
        if (!caller.Memory.Read<TerminalSettings>(argument).TryGet(out TerminalSettings settings, out Errno error))
        {
            return error;
        }

        if (request != IoctlNumber.TCSETS)
        {
            error = Drain(terminal, caller);
            if (error != Errno.None)
            {
                return error;
            }
        }

        if (request == IoctlNumber.TCSETSF)
        {
            terminal.Flush(input: true, output: false);
        }

        terminal.Settings = settings;
        return SyscallResult.Success;
    }

    private static SyscallResult SetWindowSize(Terminal terminal, UserThread caller, UserAddress argument)
    {
        if (caller.Memory.Read<WindowSize>(argument).TryGet(out WindowSize size, out Errno error))
        {
            terminal.WindowSize = size;
        }

        return error;
    }

    private static Errno Drain(Terminal terminal, UserThread caller)
    {
        using var wait = new WaitScope(caller);
        wait.Add(terminal.Changed);
        while (terminal.PendingOutputBytes > 0)
        {
            Errno error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }

        return Errno.None;
    }

    private static Errno Flush(Terminal terminal, ulong queue)
    {
        const ulong TCIFLUSH = 0, TCOFLUSH = 1, TCIOFLUSH = 2;
        if (queue > TCIOFLUSH)
        {
            return Errno.EINVAL;
        }

        terminal.Flush(queue is TCIFLUSH or TCIOFLUSH, queue is TCOFLUSH or TCIOFLUSH);
        return Errno.None;
    }

    private static Errno SetFlow(Terminal terminal, ulong action)
    {
        const ulong TCOOFF = 0, TCOON = 1;
        if (action > TCOON)
        {
            return Errno.EINVAL;
        }

        terminal.SetStopped(action == TCOOFF);
        return Errno.None;
    }
}
