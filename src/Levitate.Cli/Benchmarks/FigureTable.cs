using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Levitate.Cli.Host;

namespace Levitate.Cli.Benchmarks;

/// <summary>Figures side by side: a row for each name and clock, a column for each system.</summary>
/// <param name="Systems">The columns.</param>
/// <param name="Rows">The rows, with a cell for each system; null: not measured.</param>
internal sealed record FigureTable(IReadOnlyList<string> Systems, IReadOnlyList<FigureTable.Row> Rows)
{
    private static readonly string[] s_order = [Figure.LevitateSystem, .. MeasuredSystem.Others];

    /// <summary>A row.</summary>
    public sealed record Row(string Name, string Meaning, string Clock, IReadOnlyList<Figure?> Cells);

    /// <summary>Lays figures out.</summary>
    /// <param name="figures">All figures; those without a line are left out.</param>
    /// <param name="lines">The lines in their order, and what each is.</param>
    /// <param name="clocks">The clocks in their order; none: as they come.</param>
    public static FigureTable Of(IReadOnlyList<Figure> figures, IReadOnlyList<(string Name, string Meaning)> lines, params IReadOnlyList<string> clocks)
    {
        Figure[] wanted = [.. figures.Where(figure => lines.Any(line => line.Name == figure.Name) && (clocks.Count == 0 || clocks.Contains(figure.Clock)))];
        string[] systems = [.. s_order.Where(system => wanted.Any(figure => figure.System == system))];
        IEnumerable<Row> rows = from line in lines
                                from clock in clocks.Count > 0 ? clocks : wanted.Where(figure => figure.Name == line.Name).Select(figure => figure.Clock).Distinct()
                                let cells = systems.Select(system => wanted.FirstOrDefault(figure => figure.IsOfTheSame(new Figure(line.Name, system, clock, 0, 0)))).ToArray()
                                where cells.Any(cell => cell is not null)
                                select new Row(line.Name, line.Meaning, clock, cells);
        return new FigureTable(systems, [.. rows]);
    }

    /// <summary>A value with its unit, for people.</summary>
    public static string Format(double value, string clock) => clock switch
    {
        Figure.Seconds when value < 0.0001 => Number(value * 1e9, "#,0") + " ns",
        Figure.Seconds when value < 0.1 => Number(value * 1e3, "0.0") + " ms",
        Figure.Seconds => Number(value, "0.00") + " s",
        Figure.Bytes => Quantities.FormatSize((long)value),
        Figure.Instructions when value >= 1e9 => Number(value / 1e9, "0.00") + " G",
        Figure.Instructions when value >= 1e7 => Number(value / 1e6, "0.0") + " M",
        _ when value < 100 && value != Math.Floor(value) => Number(value, "0.000"),
        _ => Number(value, "#,0"),
    };

    /// <summary>A cell with its spread, where that is worth telling.</summary>
    public static string Format(Figure? figure)
    {
        const double Worthwhile = 0.01;
        return figure is null ? "" : Format(figure.Value, figure.Clock) + (figure.Spread >= Worthwhile ? $" ±{Number(figure.Spread * 50, "0")} %" : "");
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
