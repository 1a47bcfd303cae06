using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Security;
using System.Text;

namespace Levitate.Cli.Profiling;

/// <summary>
/// Draws a profile as one SVG file that needs no other: callers below, what they called above, as wide as it took
/// instructions. A click shows a function and what it called over the whole width; a browser's search finds names.
/// </summary>
internal static class FlameGraph
{
    private const double Width = 1400;
    private const double Margin = 10;
    private const double HeaderHeight = 40;
    private const double FrameHeight = 17;

    // Narrower ones cannot be seen, and there are very many of them.
    private const double MinimumWidth = 0.3;

    private static readonly Dictionary<Layer, string> s_colours = new()
    {
        [Layer.Program] = "#9ccc65",
        [Layer.Kernel] = "#ffb74d",
        [Layer.Machine] = "#ffd54f",
        [Layer.Floor] = "#e57373",
        [Layer.Library] = "#90caf9",
        [Layer.Runtime] = "#b39ddb",
    };

    /// <summary>The picture.</summary>
    /// <param name="tree">What was counted.</param>
    /// <param name="title">What it is a picture of.</param>
    public static string Draw(CallTree tree, string title)
    {
        long all = Math.Max(tree.Total, 1);
        double scale = (Width - (2 * Margin)) / all;
        var frames = new StringBuilder();
        int depth = 0;
        double x = Margin;
        foreach (CallNode root in Order(tree.Roots))
        {
            depth = Math.Max(depth, Draw(frames, root, x, 0, scale, all));
            x += root.Total * scale;
        }

        double height = HeaderHeight + ((depth + 1) * FrameHeight) + Margin;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" viewBox="0 0 {Width} {height}" font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="#fafafa"/>
            <text x="{Margin}" y="18" font-size="14">{SecurityElement.Escape(title)}</text>
            <text x="{Width - Margin}" y="18" text-anchor="end">{tree.Total:#,0} guest instructions; click to look closer, click the ground to go back</text>

            """);
        double legend = Margin;
        foreach ((Layer layer, string colour) in s_colours)
        {
            text.Append(CultureInfo.InvariantCulture, $"""<rect x="{legend}" y="25" width="10" height="10" fill="{colour}"/><text x="{legend + 14}" y="34">{ProfileReport.NameOf(layer)}</text>""");
            legend += 80;
        }

        // Frames are drawn upwards from the ground.
        text.Append(CultureInfo.InvariantCulture, $"\n<g id=\"frames\" transform=\"translate(0,{height - Margin})\">\n");
        text.Append(frames).Append("</g>\n<script><![CDATA[\n").Append(ReadScript()).Append("]]></script>\n</svg>\n");
        return text.ToString();
    }

    private static int Draw(StringBuilder text, CallNode node, double x, int depth, double scale, long all)
    {
        double width = node.Total * scale;
        if (width < MinimumWidth)
        {
            return depth;
        }

        double y = -(depth + 1) * FrameHeight;
        string name = SecurityElement.Escape(node.Function.Name);
        text.Append(CultureInfo.InvariantCulture, $"""
            <g data-x="{x:0.##}" data-w="{width:0.##}" data-d="{depth}"><title>{name} ({ProfileReport.NameOf(node.Function.Layer)}): {node.Total:#,0} instructions, {ProfileReport.Share(node.Total, all)} %; own {node.Own:#,0}</title><rect x="{x:0.##}" y="{y:0.##}" width="{width:0.##}" height="{FrameHeight - 1}" rx="1" fill="{s_colours[node.Function.Layer]}"/><text x="{x + 3:0.##}" y="{y + 12:0.##}" data-t="{name}"></text></g>

            """);
        int deepest = depth;
        foreach (CallNode called in Order(node.Children))
        {
            deepest = Math.Max(deepest, Draw(text, called, x, depth + 1, scale, all));
            x += called.Total * scale;
        }

        return deepest;
    }

    private static IEnumerable<CallNode> Order(IEnumerable<CallNode> nodes) => nodes.OrderBy(node => node.Function.Name, StringComparer.Ordinal);

    private static string ReadScript()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("flamegraph.js")
            ?? throw new InvalidOperationException("flamegraph.js is not among the tool's resources.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
