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
    /// <param name="outcome">How it went.</param>
    /// <param name="program">What was to run.</param>
    /// <param name="root">What --rootfs named; null: the program was looked for in the default image.</param>
    /// <param name="logWasShown">Whether the kernel's log is on stderr already.</param>
    /// <param name="timeout">How long it had.</param>
    public static void Write(GuestOutcome outcome, string program, string? root, bool logWasShown, TimeSpan timeout)
    {
        switch (outcome)
        {
            case GuestOutcome.Refused refused:
                string name = refused.Message.Contains(program, StringComparison.Ordinal) ? "" : program + ": ";
                ErrorReport.Write($"{name}{refused.Message} ({refused.Error}).", AdviceFor(refused, root));
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
            case GuestOutcome.Lost lost when LacksMemory(lost.KernelLog):
                ErrorReport.Write($"The machine has too little memory for the kernel to start {program}.", MemoryAdvice);
                break;
            case GuestOutcome.Lost lost:
                string log = logWasShown || lost.KernelLog.Length == 0 ? "" : $" Its log:\n{lost.KernelLog.TrimEnd()}";
                ErrorReport.Write($"The kernel ended before {program} did.{log}", "That is a bug in LevitateOS, or somebody ended QEMU; if nobody did, please report it with the log (-v shows it).");
                break;
        }
    }

    /// <summary>Whether the kernel panicked for want of memory, as it may where a machine is small.</summary>
    private static bool LacksMemory(string log) =>
        log.Contains("[PANIC]", StringComparison.Ordinal)
        && (log.Contains("no memory for", StringComparison.Ordinal) || log.Contains(nameof(OutOfMemoryException), StringComparison.Ordinal));

    private static string AdviceFor(GuestOutcome.Refused refused, string? root) => refused.Error switch
    {
        Errno.ENOENT when root is not null => $"The program is looked for in {root}, not on this machine; --add puts more into it.",
        Errno.ENOENT => "./levitate vm exec \"ls /bin /usr/bin\" shows what the image has; --add puts more into it.",
        Errno.EACCES when refused.Message.Contains("chmod", StringComparison.Ordinal) => "Do that on this machine, before --add takes the file.",
        Errno.EACCES => "Name a regular file that is a program.",
        Errno.ENOMEM => MemoryAdvice,
        _ => "./levitate inspect FILE shows a file of this machine as the kernel's loader sees it.",
    };
}
