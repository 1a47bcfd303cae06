using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using Levitate.Cli.Benchmarks;
using Levitate.Cli.Building;
using Levitate.Cli.Host;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate bench`.</summary>
internal sealed class BenchCommand : Command, IHasExamples
{
    private const string MicroName = "micro";
    private const string ParallelName = "smp";
    private const int UsualParallelCpus = 2;

    private static readonly string[] s_figures = [.. Benchmark.Counted.Select(benchmark => benchmark.Name), BenchmarkRun.WallClockName, BenchmarkRun.ImageSizeName];

    private readonly Argument<string[]> _names = new("figure")
    {
        Description = $"What to measure: {string.Join(", ", s_figures)}; {MicroName} (what single calls cost, as lmbench has it) or a line of that; "
            + $"{ParallelName} (what processors are worth). Without a name, all but {ParallelName}.",
        HelpName = "figure",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _json = new("--json") { Description = "Write the figures to a file, too: name, system, clock, value, spread.", HelpName = "file" };

    private readonly Option<string?> _compare = new("--compare")
    {
        Description = "Show what changed since a file that --json wrote, and fail where a count of instructions grew by more than 5 %.",
        HelpName = "file",
    };

    private readonly Option<string[]> _versus = new("--vs")
    {
        Description = "Measure other systems here with the same programs; all but linux have the micro set only.",
        HelpName = string.Join(',', MeasuredSystem.Others),
        CustomParser = ParseSystems,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int> _cpus = new("--cpus")
    {
        Description = $"Measure {ParallelName} with so many processors, Linux beside; by wall time, so on a host that does nothing else. "
            + $"Without it, {UsualParallelCpus}.",
        HelpName = "count",
        CustomParser = MachineArguments.ParseCount,
    };

    public BenchCommand() : base("bench", "Measures the kernel in guest instructions (deterministic), and what a run takes.")
    {
        Choices.Limit(_names,
        [
            .. s_figures, MicroName, ParallelName, .. MicroBenchmarks.Lines.Select(line => line.Name),
        ]);
        Arguments.Add(_names);
        Options.Add(_json);
        Options.Add(_compare);
        Options.Add(_versus);
        Options.Add(_cpus);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate bench", "LevitateOS beside the reference figures of Linux"),
        ("./levitate bench getppid touch", "these two alone"),
        ("./levitate bench micro --vs linux,linux-mitigated,gvisor,host", "single calls, five systems side by side"),
        ("./levitate bench micro --compare bench/baseline.json", "whether a line of the baseline has become slower"),
        ("./levitate bench --vs linux --json figures.json", "all of both, measured here"),
        ("./levitate bench --cpus 2", "two processes at once beside one alone"),
    ];

    private int Run(ParseResult parsed)
    {
        using StreamWriter? json = OpenReport(parsed.GetValue(_json));
        List<Figure>? old = parsed.GetValue(_compare) is { } file ? Figure.Read(file) : null;
        Workspace workspace = Workspace.Find();
        var progress = new Progress();
        ImageBuilder.Update(workspace, progress);
        string[] names = parsed.GetValue(_names) ?? [];
        int cpus = parsed.GetValue(_cpus);
        if (names.Length == 0 && cpus > 0)
        {
            names = [ParallelName];
        }

        string[] others = parsed.GetValue(_versus) ?? [];
        bool vsLinux = others.Contains(MeasuredSystem.Linux);
        List<Measurement> measurements = MeasureTargets(workspace, progress, names, vsLinux);
        var figures = new List<Figure>();
        if (measurements.Count > 0)
        {
            BenchmarkReport.Write(HostConsole.Output, measurements, vsLinux);
            figures.AddRange(measurements.SelectMany(measurement => measurement.ToFigures(vsLinux)));
        }

        if (names.Contains(ParallelName))
        {
            List<Measurement> parallel = MeasureParallel(workspace, progress, cpus > 0 ? cpus : UsualParallelCpus);
            bool isLinuxThere = parallel.Exists(measurement => measurement.Linux is not null);
            BenchmarkReport.Write(HostConsole.Output, parallel, isLinuxThere);
            figures.AddRange(parallel.SelectMany(measurement => measurement.ToFigures(isLinuxThere)));
            measurements.AddRange(parallel);
        }

        string[] lines = [.. names.Intersect(MicroBenchmarks.Lines.Select(line => line.Name))];
        if (names.Length == 0 || lines.Length > 0 || names.Contains(MicroName))
        {
            MicroRun micro = MeasureMicro(workspace, progress, others, names.Contains(MicroName) ? [] : lines);
            MicroReport.Write(HostConsole.Output, micro);
            figures.AddRange(micro.Figures);
        }

        json?.WriteLine(Figure.Write(figures));
        bool isGood = old is null || MicroReport.Compare(HostConsole.Output, figures, old);
        return isGood && measurements.All(measurement => measurement.IsReached) ? 0 : 1;
    }

    private static MicroRun MeasureMicro(Workspace workspace, Progress progress, string[] others, string[] lines)
    {
        var micro = new MicroRun(progress);
        var host = new HostSystems(workspace, progress);
        micro.Measure(Figure.LevitateSystem, new BenchmarkRun(workspace).System, lines);
        foreach (string other in others)
        {
            micro.Measure(other, other switch
            {
                MeasuredSystem.Linux => new LinuxReference(workspace, progress).System,
                MeasuredSystem.LinuxMitigated => new LinuxReference(workspace, progress, isMitigated: true).System,
                MeasuredSystem.Gvisor => host.Gvisor,
                _ => host.Host,
            }, lines);
        }

        return micro;
    }

    private static List<Measurement> MeasureTargets(Workspace workspace, Progress progress, string[] names, bool vsLinux)
    {
        var run = new BenchmarkRun(workspace);
        var linux = new LinuxReference(workspace, progress);
        bool IsWanted(string name) => names.Length == 0 || names.Contains(name);
        Benchmark[] counted = [.. Benchmark.Counted.Where(benchmark => IsWanted(benchmark.Name))];
        string? linuxKernel = vsLinux && (counted.Length > 0 || IsWanted(BenchmarkRun.WallClockName)) ? linux.Prepare() : null;
        var measurements = new List<Measurement>();
        foreach (Benchmark benchmark in counted)
        {
            double levitate = 0;
            double? reference = benchmark.LinuxReference;
            progress.Step($"Measuring {benchmark.Meaning}", () => levitate = run.Count(benchmark));
            if (linuxKernel is not null)
            {
                progress.Step($"Measuring {benchmark.Meaning} under Linux", () => reference = linux.Count(benchmark, linuxKernel));
            }

            measurements.Add(new Measurement(benchmark.Name, benchmark.Meaning, Figure.Instructions, levitate, reference, benchmark.Target));
        }

        if (IsWanted(BenchmarkRun.WallClockName))
        {
            double? linuxSeconds = null;
            if (linuxKernel is not null)
            {
                progress.Step("Measuring the start of a program under Linux", () => linuxSeconds = linux.MeasureWallClock("/bin/hello_static", linuxKernel));
            }

            progress.Step("Measuring vm exec", () => measurements.Add(run.MeasureWallClock(linuxSeconds)));
        }

        if (IsWanted(BenchmarkRun.ImageSizeName))
        {
            measurements.Add(run.MeasureImageSize());
        }

        return measurements;
    }

    private static List<Measurement> MeasureParallel(Workspace workspace, Progress progress, int cpus)
    {
        string? linuxOutput = null;
        HostLoad before = HostLoad.Now;
        try
        {
            var linux = new LinuxReference(workspace, progress);
            string kernel = linux.Prepare();
            before = HostLoad.Now;
            progress.Step($"Measuring {cpus} processors under Linux", () => linuxOutput = linux.RunOn(cpus, Benchmark.ParallelProgram, kernel));
        }
        catch (ToolException failure)
        {
            progress.Note($"Without Linux: {failure.Message}");
        }

        var measurements = new List<Measurement>();
        progress.Step($"Measuring {cpus} processors", () => measurements.AddRange(new BenchmarkRun(workspace).MeasureProcessors(cpus, linuxOutput)));
        double others = HostLoad.Now.OthersSince(before);
        if (others > HostLoad.Quiet)
        {
            progress.Note(FormattableString.Invariant($"Others kept {others:0.0} of this machine's processors busy meanwhile, so the figures may be too high."));
        }

        return measurements;
    }

    private static string[] ParseSystems(ArgumentResult result)
    {
        string[] systems = [.. result.Tokens[0].Value.Split(',').Distinct()];
        if (systems.FirstOrDefault(system => !MeasuredSystem.Others.Contains(system)) is { } unknown)
        {
            result.AddError($"--vs takes {Choices.List(MeasuredSystem.Others)}; '{unknown}' is none of them.");
        }

        return systems;
    }

    // Before anything is measured: measuring takes minutes.
    private static StreamWriter? OpenReport(string? path)
    {
        try
        {
            return path is null ? null : new StreamWriter(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"--json: {failure.Message}", "Give a file that can be written, in a directory that is there.");
        }
    }
}
