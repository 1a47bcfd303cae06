using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Cli.Building;

namespace Levitate.Cli.Benchmarks;

/// <summary>Measures the micro set in several systems.</summary>
internal sealed class MicroRun(Progress progress)
{
    private const double NanosecondsInSecond = 1e9;

    // Counts of instructions repeat; times are as the host has it.
    private const int CountedRuns = 2;
    private const int TimedRuns = 3;

    private readonly List<Figure> _figures = [];
    private readonly List<(string System, string Reason)> _unable = [];

    /// <summary>What was measured.</summary>
    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>Systems that cannot be measured here, and why.</summary>
    public IReadOnlyList<(string System, string Reason)> Unable => _unable;

    /// <summary>Measures a system; one that cannot run here is noted.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="prepare">Makes it ready.</param>
    /// <param name="lines">The lines; none: all.</param>
    public void Measure(string name, Func<MeasuredSystem> prepare, IReadOnlyList<string> lines)
    {
        try
        {
            MeasuredSystem system = prepare();
            bool counts = system.Clock == Figure.Instructions;
            var outputs = new List<string>();
            for (int run = 0; run < (counts ? CountedRuns : TimedRuns); run++)
            {
                progress.Step($"Measuring {name}, run {run + 1}", () => outputs.Add(system.Run(MicroBenchmarks.Program, lines)));
            }

            _figures.AddRange(MicroBenchmarks.Lines
                .Where(line => lines.Count == 0 || lines.Contains(line.Name))
                .Select(line => Summarize(line.Name, system, outputs)));
        }
        catch (ToolException failure) when (name != Figure.LevitateSystem)
        {
            _unable.Add((name, failure.Message));
        }
    }

    private static Figure Summarize(string name, MeasuredSystem system, List<string> outputs)
    {
        double[] values = [.. outputs
            .Select(output => BenchmarkRun.ReadValue(name, output) ?? throw new ToolException($"{system.Name} did not print \"{name} VALUE\" but: {output}"))
            .Order()];
        double middle = system.Clock == Figure.Instructions ? values.Average() : values[values.Length / 2];
        double scale = system.Clock == Figure.Instructions ? 1 : NanosecondsInSecond;
        return new Figure(name, system.Name, system.Clock, Math.Round(middle, 2) / scale, Math.Round((values[^1] - values[0]) / middle, 5));
    }
}
