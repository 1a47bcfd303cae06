using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Levitate.Cli.Benchmarks.Micro;
using Levitate.Cli.Building;
using Levitate.Cli.Images;
using Levitate.Cli.VirtualMachines;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.Benchmarks;

/// <summary>Measures Debian's Linux with the same programs on the same machine: each program is the guest's init.</summary>
/// <param name="workspace">The repository.</param>
/// <param name="progress">Shows what takes its time.</param>
/// <param name="isMitigated">Whether Linux mitigates the processor's faults as it chooses to.</param>
internal sealed class LinuxReference(Workspace workspace, Progress progress, bool isMitigated = false)
{
    private const string MetaPackage = "linux-image-cloud-amd64";

    /// <summary>Debian's musl: what the dynamically linked of the programs ask for.</summary>
    public const string Interpreter = "/lib/ld-musl-x86_64.so.1";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    private string Folder => Path.Combine(workspace.Artifacts, "linux");

    /// <summary>Downloads the kernel when it is not there, and returns its file.</summary>
    public string Prepare()
    {
        if (FindKernel() is null)
        {
            progress.Step("Downloading Debian's Linux kernel", Download);
        }

        return FindKernel() ?? throw new ToolException($"{MetaPackage} has no kernel in it.", $"Look into {Folder}.");
    }

    /// <summary>What a guest program measures under Linux; null where Linux has no such figure.</summary>
    public double? Count(Benchmark benchmark, string kernel)
    {
        if (benchmark.LinuxReference is null)
        {
            return null;
        }

        string log = Run(benchmark.Program, kernel, countsInstructions: true);
        return BenchmarkRun.ReadValue(benchmark.Name, log) ?? throw new ToolException($"Linux did not print \"{benchmark.Name} VALUE\" but: {log}");
    }

    /// <summary>What a guest program prints under Linux on so many processors, among the kernel's own lines.</summary>
    public string RunOn(int cpus, string program, string kernel) => Run(program, kernel, countsInstructions: false, cpus);

    /// <summary>Linux for what is measured side by side.</summary>
    public MeasuredSystem System()
    {
        string kernel = Prepare();
        return new(
            isMitigated ? MeasuredSystem.LinuxMitigated : MeasuredSystem.Linux,
            Figure.Instructions,
            (program, arguments) => Run(program, kernel, countsInstructions: true, cpus: 1, arguments));
    }

    /// <summary>From QEMU's start to its end in seconds, where Linux runs a program as init.</summary>
    public double MeasureWallClock(string program, string kernel)
    {
        long start = Stopwatch.GetTimestamp();
        _ = Run(program, kernel, countsInstructions: false);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>What a program prints that is Linux's init, in the root file system that it names.</summary>
    public string RunIn(GuestProgram program, string kernel) => Boot(program, kernel) is GuestOutcome.Lost lost
        ? lost.KernelLog
        : throw new ToolException($"Linux with {program.Path} as init took longer than {program.Limit.TotalMinutes} minutes.");

    /// <summary>Whether a program that is Linux's init says something when Linux has so much memory.</summary>
    public bool Says(string text, string program, string kernel, long memory, TimeSpan limit)
    {
        GuestOutcome outcome = Boot(new GuestProgram(program) { Memory = memory, Limit = limit }, kernel);
        return outcome is GuestOutcome.Lost lost && lost.KernelLog.Contains(text, StringComparison.Ordinal);
    }

    private string Run(string program, string kernel, bool countsInstructions, int cpus = 1, params IReadOnlyList<string> arguments)
    {
        GuestOutcome outcome = Boot(new GuestProgram(program, arguments) { CountsInstructions = countsInstructions, Cpus = cpus, Limit = s_limit }, kernel);
        return outcome is GuestOutcome.Lost lost ? lost.KernelLog : throw new ToolException($"Linux with {program} as init ended as {outcome}.");
    }

    private GuestOutcome Boot(GuestProgram program, string kernel)
    {
        var options = new MachineOptions
        {
            Kernel = kernel,
            Initramfs = program.Initramfs ?? MakeRoot(program.Path),
            Accelerator = Accelerator.Tcg,
            Cpus = program.Cpus,
            Memory = program.Memory,

            // Debian's kernel finds a second processor by ACPI alone, which our microvm has not.
            Machine = program.Cpus > 1 ? MachineKind.Q35 : MachineKind.Microvm,
            CountsInstructions = program.CountsInstructions,

            // When init has ended, Linux panics; a reboot by triple fault is what QEMU takes for the end.
            KernelCommandLine = "console=ttyS0 quiet" + (isMitigated ? "" : " mitigations=off") + " panic=-1 reboot=t"
                + (program.Initramfs is null ? "" : $" rdinit={program.Path}")
                + (program.Arguments.Count > 0 ? $" -- {string.Join(' ', program.Arguments)}" : ""),
        };
        var request = new BootRequest { Program = "/init"u8.ToArray(), Arguments = [], Environment = [], WorkingDirectory = "/"u8.ToArray() };
        return GuestProgram.EndIfInterrupted(new GuestSession(options, request, overlay: null) { Input = null, Timeout = program.Limit }.Run());
    }

    /// <summary>The archive of a root file system with a program of ours as init.</summary>
    private string MakeRoot(string program)
    {
        var tree = new ImageTree();
        tree.Add("proc", new ImageDirectory(0x1ed));
        tree.Add("dev/console", new ImageDevice(IsBlock: false, Major: 5, Minor: 1, Permissions: 0x180));
        tree.Add("init", ImageFile.FromHost(Path.Combine(workspace.GuestPrograms, "root" + program)));
        if (MicroBenchmarks.IsMicro(program))
        {
            AddMicro(tree);
        }
        else
        {
            tree.Add(Interpreter[1..], ImageFile.FromHost(Interpreter));
            tree.Add(program[1..], ImageFile.FromHost(Path.Combine(workspace.GuestPrograms, "root" + program)));
        }

        string initramfs = Path.Combine(Folder, Path.GetFileName(program) + ".cpio");
        File.WriteAllBytes(initramfs, CpioWriter.ToArray(tree));
        return initramfs;
    }

    // What the program wants of its system, which the default image of LevitateOS has.
    private void AddMicro(ImageTree tree)
    {
        const int Everyone = 0x1b6;
        string programs = Path.Combine(workspace.GuestPrograms, "root");
        tree.Add("tmp", new ImageDirectory(0x3ff));
        tree.Add("dev/null", new ImageDevice(IsBlock: false, Major: 1, Minor: 3, Permissions: Everyone));
        tree.Add("dev/zero", new ImageDevice(IsBlock: false, Major: 1, Minor: 5, Permissions: Everyone));
        tree.Add("bin/sh", ImageFile.FromHost("/usr/bin/busybox"));
        tree.AddFromHost(Path.Combine(programs, MicroBenchmarks.Libraries), MicroBenchmarks.Libraries);
        foreach (string started in MicroBenchmarks.Programs)
        {
            tree.Add(started[1..], ImageFile.FromHost(programs + started));
        }

        foreach (string library in MicroBenchmarks.SystemLibraries)
        {
            tree.Add(library[1..], ImageFile.FromHost(library));
        }
    }

    private string? FindKernel()
    {
        string boot = Path.Combine(Folder, "root", "boot");
        return Directory.Exists(boot) ? Directory.EnumerateFiles(boot, "vmlinuz-*").Order(StringComparer.Ordinal).LastOrDefault() : null;
    }

    private void Download() => DebianPackage.Unpack(
        workspace, Folder, $"$(apt-cache depends {MetaPackage} | sed -n 's/.*Depends: \\(linux-image-.*\\)/\\1/p' | head -n 1)");
}
