using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Terminals;

/// <summary>ioctl of terminals, on the terminal itself or on the master of a pseudo-terminal.</summary>
/// <remarks>Linux: ioctl_tty(2).</remarks>
internal static class TerminalControl
{
    /// <summary>Executes a request; ENOTTY for those unknown.</summary>
    public static SyscallResult Execute(Terminal terminal, UserThread caller, uint request, UserAddress argument, bool isMaster)
    {
        Errno error = !isMaster && ChangesTerminal(request) ? JobControl.Check(terminal, caller, SignalNumber.SIGTTOU) : Errno.None;
        if (error != Errno.None)
        {
            return error;
        }

        switch (request)
        {
            case IoctlNumber.TCGETS or IoctlNumber.TCGETS2 or IoctlNumber.TCGETA:
                return GetSettings(terminal, caller, request, argument);
            case IoctlNumber.TIOCGWINSZ:
                return caller.Memory.Write(argument, terminal.WindowSize);
            case IoctlNumber.TIOCSWINSZ:
                return SetWindowSize(terminal, caller, argument);
            case IoctlNumber.FIONREAD:
                return caller.Memory.Write(argument, terminal.ReadyBytes);
            case IoctlNumber.TIOCOUTQ:
                return caller.Memory.Write(argument, terminal.PendingOutputBytes);
            case IoctlNumber.TCSBRK or IoctlNumber.TCSBRKP:
                // No line here knows a break; what remains is that the output is waited for.
                return Drain(terminal, caller);
            case IoctlNumber.TCFLSH:
                return Flush(terminal, argument.Value);
            case IoctlNumber.TCXONC:
                return SetFlow(terminal, argument.Value);
            case IoctlNumber.TIOCGETD:
                return caller.Memory.Write(argument, 0);
            case IoctlNumber.TIOCGDEV:
                return caller.Memory.Write(argument, (uint)terminal.Device.Value);
            case IoctlNumber.TIOCGEXCL:
                return caller.Memory.Write(argument, terminal.IsExclusive ? 1 : 0);
            case IoctlNumber.TIOCEXCL or IoctlNumber.TIOCNXCL:
                terminal.IsExclusive = request == IoctlNumber.TIOCEXCL;
                return SyscallResult.Success;
            case IoctlNumber.TIOCSETD:
                return SetDiscipline(caller, argument);
            case IoctlNumber.TIOCSTI:
                return Inject(terminal, caller, argument);
            case IoctlNumber.TIOCVHANGUP:
                return HangUp(terminal, caller);
            default:
                return IsSettingOfSettings(request)
                    ? SetSettings(terminal, caller, request, argument)
                    : TerminalSessions.Execute(terminal, caller, request, argument, isMaster);
        }
    }

    private static bool IsSettingOfSettings(uint request) => request
        is IoctlNumber.TCSETS or IoctlNumber.TCSETSW or IoctlNumber.TCSETSF
        or IoctlNumber.TCSETS2 or IoctlNumber.TCSETSW2 or IoctlNumber.TCSETSF2
        or IoctlNumber.TCSETA or IoctlNumber.TCSETAW or IoctlNumber.TCSETAF;

    /// <summary>Whether a process in the background is stopped for asking for this.</summary>
    private static bool ChangesTerminal(uint request) => IsSettingOfSettings(request)
        || request is IoctlNumber.TCSBRK or IoctlNumber.TCSBRKP or IoctlNumber.TCFLSH or IoctlNumber.TCXONC or IoctlNumber.TIOCSETD;

    private static SyscallResult GetSettings(Terminal terminal, UserThread caller, uint request, UserAddress argument)
    {
        TerminalSettings settings = terminal.Settings;
        return request switch
        {
            IoctlNumber.TCGETS => caller.Memory.Write(argument, settings),
            IoctlNumber.TCGETA => caller.Memory.Write(argument, OldTerminalSettings.Of(settings)),
            _ => caller.Memory.Write(argument, new TerminalSettings2 { Settings = settings, InputSpeed = TerminalSettings2.Speed, OutputSpeed = TerminalSettings2.Speed }),
        };
    }

    private static SyscallResult SetSettings(Terminal terminal, UserThread caller, uint request, UserAddress argument)
    {
        if (!ReadSettings(terminal, caller, request, argument).TryGet(out TerminalSettings settings, out Errno error))
        {
            return error;
        }

        if (request is not (IoctlNumber.TCSETS or IoctlNumber.TCSETS2 or IoctlNumber.TCSETA))
        {
            error = Drain(terminal, caller);
            if (error != Errno.None)
            {
                return error;
            }
        }

        if (request is IoctlNumber.TCSETSF or IoctlNumber.TCSETSF2 or IoctlNumber.TCSETAF)
        {
            terminal.Flush(input: true, output: false);
        }

        terminal.Settings = settings;
        return SyscallResult.Success;
    }

    private static Result<TerminalSettings> ReadSettings(Terminal terminal, UserThread caller, uint request, UserAddress argument)
    {
        Errno error;
        switch (request)
        {
            case IoctlNumber.TCSETS or IoctlNumber.TCSETSW or IoctlNumber.TCSETSF:
                return caller.Memory.Read<TerminalSettings>(argument);
            case IoctlNumber.TCSETA or IoctlNumber.TCSETAW or IoctlNumber.TCSETAF:
                return caller.Memory.Read<OldTerminalSettings>(argument).TryGet(out OldTerminalSettings old, out error) ? old.Merge(terminal.Settings) : error;
            default:
                return caller.Memory.Read<TerminalSettings2>(argument).TryGet(out TerminalSettings2 two, out error) ? two.Settings : error;
        }
    }

    private static SyscallResult SetWindowSize(Terminal terminal, UserThread caller, UserAddress argument)
    {
        if (caller.Memory.Read<WindowSize>(argument).TryGet(out WindowSize size, out Errno error))
        {
            terminal.WindowSize = size;
        }

        return error;
    }

    private static SyscallResult SetDiscipline(UserThread caller, UserAddress argument)
    {
        const int N_TTY = 0;
        return caller.Memory.Read<int>(argument).TryGet(out int discipline, out Errno error) && discipline != N_TTY ? Errno.EINVAL : error;
    }

    private static SyscallResult Inject(Terminal terminal, UserThread caller, UserAddress argument)
    {
        if (caller.Process.ControllingTerminal != terminal && !caller.Credentials.Has(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        if (caller.Memory.Read<byte>(argument).TryGet(out byte value, out Errno error))
        {
            terminal.Inject(value);
        }

        return error;
    }

    private static SyscallResult HangUp(Terminal terminal, UserThread caller)
    {
        if (!caller.Credentials.Has(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        TerminalSessions.HangUp(terminal);
        return SyscallResult.Success;
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
        const ulong TCOOFF = 0, TCOON = 1, TCIOFF = 2, TCION = 3;
        switch (action)
        {
            case TCOOFF or TCOON:
                terminal.SetStopped(action == TCOOFF);
                return Errno.None;
            case TCIOFF or TCION:
                return terminal.SendFlowCharacter(action == TCIOFF ? ControlCharacter.VSTOP : ControlCharacter.VSTART);
            default:
                return Errno.EINVAL;
        }
    }
}
