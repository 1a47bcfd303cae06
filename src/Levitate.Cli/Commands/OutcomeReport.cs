using System;
using System.Globalization;
using Levitate.Cli.VirtualMachines;
using Levitate.Kernel.Abi;

namespace Levitate.Cli.Commands;

/// <summary>Says on stderr what a status alone does not tell.</summary>
internal static class OutcomeReport
{
    /// <summary>Writes a sentence where one is due; a program that ran and ended needs none.</summary>
    public static void Write(GuestOutcome outcome, string program, bool logWasShown, TimeSpan timeout)
    {
        switch (outcome)
        {
            case GuestOutcome.Refused refused:
                ErrorReport.Write(refused.Message, AdviceFor(refused.Error, program));
                break;
            case GuestOutcome.TimedOut:
                ErrorReport.Write(string.Create(CultureInfo.InvariantCulture, $"{program} did not end within {timeout.TotalSeconds} s."), "Give it more by --timeout.");
                break;
            case GuestOutcome.Lost { QemuErrors.Length: > 0 } lost when lost.KernelLog.Length == 0:
                ErrorReport.Write($"QEMU did not run the machine: {lost.QemuErrors}", "If it is about memory or the accelerator, try --memory or --accel tcg.");
                break;
            case GuestOutcome.Lost lost:
                string log = logWasShown || lost.KernelLog.Length == 0 ? "" : $" Its log:\n{lost.KernelLog.TrimEnd()}";
                ErrorReport.Write($"The kernel ended before {program} did.{log}", "That is a bug in LevitateOS; please report it with this log.");
                break;
        }
    }

    private static string? AdviceFor(Errno error, string program) => error switch
    {
        Errno.ENOENT => "./levitate vm exec \"ls /bin /usr/bin\" shows what the image has; --add puts more into it.",
        Errno.EACCES => $"Is {program} a program, and executable?",
        Errno.ENOMEM => "Give the machine more by --memory.",
        _ => null,
    };
}
