using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Spectre.Console;

namespace Levitate.Cli.Benchmarks.Micro;

/// <summary>Shows the micro set to people, systems side by side.</summary>
internal static class MicroReport
{
    // What the figures of record promise: two runs lie no further apart.
    private const double Reproducible = 0.01;

    /// <summary>How much more a line may take than it did before it is a failure.</summary>
    public const double Tolerance = 0.05;

    /// <summary>Writes the tables and what follows from them.</summary>
    public static void Write(IAnsiConsole console, MicroRun run)
    {
        IReadOnlyList<Figure> figures = run.Figures;
        foreach (string linkage in run.Linkages)
        {
            if (run.Linkages.Count > 1)
            {
                console.MarkupLine($"[bold]The program linked as {linkage}[/]");
            }

            WriteTable(console, figures, linkage);
        }

        foreach (Figure figure in figures.Where(figure => figure.Clock == Figure.Instructions && figure.Spread > Reproducible))
        {
            console.MarkupLine($"[yellow]{figure.Name} on {figure.System}: two runs lie {FormatPercent(figure.Spread)} apart.[/]");
        }

        WritePauses(console, run.Pauses);
        foreach (Inability inability in run.Unable)
        {
            console.MarkupLine($"[yellow]{inability.System} cannot be measured here ({Markup.Escape(inability.What)}): {Markup.Escape(inability.Reason)}[/]");
        }
    }

    /// <summary>Writes what changed since some older figures.</summary>
    /// <returns>Whether no count of instructions grew by more than <see cref="Tolerance"/>.</returns>
    public static bool Compare(IAnsiConsole console, IReadOnlyList<Figure> figures, IReadOnlyList<Figure> old)
    {
        bool isGood = true;
        foreach (Figure before in old.Where(figure => !Pauses.AreIn(figure)))
        {
            if (figures.FirstOrDefault(figure => figure.IsOfTheSame(before)) is not { } now
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

    private static void WriteTable(IAnsiConsole console, IReadOnlyList<Figure> all, string linkage)
    {
        string[] names = [.. MicroBenchmarks.Lines.Select(line => MicroBenchmarks.NameOf(line.Name, linkage))];
        Figure[] figures = [.. all.Where(figure => names.Contains(figure.Name))];
        string[] systems = [.. figures.Select(figure => figure.System).Distinct()];
        MicroRatios ratios = MicroRatios.Of(figures, linkage);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("line").AddColumn("what");
        foreach (string system in systems)
        {
            string unit = figures.First(figure => figure.System == system).Clock == Figure.Instructions ? "" : ", ns";
            table.AddColumn(new TableColumn(Markup.Escape(system + unit)).RightAligned());
        }

        if (ratios.Lines.Count > 0)
        {
            table.AddColumn(new TableColumn("of linux").RightAligned());
        }

        foreach ((string name, string meaning) in MicroBenchmarks.Lines)
        {
            Figure[] row = [.. figures.Where(figure => figure.Name == MicroBenchmarks.NameOf(name, linkage))];
            if (row.Length > 0)
            {
                IEnumerable<string> values = systems.Select(system => Format(row.SingleOrDefault(figure => figure.System == system)));
                IEnumerable<string> ratio = ratios.Lines.Where(line => line.Name == name).Select(line => FormatRatio(line.Ratio));
                table.AddRow([name, Markup.Escape(meaning), .. values, .. ratio]);
            }
        }

        console.Write(table);
        if (ratios.Lines.Count > 0)
        {
            WriteRatios(console, ratios);
        }
    }

    private static void WriteRatios(IAnsiConsole console, MicroRatios ratios)
    {
        console.MarkupLine($"Geometric mean over {ratios.Lines.Count} lines: {FormatRatio(ratios.Mean)} of Linux.");
        console.MarkupLine(ratios.Slower.Count == 0
            ? "[green]No line is slower than Linux.[/]"
            : $"[red]Slower than Linux: {string.Join(", ", ratios.Slower.Select(line => $"{line.Name} ({FormatRatio(line.Ratio)})"))}.[/]");
    }

    private static void WritePauses(IAnsiConsole console, IReadOnlyList<Pauses> all)
    {
        if (all.Count == 0)
        {
            console.MarkupLine("The garbage collector stopped in none of LevitateOS's lines.");
            return;
        }

        console.MarkupLine("The garbage collector stopped all threads in these lines of LevitateOS's; in the others it did not. In instructions:");
        Table table = new Table().Border(TableBorder.Simple).AddColumn("line");
        foreach (string column in (string[])["pauses", "together", "the longest"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (Pauses pauses in all)
        {
            table.AddRow(pauses.Name, FormatNumber(pauses.Count), FormatNumber(pauses.Sum), FormatNumber(pauses.Longest));
        }

        console.Write(table);
    }

    private static string Format(Figure? figure) => figure is null ? "" : FormatNumber(figure.Clock == Figure.Seconds ? figure.Value * 1e9 : figure.Value);

    private static string FormatNumber(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string FormatRatio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private static string FormatPercent(double share) => (share * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %";
}
