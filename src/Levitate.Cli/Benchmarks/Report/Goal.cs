using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Cli.Benchmarks.Micro;
using Levitate.Cli.Benchmarks.Startup;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>What is to be reached, and whether it is.</summary>
/// <param name="Name">As bench/obstacles.md calls it.</param>
/// <param name="Text">What is to be reached.</param>
/// <param name="Target">The figure to reach.</param>
/// <param name="Value">What was measured.</param>
/// <param name="IsReached">Whether that is enough.</param>
internal sealed record Goal(string Name, string Text, string Target, string Value, bool IsReached)
{
    /// <summary>The name of the goal that a mean be small.</summary>
    public const string MicroMean = "micro-mean";

    /// <summary>The name of the goal that no line be slower.</summary>
    public const string MicroLines = "micro-lines";

    /// <summary>The name of the goal that is gVisor's.</summary>
    public const string HelloGvisor = "hello-gvisor";

    /// <summary>The name of the goal for the collector.</summary>
    public const string LongestPause = "pauses";

    /// <summary>The name of the goal that figures be reproducible.</summary>
    public const string Reproducible = "reproducible";

    private const double MeanTarget = 0.5;
    private const double GvisorTarget = 1.5;
    private const double PauseTarget = 1_000_000;
    private const double SpreadTarget = 0.01;

    /// <summary>Looks at all goals that something was measured for.</summary>
    public static List<Goal> All(IReadOnlyList<Figure> figures)
    {
        var goals = new List<Goal>();
        AddMicro(goals, figures);
        AddHello(goals, figures);
        foreach (Benchmark benchmark in Benchmark.Counted)
        {
            AddFigure(goals, figures, benchmark.Name, benchmark.Meaning, Figure.Instructions, benchmark.Target);
        }

        AddFigure(goals, figures, StartupRun.HelloName, "hello_dynamic, QEMU's start to its end", Figure.Seconds, BenchmarkRun.WallClockTarget);
        AddFigure(goals, figures, BenchmarkRun.ImageSizeName, "the kernel's image", Figure.Bytes, BenchmarkRun.ImageSizeTarget);
        return goals;
    }

    private static void AddMicro(List<Goal> goals, IReadOnlyList<Figure> figures)
    {
        MicroRatios ratios = MicroRatios.Of(figures, MicroBenchmarks.StaticLinkage);
        if (ratios.Lines.Count > 0)
        {
            goals.Add(new(MicroMean, $"micro set, geometric mean of {ratios.Lines.Count} lines over Linux's", "at most 0.50", Ratio(ratios.Mean), ratios.Mean <= MeanTarget));
            string slower = ratios.Slower.Count == 0 ? "none" : string.Join(", ", ratios.Slower.Select(line => $"{line.Name} ({Ratio(line.Ratio)})"));
            goals.Add(new(MicroLines, "micro set, lines slower than Linux's", "none", slower, ratios.Slower.Count == 0));
        }

        Figure[] counted = [.. figures.Where(figure => figure is { System: Figure.LevitateSystem, Clock: Figure.Instructions } && IsMicro(figure))];
        if (counted.Length == 0)
        {
            return;
        }

        Pauses? longest = Pauses.Of(figures).Where(pauses => !pauses.Name.Contains('/', StringComparison.Ordinal)).MaxBy(pauses => pauses.Longest);
        goals.Add(new(
            LongestPause, "longest stop by the garbage collector in the micro set", FigureTable.Format(PauseTarget, Figure.Instructions),
            longest is null ? "none" : $"{FigureTable.Format(longest.Longest, Figure.Instructions)} ({longest.Name})", (longest?.Longest ?? 0) <= PauseTarget));
        Figure widest = counted.MaxBy(figure => figure.Spread)!;
        goals.Add(new(Reproducible, "micro set, two runs apart", "at most 1 %", FormattableString.Invariant($"{widest.Spread * 100:0.00} % ({widest.Name})"), widest.Spread <= SpreadTarget));
    }

    private static void AddHello(List<Goal> goals, IReadOnlyList<Figure> figures)
    {
        if (Find(figures, StartupRun.HelloName, Figure.LevitateSystem, Figure.Seconds) is { } own
            && Find(figures, StartupRun.HelloName, MeasuredSystem.Gvisor, Figure.Seconds) is { } gvisor)
        {
            double ratio = own.Value / gvisor.Value;
            goals.Add(new(HelloGvisor, "hello_dynamic from start to end, over gVisor's", "at most 1.50", Ratio(ratio), ratio <= GvisorTarget));
        }
    }

    private static void AddFigure(List<Goal> goals, IReadOnlyList<Figure> figures, string name, string text, string clock, double target)
    {
        if (Find(figures, name, Figure.LevitateSystem, clock) is { } figure)
        {
            goals.Add(new(name, text, FigureTable.Format(target, clock), FigureTable.Format(figure.Value, clock), figure.Value <= target));
        }
    }

    private static bool IsMicro(Figure figure) => MicroBenchmarks.Lines.Any(line => line.Name == figure.Name);

    private static Figure? Find(IReadOnlyList<Figure> figures, string name, string system, string clock) =>
        figures.FirstOrDefault(figure => figure.Name == name && figure.System == system && figure.Clock == clock);

    private static string Ratio(double ratio) => FormattableString.Invariant($"{ratio:0.00}");
}
