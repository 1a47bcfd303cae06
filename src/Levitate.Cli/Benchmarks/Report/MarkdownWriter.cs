using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>Writes a report as Markdown; pictures are left to the page.</summary>
internal static class MarkdownWriter
{
    private const int Width = 120;

    /// <summary>The whole text.</summary>
    public static string Write(ReportDocument document)
    {
        var text = new StringBuilder();
        foreach (ReportBlock block in document.Blocks)
        {
            switch (block)
            {
                case ReportBlock.Heading heading:
                    text.Append('#', heading.Level).Append(' ').Append(heading.Text).Append("\n\n");
                    break;
                case ReportBlock.Paragraph paragraph:
                    text.Append(Wrap(paragraph.Text, "", "")).Append('\n');
                    break;
                case ReportBlock.Bullets bullets:
                    text.AppendJoin("", bullets.Points.Select(point => Wrap(point, "- ", "  "))).Append('\n');
                    break;
                case ReportBlock.Table table:
                    WriteTable(text, table);
                    break;
            }
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void WriteTable(StringBuilder text, ReportBlock.Table table)
    {
        WriteRow(text, table.Columns);
        WriteRow(text, [.. table.Columns.Select((_, at) => at < table.TextColumns ? "---" : "---:")]);
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            WriteRow(text, row);
        }

        text.Append('\n');
    }

    private static void WriteRow(StringBuilder text, IReadOnlyList<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");

    private static string Wrap(string text, string first, string next)
    {
        var wrapped = new StringBuilder(first);
        int column = first.Length;
        bool begins = true;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!begins && column + 1 + word.Length > Width)
            {
                wrapped.Append('\n').Append(next);
                column = next.Length;
                begins = true;
            }

            wrapped.Append(begins ? "" : " ").Append(word);
            column += word.Length + (begins ? 0 : 1);
            begins = false;
        }

        return wrapped.Append('\n').ToString();
    }
}
