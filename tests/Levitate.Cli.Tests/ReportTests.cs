using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Levitate.Cli.Benchmarks;
using Levitate.Cli.Benchmarks.Micro;
using Levitate.Cli.Benchmarks.Report;
using Xunit;

namespace Levitate.Cli.Tests;

/// <summary>The report that `bench --report` writes.</summary>
public sealed partial class ReportTests
{
    private static readonly Figure[] s_figures =
    [
        new("null", "levitate", "instructions", 168, 0), new("null", "linux", "instructions", 150, 0), new("null", "gvisor", "seconds", 2e-6, 0.1),
        new("read", "levitate", "instructions", 400, 0.02), new("read", "linux", "instructions", 900, 0),
        new("null/glibc", "levitate", "instructions", 170, 0), new("null/glibc", "linux", "instructions", 160, 0),
        .. new Pauses("fork-exit", 1, 2_000_000, 2_000_000).ToFigures(),
        new("start-qemu", "levitate", "seconds", 0.05, 0.1), new("start-boot", "levitate", "seconds", 0.02, 0.1), new("start-boot", "levitate", "instructions", 2e6, 0),
        new("hello", "levitate", "seconds", 0.3, 0.1), new("hello", "gvisor", "seconds", 0.1, 0.1), new("hello", "linux", "seconds", 2, 0.1),
        new("image", "levitate", "bytes", 3 << 20, 0),
        new("gcc", "levitate", "seconds", 8, 0.02), new("gcc", "linux", "seconds", 10, 0.01), new("gcc", "levitate", "instructions", 2e9, 0),
    ];

    private static readonly PerformanceData s_data = new(
        "2026-01-02", [new Fact("processor", "a fast one <x>")], [.. s_figures],
        [new Inability("gvisor", "gcc", "it has no | and <no> compiler")]);

    private static readonly Dictionary<string, string> s_obstacles = new() { [Goal.HelloGvisor] = "QEMU alone takes longer." };

    private static ReportDocument Document => new PerformanceReport(s_data, s_obstacles).Make();

    [Fact]
    public void Targets_that_are_not_reached_are_told_with_what_stands_in_the_way()
    {
        string text = MarkdownWriter.Write(Document);
        Assert.Contains("| hello_dynamic from start to end, over gVisor's | **no** | at most 1.50 | 3.00 |", text, StringComparison.Ordinal);
        Assert.Contains("- hello_dynamic from start to end, over gVisor's: QEMU alone takes longer.", text, StringComparison.Ordinal);
        Assert.Contains("| micro set, lines slower than Linux's | **no** | none | null (1.12) |", text, StringComparison.Ordinal);
        Assert.Contains("nobody has looked into it yet", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Goals_are_judged_by_the_figures()
    {
        Dictionary<string, bool> reached = Goal.All(s_figures).ToDictionary(goal => goal.Name, goal => goal.IsReached);
        Assert.False(reached[Goal.LongestPause]);
        Assert.False(reached[Goal.Reproducible]);
        Assert.True(reached["hello"]);
        Assert.True(reached["image"]);
        Assert.DoesNotContain("fork", reached.Keys);
    }

    [Fact]
    public void What_a_system_cannot_run_says_so_in_its_column_with_the_reason_below()
    {
        string text = MarkdownWriter.Write(Document);
        Assert.Contains("| `gcc` | gcc -c of 5,000 lines of C | seconds | 8.00 s ±1 % | 10.00 s ±1 % |", text, StringComparison.Ordinal);
        Assert.Contains("- gvisor, gcc: it has no | and <no> compiler", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_is_well_formed_and_refers_to_nothing_outside()
    {
        string page = HtmlWriter.Write(Document, PerformanceReport.Title);
        Assert.Equal(4, page.Split("<svg ").Length - 1);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.Contains("a fast one &lt;x&gt;", page, StringComparison.Ordinal);

        // But for what HTML leaves open, it is XML.
        XDocument document = XDocument.Parse(OpenElement().Replace(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal), "<$1/>"));
        Assert.Equal("html", document.Root!.Name.LocalName);
    }

    [Fact]
    public void Lines_of_the_text_are_no_longer_than_people_read()
    {
        IEnumerable<string> lines = MarkdownWriter.Write(Document).Split('\n').Where(line => !line.StartsWith('|'));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void Figures_survive_a_file() => Assert.Equal(s_figures, System.Text.Json.JsonSerializer.Deserialize(Figure.Write([.. s_figures]), FigureJson.Default.ListFigure));

    [GeneratedRegex("<(meta [^>]*)>")]
    private static partial Regex OpenElement();
}
