using System.Collections.Generic;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>Writes a report as a page of one file, which refers to nothing outside.</summary>
internal static partial class HtmlWriter
{
    private const string Style = """
        :root { --paper: #fbfbf9; --ink: #1c2126; --quiet: #68707a; --rule: #dcdfe2; --own: #1f6f5c; --slow: #b4452c; --other: #8a94a0;
          --p1: #33598c; --p2: #4f8fb8; --p3: #2f8f83; --p4: #7aa844; --p5: #c9a227; --p6: #d07a2d; --p7: #a8476b; --p8: #77808a; }
        @media (prefers-color-scheme: dark) { :root { --paper: #15181b; --ink: #e4e7ea; --quiet: #98a1ab; --rule: #30363c; --own: #57b89c;
          --slow: #e07a5f; --other: #69737e; --p1: #6f97cc; --p2: #7cb8dd; --p3: #5cbcae; --p4: #a1cc6c; --p5: #e0c25a; --p6: #e59c5a;
          --p7: #d07c9d; --p8: #98a1ab; } }
        body { margin: 0 auto; max-width: 62rem; padding: 2.5rem 1.25rem 5rem; background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, sans-serif; }
        h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; } h2 { font-size: 1.35rem; margin: 3rem 0 .75rem; }
        h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; } p, ul { max-width: 46rem; } li { margin: .3rem 0; }
        code { font: .92em ui-monospace, monospace; }
        .wide { overflow-x: auto; margin: 1rem 0 1.5rem; }
        table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: var(--quiet); border-bottom: 2px solid var(--rule); vertical-align: bottom; }
        th, td { padding: .3rem .9rem .3rem 0; white-space: nowrap; } td { border-bottom: 1px solid var(--rule); }
        td:nth-child(2) { white-space: normal; min-width: 12rem; } .number { text-align: right; }
        figure { margin: 1.5rem 0 2rem; overflow-x: auto; } figcaption { color: var(--quiet); font-size: .875rem; margin-bottom: .5rem; max-width: 46rem; }
        svg { display: block; max-width: 100%; height: auto; min-width: 34rem; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
        svg .quiet { fill: var(--quiet); } svg .rule { stroke: var(--rule); } svg .mark { stroke: var(--quiet); }
        """;

    /// <summary>The whole page.</summary>
    /// <param name="document">The report.</param>
    /// <param name="title">What the browser shows above it.</param>
    public static string Write(ReportDocument document, string title)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<title>").Append(Escape(title)).Append("</title>\n<style>\n").Append(Style).Append("\n</style>\n</head>\n<body>\n");
        foreach (ReportBlock block in document.Blocks)
        {
            Write(page, block);
        }

        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>Text without a meaning in HTML.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void Write(StringBuilder page, ReportBlock block)
    {
        switch (block)
        {
            case ReportBlock.Heading heading:
                page.Append($"<h{heading.Level}>").Append(Format(heading.Text)).Append($"</h{heading.Level}>\n");
                break;
            case ReportBlock.Paragraph paragraph:
                page.Append("<p>").Append(Format(paragraph.Text)).Append("</p>\n");
                break;
            case ReportBlock.Bullets bullets:
                page.Append("<ul>\n");
                foreach (string point in bullets.Points)
                {
                    page.Append("<li>").Append(Format(point)).Append("</li>\n");
                }

                page.Append("</ul>\n");
                break;
            case ReportBlock.Table table:
                page.Append("<div class=\"wide\"><table>\n<thead>");
                WriteRow(page, "th", table.Columns, table.TextColumns);
                page.Append("</thead>\n<tbody>\n");
                foreach (IReadOnlyList<string> row in table.Rows)
                {
                    WriteRow(page, "td", row, table.TextColumns);
                }

                page.Append("</tbody>\n</table></div>\n");
                break;
            case ReportBlock.Picture picture:
                page.Append("<figure><figcaption>").Append(Format(picture.Caption)).Append("</figcaption>\n").Append(picture.Svg).Append("</figure>\n");
                break;
        }
    }

    private static void WriteRow(StringBuilder page, string tag, IReadOnlyList<string> cells, int textColumns)
    {
        page.Append("<tr>");
        for (int i = 0; i < cells.Count; i++)
        {
            page.Append('<').Append(tag).Append(i < textColumns ? ">" : " class=\"number\">").Append(Format(cells[i])).Append("</").Append(tag).Append('>');
        }

        page.Append("</tr>\n");
    }

    private static string Format(string text) => Strong().Replace(Code().Replace(Escape(text), "<code>$1</code>"), "<strong>$1</strong>");

    [GeneratedRegex(@"\*\*([^*]+)\*\*", RegexOptions.CultureInvariant)]
    private static partial Regex Strong();

    [GeneratedRegex("`([^`]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Code();
}
