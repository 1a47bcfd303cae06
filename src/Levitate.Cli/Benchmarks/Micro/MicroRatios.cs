using System;
using System.Collections.Generic;
using System.Linq;

namespace Levitate.Cli.Benchmarks.Micro;

/// <summary>LevitateOS's lines over Linux's (without mitigations), where both were measured.</summary>
/// <param name="Lines">Each line's name and its ratio, in the set's order.</param>
internal sealed record MicroRatios(IReadOnlyList<(string Name, double Ratio)> Lines)
{
    /// <summary>The geometric mean.</summary>
    public double Mean => Math.Exp(Lines.Average(line => Math.Log(line.Ratio)));

    /// <summary>The lines that are slower, the slowest first.</summary>
    public IReadOnlyList<(string Name, double Ratio)> Slower => [.. Lines.Where(line => line.Ratio > 1).OrderByDescending(line => line.Ratio)];

    /// <summary>Compares what was measured.</summary>
    public static MicroRatios Of(IReadOnlyList<Figure> figures, string linkage) => new(
    [
        .. from line in MicroBenchmarks.Lines
           let name = MicroBenchmarks.NameOf(line.Name, linkage)
           let own = Find(figures, name, Figure.LevitateSystem)
           let linux = Find(figures, name, MeasuredSystem.Linux)
           where own is not null && linux is not null
           select (line.Name, own.Value / linux.Value),
    ]);

    private static Figure? Find(IReadOnlyList<Figure> figures, string name, string system) =>
        figures.FirstOrDefault(figure => figure.Name == name && figure.System == system && figure.Clock == Figure.Instructions);
}
