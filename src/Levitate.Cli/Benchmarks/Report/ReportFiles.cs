using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Levitate.Cli.Building;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>The report in its three files under docs/, and what it was written from under artifacts/.</summary>
internal static class ReportFiles
{
    private const string Text = "docs/performance.md";
    private const string Page = "docs/performance.html";
    private const string Json = "docs/performance.json";
    private const string ObstaclesFile = "bench/obstacles.md";

    private static string KeptData(Workspace workspace) => Path.Combine(workspace.Artifacts, "bench", "measured.json");

    /// <summary>Writes the report of what has just been measured.</summary>
    /// <returns>The files, as the repository names them.</returns>
    public static IReadOnlyList<string> Write(Workspace workspace, IEnumerable<Figure> figures, IEnumerable<Inability> unable)
    {
        string date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        // The start of hello is a target, too, and measured for that by itself: the one beside other systems counts.
        List<Figure> last = [.. figures.GroupBy(figure => (figure.Name, figure.System, figure.Clock)).Select(same => same.Last())];
        var data = new PerformanceData(date, MachineFacts.Collect(workspace), last, [.. unable.Select(one => one with { Reason = WithoutPlaces(workspace, one.Reason) })]);
        data.Save(KeptData(workspace));
        return Write(workspace, data);
    }

    /// <summary>Writes it anew from what was measured last.</summary>
    public static IReadOnlyList<string> Rewrite(Workspace workspace) => Write(workspace, PerformanceData.Load(KeptData(workspace)));

    private static string[] Write(Workspace workspace, PerformanceData data)
    {
        ReportDocument document = new PerformanceReport(data, Obstacles.Read(workspace[ObstaclesFile])).Make();
        File.WriteAllText(workspace[Text], MarkdownWriter.Write(document));
        File.WriteAllText(workspace[Page], HtmlWriter.Write(document, PerformanceReport.Title));
        File.WriteAllText(workspace[Json], Figure.Write(data.Figures) + "\n");
        return [Text, Page, Json];
    }

    // A reason may name files; where this machine has them is nobody's business.
    private static string WithoutPlaces(Workspace workspace, string text) => text.Replace(workspace.Root, ".", StringComparison.Ordinal);
}
