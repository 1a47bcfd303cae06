using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Levitate.Cli.Building;
using Levitate.Cli.Images;
using Levitate.Cli.VirtualMachines;

namespace Levitate.Cli.Benchmarks.Startup;

/// <summary>Measures how a run begins and what it needs: time by phases, memory, the kernel's size.</summary>
internal sealed class StartupRun(Workspace workspace, Progress progress)
{
    /// <summary>What the figures of phases begin with; the phase follows.</summary>
    public const string PhasePrefix = "start-";

    /// <summary>QEMU's start, or the call of another system's tool, to the news of the program's end.</summary>
    public const string HelloName = "hello";

    /// <summary>The least memory with the default root file system.</summary>
    public const string LeastMemoryName = "memory-least";

    /// <summary>The least memory with a root file system of nothing but the program and its dynamic linker.</summary>
    public const string LeastMemoryAloneName = "memory-least-alone";

    /// <summary>The memory of a process that sleeps.</summary>
    public const string IdleProcessName = "idle-process";

    private const string Hello = "/bin/hello_dynamic";
    private const string HelloSays = "hello_dynamic";
    private const string Start = "/bin/bench_start";
    private const string Idle = "/bin/bench_idle";
    private const int Rounds = 7;
    private const int CountedRuns = 2;
    private const long Mebibyte = 1 << 20;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly List<Figure> _figures = [];
    private readonly List<Inability> _unable = [];

    /// <summary>The figures in their order, and what each is.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Lines { get; } =
    [
        .. StartupPhases.All.Select(phase => (PhasePrefix + phase.Name, $"{phase.Name}: {phase.Meaning}")),
        (HelloName, "hello_dynamic, from the start of QEMU or of the system's tool to the end"),
        (LeastMemoryName, "least memory that hello_dynamic runs in, default root"),
        (LeastMemoryAloneName, "least memory with nothing else in the root"),
        (IdleProcessName, "memory of one more sleeping process"),
        (BenchmarkRun.ImageSizeName, "the kernel's image"),
    ];

    /// <summary>What was measured.</summary>
    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>What could not be.</summary>
    public IReadOnlyList<Inability> Unable => _unable;

    /// <summary>Measures all of it.</summary>
    /// <param name="others">The systems beside.</param>
    public void Measure(IReadOnlyList<string> others)
    {
        LinuxReference? linux = others.Contains(MeasuredSystem.Linux) ? new LinuxReference(workspace, progress) : null;
        string? linuxKernel = linux?.Prepare();
        progress.Step("Measuring the phases of the start", MeasurePhases);
        progress.Step("Measuring the start of a program in each system", () => MeasureHello(others, linux, linuxKernel));
        progress.Step("Looking for the least memory", tell => MeasureLeastMemory(linux, linuxKernel, tell));
        progress.Step("Measuring the memory of idle processes", () => MeasureIdle(linux, linuxKernel));
        _figures.Add(new Figure(BenchmarkRun.ImageSizeName, Figure.LevitateSystem, Figure.Bytes, new FileInfo(workspace.Kernel).Length, 0));
        if (linuxKernel is not null)
        {
            _figures.Add(new Figure(BenchmarkRun.ImageSizeName, MeasuredSystem.Linux, Figure.Bytes, new FileInfo(linuxKernel).Length, 0));
        }
    }

    private void MeasurePhases()
    {
        double[][] seconds = [.. Enumerable.Range(0, Rounds).Select(_ => RunForPhases(countsInstructions: false))];
        double[][] instructions = [.. Enumerable.Range(0, CountedRuns).Select(_ => RunForPhases(countsInstructions: true))];
        for (int i = 0; i < StartupPhases.All.Count; i++)
        {
            string name = PhasePrefix + StartupPhases.All[i].Name;
            _figures.Add(Samples.Summarize(name, Figure.LevitateSystem, Figure.Seconds, [.. seconds.Select(run => run[i])]));

            // Those between QEMU's own.
            if (i > 0 && i <= instructions[0].Length)
            {
                _figures.Add(Samples.Summarize(name, Figure.LevitateSystem, Figure.Instructions, [.. instructions.Select(run => run[i - 1])]));
            }
        }
    }

    private double[] RunForPhases(bool countsInstructions)
    {
        var log = new StringBuilder();
        double powerOn = double.PositiveInfinity;
        GuestResult result = new GuestProgram(Start)
        {
            CountsInstructions = countsInstructions,
            KernelCommandLine = "log=boot",
            LogWatcher = (time, piece) =>
            {
                log.Append(Encoding.UTF8.GetString(piece));

                // A milestone arrives some time after it was; the one that took the least tells best when the guest's clock began.
                if (Milestone.Read(log.ToString()).LastOrDefault() is { } last)
                {
                    powerOn = Math.Max(0, Math.Min(powerOn, time.TotalSeconds - (last.Microseconds / 1e6)));
                }
            },
        }.RunWell(workspace);
        List<Milestone> milestones = Milestone.Read(log.ToString());
        double main = result.Read("main");
        return countsInstructions
            ? StartupPhases.InInstructions(milestones, main)
            : StartupPhases.InSeconds(milestones, main, powerOn, result.Time.TotalSeconds);
    }

    private void MeasureHello(IReadOnlyList<string> others, LinuxReference? linux, string? linuxKernel)
    {
        var host = new HostSystems(workspace, progress);
        var systems = new List<(string System, Func<double> Once)>
        {
            (Figure.LevitateSystem, () => new GuestProgram(Hello).RunWell(workspace).Time.TotalSeconds),
        };
        if (linux is not null)
        {
            systems.Add((MeasuredSystem.Linux, () => linux.MeasureWallClock(Hello, linuxKernel!)));
        }

        foreach (string other in others.Where(other => other is MeasuredSystem.Gvisor or MeasuredSystem.Host))
        {
            try
            {
                MeasuredSystem system = other == MeasuredSystem.Gvisor ? host.Gvisor() : host.Host();
                systems.Add((other, () => HostSystems.Time(() => system.Run(Hello, []))));
            }
            catch (ToolException failure)
            {
                _unable.Add(new Inability(other, HelloName, failure.Message));
            }
        }

        foreach ((string system, List<double> values) in Samples.Interleave(systems, Rounds, HelloName, _unable))
        {
            _figures.Add(Samples.Summarize(HelloName, system, Figure.Seconds, values));
        }
    }

    private void MeasureLeastMemory(LinuxReference? linux, string? linuxKernel, Action<string> tell)
    {
        string alone = Path.Combine(workspace.Artifacts, "bench", "hello.cpio");
        Directory.CreateDirectory(Path.GetDirectoryName(alone)!);
        File.WriteAllBytes(alone, CpioWriter.ToArray(RootOfHelloAlone()));
        Search(LeastMemoryName, Figure.LevitateSystem, 64 * Mebibyte, memory => RunsIn(memory, initramfs: null));
        Search(LeastMemoryAloneName, Figure.LevitateSystem, 64 * Mebibyte, memory => RunsIn(memory, alone));
        if (linux is not null)
        {
            Search(LeastMemoryAloneName, MeasuredSystem.Linux, 256 * Mebibyte, memory => linux.Says(HelloSays, Hello, linuxKernel!, memory, s_limit));
        }

        void Search(string name, string system, long enough, Func<long, bool> runs)
        {
            long? least = LeastMemory.Find(tooLittle: 0, enough, memory =>
            {
                tell($"{system}, {memory / 1024:N0} KiB");
                return runs(memory);
            });
            if (least is { } bytes)
            {
                _figures.Add(new Figure(name, system, Figure.Bytes, bytes, 0));
            }
            else
            {
                _unable.Add(new Inability(system, name, $"it does not run in {enough / Mebibyte} MiB"));
            }
        }
    }

    private bool RunsIn(long memory, string? initramfs) =>
        new GuestProgram(Hello) { Memory = memory, Initramfs = initramfs, Limit = s_limit, ShowsErrors = false }.Run(workspace) is { EndedWell: true } result
        && result.Output.Contains(HelloSays, StringComparison.Ordinal);

    private ImageTree RootOfHelloAlone()
    {
        const int Everyone = 0x1ff;
        var tree = new ImageTree();
        foreach (string directory in (string[])["dev", "proc", "sys", "tmp"])
        {
            tree.Add(directory, new ImageDirectory(Everyone));
        }

        tree.Add(Hello[1..], ImageFile.FromHost(Path.Combine(workspace.GuestPrograms, "root" + Hello)));
        tree.Add(LinuxReference.Interpreter[1..], ImageFile.FromHost(LinuxReference.Interpreter));
        return tree;
    }

    private void MeasureIdle(LinuxReference? linux, string? linuxKernel)
    {
        _figures.Add(new Figure(IdleProcessName, Figure.LevitateSystem, Figure.Bytes, new GuestProgram(Idle).RunWell(workspace).Read(IdleProcessName), 0));
        if (linux is not null)
        {
            string log = linux.RunOn(1, Idle, linuxKernel!);
            double bytes = BenchmarkRun.ReadValue(IdleProcessName, log) ?? throw new ToolException($"Linux did not print \"{IdleProcessName} VALUE\" but: {log}");
            _figures.Add(new Figure(IdleProcessName, MeasuredSystem.Linux, Figure.Bytes, bytes, 0));
        }
    }
}
