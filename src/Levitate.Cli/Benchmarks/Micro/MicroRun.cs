using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Cli.Building;

namespace Levitate.Cli.Benchmarks.Micro;

/// <summary>Measures the micro set in several systems.</summary>
/// <param name="progress">Shows what takes its time.</param>
/// <param name="linkages">In which of <see cref="MicroBenchmarks.Linkages"/> the program is run.</param>
internal sealed class MicroRun(Progress progress, IReadOnlyList<string> linkages)
{
    private const double NanosecondsInSecond = 1e9;

    // Counts of instructions repeat; times are as the host has it.
    private const int CountedRuns = 2;
    private const int TimedRuns = 3;

    private readonly List<Figure> _figures = [];
    private readonly List<Pauses> _pauses = [];
    private readonly List<Inability> _unable = [];

    /// <summary>The ways in which the program is linked.</summary>
    public IReadOnlyList<string> Linkages => linkages;

    /// <summary>What was measured.</summary>
    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>The garbage collector's pauses in LevitateOS's lines, those that have any.</summary>
    public IReadOnlyList<Pauses> Pauses => _pauses;

    /// <summary>Systems that cannot be measured here, and why.</summary>
    public IReadOnlyList<Inability> Unable => _unable;

    /// <summary>Measures a system; one that cannot run here is noted.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="prepare">Makes it ready.</param>
    /// <param name="lines">The lines; none: all.</param>
    public void Measure(string name, Func<MeasuredSystem> prepare, IReadOnlyList<string> lines)
    {
        foreach (string linkage in linkages)
        {
            try
            {
                Measure(prepare(), linkage, lines);
            }
            catch (ToolException failure) when (name != Figure.LevitateSystem)
            {
                _unable.Add(new Inability(name, $"micro set, {linkage}", failure.Message));
            }
        }
    }

    private void Measure(MeasuredSystem system, string linkage, IReadOnlyList<string> lines)
    {
        bool counts = system.Clock == Figure.Instructions;
        var outputs = new List<string>();
        for (int run = 0; run < (counts ? CountedRuns : TimedRuns); run++)
        {
            string how = linkages.Count > 1 ? $", {linkage}" : "";
            progress.Step($"Measuring {system.Name}{how}, run {run + 1}", () => outputs.Add(system.Run(MicroBenchmarks.ProgramOf(linkage), lines)));
        }

        _figures.AddRange(MicroBenchmarks.Lines
            .Where(line => lines.Count == 0 || lines.Contains(line.Name))
            .Select(line => Summarize(line.Name, linkage, system, outputs)));
        if (counts)
        {
            // Both runs are the same, or the spread of the figures says that they are not.
            _pauses.AddRange(Micro.Pauses.Read(outputs[^1]).Select(pauses => pauses with { Name = MicroBenchmarks.NameOf(pauses.Name, linkage) }));
        }
    }

    private static Figure Summarize(string name, string linkage, MeasuredSystem system, List<string> outputs)
    {
        double[] values = [.. outputs
            .Select(output => BenchmarkRun.ReadValue(name, output) ?? throw new ToolException($"{system.Name} did not print \"{name} VALUE\" but: {output}"))
            .Order()];
        double middle = system.Clock == Figure.Instructions ? values.Average() : values[values.Length / 2];
        double scale = system.Clock == Figure.Instructions ? 1 : NanosecondsInSecond;
        double spread = Math.Round((values[^1] - values[0]) / middle, 5);
        return new Figure(MicroBenchmarks.NameOf(name, linkage), system.Name, system.Clock, Math.Round(middle, 2) / scale, spread);
    }
}
