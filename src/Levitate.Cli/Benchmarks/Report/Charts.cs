using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>Draws figures as SVG elements that stand in a page; colours and fonts are the page's.</summary>
internal static class Charts
{
    private const int Width = 900;
    private const int LabelWidth = 190;
    private const int ValueWidth = 90;
    private const int BarsWidth = Width - LabelWidth - ValueWidth;

    /// <summary>Bars that are put together of pieces, a legend below. Each bar has a scale of its own.</summary>
    /// <param name="pieces">What the pieces are, at most eight.</param>
    /// <param name="bars">Each bar's name, its pieces' values, and what to write at its end.</param>
    /// <param name="format">Writes a piece's value.</param>
    public static string Stacked(IReadOnlyList<string> pieces, IReadOnlyList<(string Label, double[] Values, string Total)> bars, Func<int, double, string> format)
    {
        const int BarHeight = 30, Step = 46, LegendStep = 20;
        int legendTop = (bars.Count * Step) + 14;
        var svg = Begin(legendTop + (((pieces.Count + 3) / 4) * LegendStep));
        for (int bar = 0; bar < bars.Count; bar++)
        {
            (string label, double[] values, string total) = bars[bar];
            int top = bar * Step;
            double sum = values.Sum();
            double left = LabelWidth;
            AppendText(svg, LabelWidth - 12, top + 20, label, "end");
            for (int piece = 0; piece < values.Length; piece++)
            {
                double width = sum > 0 ? values[piece] / sum * BarsWidth : 0;
                string title = $"{pieces[piece]}: {format(bar, values[piece])}";
                svg.Append(Invariant($"<rect x=\"{left:0.0}\" y=\"{top}\" width=\"{width:0.0}\" height=\"{BarHeight}\" fill=\"var(--p{piece + 1})\">"))
                    .Append("<title>").Append(HtmlWriter.Escape(title)).Append("</title></rect>\n");
                left += width;
            }

            AppendText(svg, LabelWidth + BarsWidth + 10, top + 20, total, "start");
        }

        for (int piece = 0; piece < pieces.Count; piece++)
        {
            int x = LabelWidth + (piece % 4 * 170);
            int y = legendTop + (piece / 4 * LegendStep);
            svg.Append(Invariant($"<rect x=\"{x}\" y=\"{y}\" width=\"11\" height=\"11\" fill=\"var(--p{piece + 1})\"/>"));
            AppendText(svg, x + 17, y + 10, pieces[piece], "start");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Bars on one scale that begins with zero.</summary>
    public static string Bars(IReadOnlyList<(string Label, double Value, string Text, bool IsOwn)> bars)
    {
        const int BarHeight = 18, Step = 26;
        var svg = Begin(bars.Count * Step);
        double most = bars.Max(bar => bar.Value);
        for (int i = 0; i < bars.Count; i++)
        {
            double width = most > 0 ? bars[i].Value / most * (BarsWidth - ValueWidth) : 0;
            AppendText(svg, LabelWidth - 12, (i * Step) + 14, bars[i].Label, "end");
            svg.Append(Invariant($"<rect x=\"{LabelWidth}\" y=\"{i * Step}\" width=\"{width:0.0}\" height=\"{BarHeight}\" fill=\"var(--{(bars[i].IsOwn ? "own" : "other")})\"/>\n"));
            AppendText(svg, LabelWidth + (int)width + 8, (i * Step) + 14, bars[i].Text, "start");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Ratios to a reference on a logarithmic scale: bars go left of 1 where less is taken, and right where more.</summary>
    public static string Ratios(IReadOnlyList<(string Label, double Ratio)> rows)
    {
        const int BarHeight = 12, Step = 19, Top = 22;
        double least = Math.Min(0.25, rows.Min(row => row.Ratio));
        double most = Math.Max(1.5, rows.Max(row => row.Ratio));
        double X(double ratio) => LabelWidth + (Math.Log(ratio / least) / Math.Log(most / least) * BarsWidth);
        var svg = Begin(Top + (rows.Count * Step) + 4);
        foreach (double tick in Ticks(least, most))
        {
            string style = tick is 1 or 0.5 ? "mark" : "rule";
            svg.Append(Invariant($"<line x1=\"{X(tick):0.0}\" x2=\"{X(tick):0.0}\" y1=\"{Top - 6}\" y2=\"{Top + (rows.Count * Step)}\" class=\"{style}\"/>"));
            AppendText(svg, (int)X(tick), Top - 10, tick.ToString("0.###", CultureInfo.InvariantCulture), "middle", "quiet");
        }

        for (int i = 0; i < rows.Count; i++)
        {
            (string label, double ratio) = rows[i];
            double left = Math.Min(X(1), X(ratio));
            double width = Math.Max(1, Math.Abs(X(1) - X(ratio)));
            int y = Top + (i * Step);
            AppendText(svg, LabelWidth - 12, y + 11, label, "end");
            svg.Append(Invariant($"<rect x=\"{left:0.0}\" y=\"{y}\" width=\"{width:0.0}\" height=\"{BarHeight}\" fill=\"var(--{(ratio <= 1 ? "own" : "slow")})\"/>\n"));
            AppendText(svg, LabelWidth + BarsWidth + 10, y + 11, ratio.ToString("0.00", CultureInfo.InvariantCulture), "start");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static IEnumerable<double> Ticks(double least, double most)
    {
        for (double tick = Math.Pow(2, Math.Ceiling(Math.Log2(least))); tick <= most; tick *= 2)
        {
            yield return tick;
        }
    }

    private static StringBuilder Begin(int height) => new StringBuilder()
        .Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" role=\"img\">\n"));

    private static void AppendText(StringBuilder svg, int x, int y, string text, string anchor, string style = "") => svg
        .Append(Invariant($"<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\"{(style.Length > 0 ? $" class=\"{style}\"" : "")}>"))
        .Append(HtmlWriter.Escape(text)).Append("</text>\n");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
