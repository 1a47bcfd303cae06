using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json;
using Levitate.Cli.Benchmarks;
using Levitate.Cli.Building;
using Levitate.Cli.Host;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate bench`.</summary>
internal sealed class BenchCommand : Command, IHasExamples
{
    private readonly Argument<string[]> _names = new("figure")
    {
        Description = "What to measure; without a name, all.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _json = new("--json") { Description = "Write the figures to a file, too.", HelpName = "file" };

    private readonly Option<string?> _versus = new("--vs")
    {
        Description = "Measure Debian's Linux here with the same programs, rather than show the reference.",
        HelpName = "linux",
    };

    private readonly Option<int> _cpus = new("--cpus")
    {
        Description = "Measure what so many processors are worth, too; by wall time, so on a host that does nothing else.",
        HelpName = "count",
        CustomParser = MachineArguments.ParseCount,
    };

    public BenchCommand() : base("bench", "Measures the kernel in guest instructions (deterministic), and what a run takes.")
    {
        Choices.Limit(_versus, ["linux"]);
        Choices.Limit(_names, [.. Benchmark.Counted.Select(benchmark => benchmark.Name), BenchmarkRun.WallClockName, BenchmarkRun.ImageSizeName]);
        Arguments.Add(_names);
        Options.Add(_json);
        Options.Add(_versus);
        Options.Add(_cpus);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate bench", "LevitateOS beside the reference figures of Linux"),
        ("./levitate bench getppid touch", "these two alone"),
        ("./levitate bench --vs linux --json figures.json", "both measured here"),
        ("./levitate bench --cpus 2", "two processes at once beside one alone"),
    ];

    private int Run(ParseResult parsed)
    {
        using StreamWriter? json = OpenReport(parsed.GetValue(_json));
        Workspace workspace = Workspace.Find();
        var progress = new Progress();
        ImageBuilder.Update(workspace, progress);
        var run = new BenchmarkRun(workspace);
        var linux = new LinuxReference(workspace, progress);
        string? linuxKernel = parsed.GetValue(_versus) is null ? null : linux.Prepare();
        string[] names = parsed.GetValue(_names) ?? [];
        bool IsWanted(string name) => names.Length == 0 || names.Contains(name);
        var measurements = new List<Measurement>();
        foreach (Benchmark benchmark in Benchmark.Counted.Where(benchmark => IsWanted(benchmark.Name)))
        {
            double levitate = 0;
            double? reference = benchmark.LinuxReference;
            progress.Step($"Measuring {benchmark.Meaning}", () => levitate = run.Count(benchmark));
            if (linuxKernel is not null)
            {
                progress.Step($"Measuring {benchmark.Meaning} under Linux", () => reference = linux.Count(benchmark, linuxKernel));
            }

            measurements.Add(new Measurement(benchmark.Name, benchmark.Meaning, "instructions", levitate, reference, benchmark.Target));
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

        int cpus = parsed.GetValue(_cpus);
        if (cpus > 1)
        {
            string? linuxOutput = linuxKernel is null ? null : linux.RunOn(cpus, Benchmark.ParallelProgram, linuxKernel);
            progress.Step($"Measuring {cpus} processors", () => measurements.AddRange(run.MeasureProcessors(cpus, linuxOutput)));
        }

        BenchmarkReport.Write(HostConsole.Output, measurements, linuxKernel is not null);
        json?.WriteLine(JsonSerializer.Serialize(measurements, BenchmarkJson.Default.ListMeasurement));
        return measurements.All(measurement => measurement.IsReached) ? 0 : 1;
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
