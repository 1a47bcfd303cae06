using System.Collections.Generic;
using System.Linq;
using Spectre.Console;

namespace Levitate.Cli.Benchmarks;

/// <summary>Shows figures of several systems to people.</summary>
internal static class SideBySideReport
{
    /// <summary>Writes the table, and what could not be measured.</summary>
    public static void Write(IAnsiConsole console, FigureTable figures, IEnumerable<Inability> unable)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("what").AddColumn("clock");
        foreach (string system in figures.Systems)
        {
            table.AddColumn(new TableColumn(system).RightAligned());
        }

        foreach (FigureTable.Row row in figures.Rows)
        {
            table.AddRow([Markup.Escape(row.Meaning), row.Clock, .. row.Cells.Select(FigureTable.Format)]);
        }

        console.Write(table);
        foreach (Inability inability in unable)
        {
            console.MarkupLine($"[yellow]{inability.System}, {Markup.Escape(inability.What)}: {Markup.Escape(inability.Reason)}[/]");
        }
    }
}
