using Levitate.Cli.VirtualMachines;
using Levitate.Kernel.Abi;

namespace Levitate.Cli.Commands;

/// <summary>The statuses that the tool exits with.</summary>
internal static class ExitStatus
{
    /// <summary>A time limit was over, as with timeout(1).</summary>
    public const int TimedOut = 124;

    /// <summary>The tool itself failed, or what was asked of it makes no sense, so the status is no program's; as with env(1).</summary>
    public const int ToolFailed = 125;

    /// <summary>The program was found and could not be run.</summary>
    public const int CannotRun = 126;

    /// <summary>There is no such program.</summary>
    public const int NotFound = 127;

    /// <summary>Added to the number of the signal that ended a program.</summary>
    public const int SignalBase = 128;

    /// <summary>What a run's outcome is to the tool's caller.</summary>
    public static int Of(GuestOutcome outcome) => outcome switch
    {
        GuestOutcome.Exited exited => exited.Status,
        GuestOutcome.Signaled signaled => SignalBase + signaled.Signal,
        GuestOutcome.Refused { Error: Errno.ENOENT } => NotFound,
        GuestOutcome.Refused => CannotRun,
        GuestOutcome.TimedOut => TimedOut,
        GuestOutcome.Interrupted interrupted => SignalBase + interrupted.Signal,
        _ => ToolFailed,
    };
}
