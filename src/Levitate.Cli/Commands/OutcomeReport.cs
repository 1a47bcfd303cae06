using System;
using System.Globalization;
using Levitate.Cli.VirtualMachines;
using Levitate.Kernel.Abi;

namespace Levitate.Cli.Commands;

/// <summary>Says on stderr what a status alone does not tell.</summary>
internal static class OutcomeReport
{
    private const string MemoryAdvice = "Give the machine more by --memory.";

    /// <summary>Writes a sentence where one is due; a program that ran and ended needs none.</summary>
    public static void Write(GuestOutcome outcome, string program, bool logWasShown, TimeSpan timeout)
    {
        switch (outcome)
        {
            case GuestOutcome.Refused refused:
                string name = refused.Message.Contains(program, StringComparison.Ordinal) ? "" : program + ": ";
                ErrorReport.Write($"{name}{refused.Message} ({refused.Error}).", AdviceFor(refused));
                break;
            case GuestOutcome.Failed failed:
                ErrorReport.Write($"{failed.Message} ({failed.Error}).", failed.Error == Errno.ENOMEM ? MemoryAdvice : "Look at --cwd, --add and the like; -v shows the kernel's log.");
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

    private static string AdviceFor(GuestOutcome.Refused refused) => refused.Error switch
    {
        Errno.ENOENT => "./levitate vm exec \"ls /bin /usr/bin\" shows what the image has; --add puts more into it.",
        Errno.EACCES when refused.Message.Contains("chmod", StringComparison.Ordinal) => "Do that on this machine, before --add takes the file.",
        Errno.EACCES => "Name a regular file that is a program.",
        Errno.ENOMEM => MemoryAdvice,
        _ => "./levitate inspect FILE shows a file of this machine as the kernel's loader sees it.",
    };
}
