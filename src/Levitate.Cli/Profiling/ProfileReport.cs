using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Spectre.Console;

namespace Levitate.Cli.Profiling;

/// <summary>Shows a profile as a table.</summary>
internal static class ProfileReport
{
    /// <summary>Writes the costliest functions.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="tree">What was counted.</param>
    /// <param name="rows">How many functions at most.</param>
    public static void Write(IAnsiConsole console, CallTree tree, int rows)
    {
        long all = tree.Total;
        console.MarkupLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{all:#,0} instructions: {all - tree.InUserMode:#,0} in the kernel, {tree.InUserMode:#,0} in user mode."));
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("own").RightAligned().NoWrap())
            .AddColumn(new TableColumn("%").RightAligned().NoWrap())
            .AddColumn(new TableColumn("with callees").RightAligned().NoWrap())
            .AddColumn(new TableColumn("%").RightAligned().NoWrap())
            .AddColumn(new TableColumn("layer").NoWrap())
            .AddColumn("function");
        IReadOnlyList<FunctionCost> costs = tree.ByFunction();
        foreach (FunctionCost cost in costs.Take(rows))
        {
            table.AddRow(
                Count(cost.Own), Share(cost.Own, all), Count(cost.Total), Share(cost.Total, all),
                NameOf(cost.Function.Layer), Markup.Escape(cost.Function.Name));
        }

        console.Write(table);
        if (costs.Count > rows)
        {
            long rest = costs.Skip(rows).Sum(cost => cost.Own);
            console.MarkupLine($"[grey]{costs.Count - rows} more functions took {Share(rest, all)} % together; --top shows more.[/]");
        }
    }

    /// <summary>A layer's name.</summary>
    public static string NameOf(Layer layer) => layer switch
    {
        Layer.Program => "program",
        Layer.Kernel => "kernel",
        Layer.Machine => "machine",
        Layer.Floor => "floor",
        Layer.Library => "library",
        _ => "runtime",
    };

    /// <summary>A share in percent.</summary>
    public static string Share(long part, long all) =>
        (all == 0 ? 0 : 100.0 * part / all).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
