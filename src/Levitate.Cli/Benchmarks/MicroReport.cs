using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Spectre.Console;

namespace Levitate.Cli.Benchmarks;

/// <summary>Shows the micro set to people, systems side by side.</summary>
internal static class MicroReport
{
    // What the figures of record promise: two runs lie no further apart.
    private const double Reproducible = 0.01;

    /// <summary>How much more a line may take than it did before it is a failure.</summary>
    public const double Tolerance = 0.05;

    /// <summary>Writes the table and what follows from it.</summary>
    public static void Write(IAnsiConsole console, MicroRun run)
    {
        IReadOnlyList<Figure> figures = run.Figures;
        string[] systems = [.. figures.Select(figure => figure.System).Distinct()];
        bool hasLinux = systems.Contains(MeasuredSystem.Linux);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("line").AddColumn("what");
        foreach (string system in systems)
        {
            string unit = figures.First(figure => figure.System == system).Clock == Figure.Instructions ? "" : ", ns";
            table.AddColumn(new TableColumn(Markup.Escape(system + unit)).RightAligned());
        }

        if (hasLinux)
        {
            table.AddColumn(new TableColumn("of linux").RightAligned());
        }

        foreach ((string name, string meaning) in MicroBenchmarks.Lines)
        {
            Figure[] row = [.. figures.Where(figure => figure.Name == name)];
            if (row.Length > 0)
            {
                IEnumerable<string> values = systems.Select(system => Format(row.SingleOrDefault(figure => figure.System == system)));
                IEnumerable<string> ratio = hasLinux ? [FormatRatio(Ratio(row))] : [];
                table.AddRow([name, Markup.Escape(meaning), .. values, .. ratio]);
            }
        }

        console.Write(table);
        if (hasLinux)
        {
            WriteRatios(console, figures);
        }

        foreach (Figure figure in figures.Where(figure => figure.Clock == Figure.Instructions && figure.Spread > Reproducible))
        {
            console.MarkupLine($"[yellow]{figure.Name} on {figure.System}: two runs lie {FormatPercent(figure.Spread)} apart.[/]");
        }

        foreach ((string system, string reason) in run.Unable)
        {
            console.MarkupLine($"[yellow]{system} cannot be measured here: {Markup.Escape(reason)}[/]");
        }
    }

    /// <summary>Writes what changed since some older figures.</summary>
    /// <returns>Whether no count of instructions grew by more than <see cref="Tolerance"/>.</returns>
    public static bool Compare(IAnsiConsole console, IReadOnlyList<Figure> figures, IReadOnlyList<Figure> old)
    {
        bool isGood = true;
        foreach (Figure before in old)
        {
            if (figures.FirstOrDefault(figure => figure.Name == before.Name && figure.System == before.System) is not { } now
                || Math.Abs(now.Value - before.Value) <= before.Value * Reproducible)
            {
                continue;
            }

            bool isWorse = now.IsWorseThan(before, Tolerance);
            isGood &= !isWorse;
            string colour = isWorse ? "red" : now.Value < before.Value ? "green" : "yellow";
            string change = FormatPercent((now.Value / before.Value) - 1);
            console.MarkupLine($"[{colour}]{now.Name} on {now.System}: {Format(before)} -> {Format(now)} ({change})[/]");
        }

        console.MarkupLine(isGood ? "No count of instructions grew by more than 5 %." : "[red]A count of instructions grew by more than 5 %.[/]");
        return isGood;
    }

    private static void WriteRatios(IAnsiConsole console, IReadOnlyList<Figure> figures)
    {
        (string Name, double Ratio)[] ratios = [.. figures.GroupBy(figure => figure.Name)
            .Select(group => (group.Key, Ratio: Ratio([.. group])))
            .Where(line => line.Ratio is not null).Select(line => (line.Key, line.Ratio!.Value))];
        double mean = Math.Exp(ratios.Average(line => Math.Log(line.Ratio)));
        (string Name, double Ratio)[] slower = [.. ratios.Where(line => line.Ratio > 1).OrderByDescending(line => line.Ratio)];
        console.MarkupLine($"Geometric mean over {ratios.Length} lines: {FormatRatio(mean)} of Linux.");
        console.MarkupLine(slower.Length == 0
            ? "[green]No line is slower than Linux.[/]"
            : $"[red]Slower than Linux: {string.Join(", ", slower.Select(line => $"{line.Name} ({FormatRatio(line.Ratio)})"))}.[/]");
    }

    private static double? Ratio(Figure[] row) =>
        row.SingleOrDefault(figure => figure.System == MeasuredSystem.Linux) is { } linux && row.SingleOrDefault(figure => figure.System == Figure.LevitateSystem) is { } own
            ? own.Value / linux.Value
            : null;

    private static string Format(Figure? figure) => figure is null ? ""
        : (figure.Clock == "seconds" ? figure.Value * 1e9 : figure.Value).ToString("#,0", CultureInfo.InvariantCulture);

    private static string FormatRatio(double? ratio) => ratio is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "";

    private static string FormatPercent(double share) => (share * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %";
}
