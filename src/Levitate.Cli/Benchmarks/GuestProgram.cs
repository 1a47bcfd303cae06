using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Levitate.Cli.Building;
using Levitate.Cli.Commands;
using Levitate.Cli.Host;
using Levitate.Cli.VirtualMachines;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.Benchmarks;

/// <summary>A program that LevitateOS is measured with, in a VM of its own under TCG.</summary>
/// <param name="Path">The program.</param>
/// <param name="Arguments">What it is told.</param>
internal sealed record GuestProgram(string Path, params IReadOnlyList<string> Arguments)
{
    /// <summary>Whether time is counted in instructions.</summary>
    public bool CountsInstructions { get; init; }

    /// <summary>Processors.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>The machine's type.</summary>
    public MachineKind Machine { get; init; } = MachineKind.Microvm;

    /// <summary>Bytes of memory.</summary>
    public long Memory { get; init; } = MachineOptions.DefaultMemory;

    /// <summary>The root file system's archive; null: the default one.</summary>
    public string? Initramfs { get; init; }

    /// <summary>An archive that is unpacked over the root file system; null: none.</summary>
    public byte[]? Overlay { get; init; }

    /// <summary>Words for the kernel.</summary>
    public string KernelCommandLine { get; init; } = "";

    /// <summary>How long it may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether what it writes to its standard error is shown.</summary>
    public bool ShowsErrors { get; init; } = true;

    /// <summary>Takes each piece of the kernel's log, with the time since QEMU's start.</summary>
    public Action<TimeSpan, byte[]>? LogWatcher { get; init; }

    /// <summary>Runs it, however it ends.</summary>
    public GuestResult Run(Workspace workspace)
    {
        byte[] path = HostText.Encode(Path);
        var options = new MachineOptions
        {
            Kernel = workspace.Kernel,
            Initramfs = Initramfs ?? workspace.Initramfs,
            Accelerator = Accelerator.Tcg,
            Cpus = Cpus,
            Machine = Machine,
            Memory = Memory,
            CountsInstructions = CountsInstructions,
            KernelCommandLine = KernelCommandLine,
        };
        var request = new BootRequest
        {
            Program = path,
            Arguments = [path, .. Arguments.Select(HostText.Encode)],
            Environment = [],
            WorkingDirectory = "/"u8.ToArray(),
        };
        var output = new StringBuilder();
        var session = new GuestSession(options, request, Overlay)
        {
            Input = null,
            Timeout = Limit,
            LogWatcher = LogWatcher,
            Errors = ShowsErrors ? Descriptor.StandardError.WriteAll : static _ => true,
            Output = bytes =>
            {
                output.Append(Encoding.UTF8.GetString(bytes));
                return true;
            },
        };
        GuestOutcome outcome = EndIfInterrupted(session.Run());
        return new GuestResult(outcome, output.ToString(), session.MachineTime);
    }

    /// <summary>Who interrupts a measurement wants no other one to begin, nor a figure of this one: the tool ends as a shell would expect it to.</summary>
    internal static GuestOutcome EndIfInterrupted(GuestOutcome outcome)
    {
        if (outcome is GuestOutcome.Interrupted)
        {
            Environment.Exit(ExitStatus.Of(outcome));
        }

        return outcome;
    }

    /// <summary>Runs it and expects it to exit with 0.</summary>
    public GuestResult RunWell(Workspace workspace)
    {
        GuestResult result = Run(workspace);
        return result.EndedWell ? result : throw new ToolException($"{Path} did not end well: {result.Outcome}.", $"See ./levitate vm exec -v {Path}.");
    }
}

/// <summary>How a measured program ended.</summary>
/// <param name="Outcome">Its end.</param>
/// <param name="Output">What it wrote to its standard output.</param>
/// <param name="Time">From QEMU's start to the news of the end.</param>
internal sealed record GuestResult(GuestOutcome Outcome, string Output, TimeSpan Time)
{
    /// <summary>Whether it exited with 0.</summary>
    public bool EndedWell => Outcome is GuestOutcome.Exited { Status: 0 };

    /// <summary>The value of a line "NAME VALUE".</summary>
    public double Read(string name) => BenchmarkRun.ReadValue(name, Output)
        ?? throw new ToolException($"The program did not print \"{name} VALUE\" but: {Output}");
}
