using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Levitate.Cli.Benchmarks.Micro;

/// <summary>The stops of all threads by LevitateOS's garbage collector while a line was measured.</summary>
/// <param name="Name">The line's figure.</param>
/// <param name="Count">How many there were.</param>
/// <param name="Sum">Instructions in all of them.</param>
/// <param name="Longest">Instructions in the longest.</param>
internal sealed record Pauses(string Name, long Count, long Sum, long Longest)
{
    private const string Mark = "/pause";
    private const string CountMark = Mark + "-count";
    private const string SumMark = Mark + "-sum";
    private const string LongestMark = Mark + "-longest";

    /// <summary>Reads the lines "pauses NAME COUNT SUM LONGEST" of what the micro program printed; a line without pauses has none.</summary>
    public static List<Pauses> Read(string output)
    {
        var all = new List<Pauses>();
        foreach (string line in output.Split('\n'))
        {
            if (line.TrimEnd().Split(' ') is ["pauses", string name, string count, string sum, string longest]
                && TryParse(count, out long number) && TryParse(sum, out long total) && TryParse(longest, out long most))
            {
                all.Add(new Pauses(name, number, total, most));
            }
        }

        return all;
    }

    /// <summary>Finds them among figures.</summary>
    public static List<Pauses> Of(IReadOnlyList<Figure> figures)
    {
        Dictionary<string, long> values = figures.Where(AreIn).ToDictionary(figure => figure.Name, figure => (long)figure.Value);
        return
        [
            .. values.Keys.Where(name => name.EndsWith(CountMark, StringComparison.Ordinal))
                .Select(name => name[..^CountMark.Length])
                .Select(name => new Pauses(name, values[name + CountMark], values[name + SumMark], values[name + LongestMark])),
        ];
    }

    /// <summary>Whether a figure is about pauses: when the heap is full is chance, so these are not compared.</summary>
    public static bool AreIn(Figure figure) => figure.Name.Contains(Mark, StringComparison.Ordinal);

    /// <summary>As figures.</summary>
    public IEnumerable<Figure> ToFigures() =>
    [
        new Figure(Name + CountMark, Figure.LevitateSystem, "times", Count, 0),
        new Figure(Name + SumMark, Figure.LevitateSystem, Figure.Instructions, Sum, 0),
        new Figure(Name + LongestMark, Figure.LevitateSystem, Figure.Instructions, Longest, 0),
    ];

    private static bool TryParse(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
