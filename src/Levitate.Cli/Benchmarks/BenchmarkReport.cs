using System;
using System.Collections.Generic;
using System.Globalization;
using Spectre.Console;

namespace Levitate.Cli.Benchmarks;

/// <summary>Shows measurements to people.</summary>
internal static class BenchmarkReport
{
    /// <summary>Writes the table.</summary>
    public static void Write(IAnsiConsole console, IEnumerable<Measurement> measurements, bool linuxWasMeasured)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumn("what")
            .AddColumn(new TableColumn("LevitateOS").RightAligned())
            .AddColumn(new TableColumn("target").RightAligned())
            .AddColumn(new TableColumn(linuxWasMeasured ? "Linux 6.1, measured" : "Linux 6.1, reference").RightAligned())
            .AddColumn("unit")
            .AddColumn("reached");
        foreach (Measurement measurement in measurements)
        {
            table.AddRow(
                Markup.Escape(measurement.Meaning),
                Format(measurement.Levitate),
                Format(measurement.Target),
                measurement.Linux is { } linux ? Format(linux) : "",
                measurement.Unit,
                measurement.IsReached ? "[green]yes[/]" : "[red]no[/]");
        }

        console.Write(table);
    }

    private static string Format(double value) => Math.Abs(value) < 100 && value != Math.Floor(value)
        ? value.ToString("0.000", CultureInfo.InvariantCulture)
        : value.ToString("#,0", CultureInfo.InvariantCulture);
}
