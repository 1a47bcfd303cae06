using System;
using System.Collections.Generic;
using System.Linq;

namespace Levitate.Cli.Benchmarks;

/// <summary>Several values of one figure.</summary>
internal static class Samples
{
    /// <summary>The middle one; of an even number of them the middle between the two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The values as one figure: their median, and how far the extremes lie apart, as a share of it.</summary>
    public static Figure Summarize(string name, string system, string clock, IReadOnlyList<double> values)
    {
        double median = Median(values);
        double spread = median == 0 ? 0 : (values.Max() - values.Min()) / median;
        return new Figure(name, system, clock, clock == Figure.Seconds ? Math.Round(median, 6) : Math.Round(median, 2), Math.Round(spread, 5));
    }

    /// <summary>
    /// Measures several systems in turns, A B A B, so that what else the host does meanwhile falls on all of them. A system that
    /// fails is left out from then on, and noted.
    /// </summary>
    /// <param name="systems">Each system's name, and what measures it once.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="what">What is measured, for the notes.</param>
    /// <param name="unable">Takes the notes.</param>
    public static Dictionary<string, List<T>> Interleave<T>(
        IReadOnlyList<(string System, Func<T> Once)> systems, int rounds, string what, List<Inability> unable)
    {
        var values = systems.ToDictionary(system => system.System, _ => new List<T>());
        for (int round = 0; round < rounds; round++)
        {
            foreach ((string system, Func<T> once) in systems.Where(system => values.ContainsKey(system.System)))
            {
                try
                {
                    values[system].Add(once());
                }
                catch (ToolException failure)
                {
                    values.Remove(system);
                    unable.Add(new Inability(system, what, failure.Message));
                }
            }
        }

        return values;
    }
}
