using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Cli.Benchmarks.Micro;
using Levitate.Cli.Benchmarks.Programs;
using Levitate.Cli.Benchmarks.Startup;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Spectre.Console;
using Progress = Levitate.Cli.Building.Progress;

namespace Levitate.Cli.Benchmarks;

/// <summary>Measures one set of figures after the other, LevitateOS and what was asked for beside it.</summary>
/// <param name="workspace">The repository.</param>
/// <param name="progress">Shows what takes its time.</param>
/// <param name="others">The systems beside LevitateOS.</param>
internal sealed class BenchmarkSession(Workspace workspace, Progress progress, IReadOnlyList<string> others)
{
    private readonly List<Figure> _figures = [];
    private readonly List<Inability> _unable = [];
    private readonly IAnsiConsole _console = HostConsole.Output;

    /// <summary>What was measured until now.</summary>
    public List<Figure> Figures => _figures;

    /// <summary>What could not be.</summary>
    public IReadOnlyList<Inability> Unable => _unable;

    private bool HasLinux => others.Contains(MeasuredSystem.Linux);

    /// <summary>Measures the figures that have a target, and shows them.</summary>
    /// <param name="names">Which; none: all.</param>
    /// <returns>Whether all targets are reached.</returns>
    public bool MeasureTargets(IReadOnlyList<string> names) => Show(MeasureWithTargets(names), HasLinux);

    private List<Measurement> MeasureWithTargets(IReadOnlyList<string> names)
    {
        var run = new BenchmarkRun(workspace);
        var linux = new LinuxReference(workspace, progress);
        bool IsWanted(string name) => names.Count == 0 || names.Contains(name);
        Benchmark[] counted = [.. Benchmark.Counted.Where(benchmark => IsWanted(benchmark.Name))];
        string? linuxKernel = HasLinux && (counted.Length > 0 || IsWanted(BenchmarkRun.WallClockName)) ? linux.Prepare() : null;
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
                progress.Step("Measuring the start of a program under Linux", () => linuxSeconds = linux.MeasureWallClock("/bin/hello_dynamic", linuxKernel));
            }

            progress.Step("Measuring vm exec", () => measurements.Add(run.MeasureWallClock(linuxSeconds)));
        }

        if (IsWanted(BenchmarkRun.ImageSizeName))
        {
            measurements.Add(run.MeasureImageSize());
        }

        return measurements;
    }

    /// <summary>Measures what processors are worth, Linux beside where it can be had, and shows it.</summary>
    /// <returns>Whether all targets are reached.</returns>
    public bool MeasureParallel(int cpus)
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
        NoteOthers(before);
        return Show(measurements, linuxOutput is not null);
    }

    /// <summary>Measures the micro set, and shows it.</summary>
    /// <param name="linkages">How the program is linked.</param>
    /// <param name="lines">Which lines; none: all.</param>
    public void MeasureMicro(IReadOnlyList<string> linkages, IReadOnlyList<string> lines)
    {
        var micro = new MicroRun(progress, linkages);
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

        MicroReport.Write(_console, micro);
        Take(micro.Figures, micro.Unable);
        _figures.AddRange(micro.Pauses.SelectMany(pauses => pauses.ToFigures()));
    }

    /// <summary>Measures how a run begins, and what it needs, and shows it.</summary>
    public void MeasureStartup()
    {
        HostLoad before = HostLoad.Now;
        var startup = new StartupRun(workspace, progress);
        startup.Measure(others);
        NoteOthers(before);
        SideBySideReport.Write(_console, FigureTable.Of(startup.Figures, StartupRun.Lines), startup.Unable);
        Take(startup.Figures, startup.Unable);
    }

    /// <summary>Measures whole programs, and shows them.</summary>
    /// <param name="lines">Which; none: all.</param>
    /// <param name="rounds">How often by the clock on the wall.</param>
    public void MeasurePrograms(IReadOnlyList<string> lines, int rounds)
    {
        HostLoad before = HostLoad.Now;
        var programs = new ProgramsRun(workspace, progress);
        programs.Measure(others, lines, rounds);
        NoteOthers(before);
        SideBySideReport.Write(_console, FigureTable.Of(programs.Figures, DebianPrograms.Lines), programs.Unable);
        Take(programs.Figures, programs.Unable);
    }

    private bool Show(List<Measurement> measurements, bool linuxWasMeasured)
    {
        BenchmarkReport.Write(_console, measurements, linuxWasMeasured);
        _figures.AddRange(measurements.SelectMany(measurement => measurement.ToFigures(linuxWasMeasured)));
        return measurements.TrueForAll(measurement => measurement.IsReached);
    }

    private void Take(IEnumerable<Figure> figures, IEnumerable<Inability> unable)
    {
        _figures.AddRange(figures);
        _unable.AddRange(unable);
    }

    private void NoteOthers(HostLoad before)
    {
        double busy = HostLoad.Now.OthersSince(before);
        if (busy > HostLoad.Quiet)
        {
            progress.Note(FormattableString.Invariant($"Others kept {busy:0.0} of this machine's processors busy meanwhile, so times may be too long."));
        }
    }
}
