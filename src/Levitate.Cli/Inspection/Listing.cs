using System.Collections.Generic;
using System.Linq;
using Spectre.Console;

namespace Levitate.Cli.Inspection;

/// <summary>Rows under a title: a table where the window is wide enough for whole columns, else a few lines a row. A number is never broken.</summary>
internal sealed class Listing(string title, params string[] columns)
{
    // What a table's border puts between two columns.
    private const int ColumnSpace = 3;

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row, a cell a column; null is empty.</summary>
    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => cell ?? "")]);

    /// <summary>Writes it.</summary>
    public void Write(IAnsiConsole console)
    {
        int width = columns.Select((column, at) => ColumnSpace + _rows.Select(row => row[at].Length).Append(column.Length).Max()).Sum();
        if (width <= console.Profile.Width)
        {
            WriteTable(console);
        }
        else
        {
            WriteLines(console);
        }
    }

    private void WriteTable(IAnsiConsole console)
    {
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle(title), UseSafeBorder = true };
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        _rows.ForEach(row => table.AddRow([.. row.Select(Markup.Escape)]));
        console.Write(table);
    }

    private void WriteLines(IAnsiConsole console)
    {
        console.WriteLine($"\n{title}");
        foreach (string[] row in _rows)
        {
            string line = "";
            foreach (string item in columns.Zip(row).Where(pair => pair.Second.Length > 0).Select(pair => $"{pair.First} {pair.Second}"))
            {
                if (line.Length > 0 && line.Length + 2 + item.Length > console.Profile.Width)
                {
                    console.WriteLine(line);
                    line = "   ";
                }

                line += line.Length == 0 ? item : "  " + item;
            }

            console.WriteLine(line);
        }
    }
}
