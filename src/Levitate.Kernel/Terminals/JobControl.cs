using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Terminals;

/// <summary>Keeps processes in the background from their controlling terminal.</summary>
/// <remarks>POSIX.1: General Terminal Interface, 11.1.4; Linux: tty_check_change.</remarks>
internal static class JobControl
{
    /// <summary>
    /// Whether the caller may use a terminal: what reads, writes with TOSTOP or changes it must be in the foreground of its
    /// own terminal. Otherwise its group is sent <paramref name="signal"/>, and the call comes again when that goes on.
    /// </summary>
    /// <returns>EIO for an orphaned group, and for a reader that does not hear SIGTTIN; ERESTARTSYS.</returns>
    public static Errno Check(Terminal terminal, UserThread caller, int signal)
    {
        Process process = caller.Process;
        int foreground = terminal.ForegroundGroup;
        if (process.ControllingTerminal != terminal || foreground == 0 || process.ProcessGroupId == foreground)
        {
            return Errno.None;
        }

        bool isIgnored = process.Signals.GetAction(signal).Handler == SignalAction.Ignore || (caller.Signals.Blocked & SignalNumber.Bit(signal)) != 0;
        if (isIgnored)
        {
            return signal == SignalNumber.SIGTTIN ? Errno.EIO : Errno.None;
        }

        if (caller.Kernel.Processes.IsOrphanedGroup(process.ProcessGroupId))
        {
            return Errno.EIO;
        }

        _ = caller.Kernel.Processes.SignalGroup(process.ProcessGroupId, signal);
        return Errno.ERESTARTSYS;
    }
}
