using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Levitate.Cli.Benchmarks.Micro;
using Levitate.Cli.Benchmarks.Programs;
using Levitate.Cli.Benchmarks.Startup;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>Makes the report of what was measured.</summary>
/// <param name="data">What was measured.</param>
/// <param name="obstacles">What stands in the way of each target that is not reached.</param>
internal sealed class PerformanceReport(PerformanceData data, IReadOnlyDictionary<string, string> obstacles)
{
    /// <summary>The report's title.</summary>
    public const string Title = "LevitateOS: performance";

    private readonly ReportDocument _document = new();

    /// <summary>Makes it.</summary>
    public ReportDocument Make()
    {
        AddBeginning();
        AddGoals();
        AddStartup();
        AddMicro();
        AddLinkages();
        AddPauses();
        AddPrograms();
        AddUnable();
        return _document;
    }

    private void AddBeginning()
    {
        _document.AddHeading(1, Title);
        _document.AddText(
            $"Measured on {data.Date} by `./levitate bench --report`, which wrote this page; `docs/performance.html` has the same with pictures, and "
            + "`docs/performance.json` the figures alone. Every system ran the same programs, in the same QEMU with the same CPU, memory and devices where it is a "
            + "virtual machine.");
        _document.AddText(
            "There are two clocks. Guest instructions (QEMU's `-icount shift=0`, written without a unit, M and G for millions and thousands of millions) depend on no "
            + "host and repeat; they are what the lengths of paths are counted in. Seconds are those of the clock on the wall, the virtual machines under TCG: the median "
            + "of turns that the systems took one after the other, with half the distance of the extremes behind ±. The systems: `levitate`; `linux` and `linux-mitigated`, Debian's "
            + "cloud kernel as a guest without and with mitigations; `gvisor`, Debian's runsc on this machine's kernel; `host`, that kernel itself.");
        _document.Add(new ReportBlock.Table(["", ""], 2, [.. data.Facts.Select(fact => (string[])[fact.Name, fact.Value])]));
    }

    private void AddGoals()
    {
        List<Goal> goals = Goal.All(data.Figures);
        if (goals.Count == 0)
        {
            return;
        }

        _document.AddHeading(2, "Targets");
        _document.Add(new ReportBlock.Table(
            ["target", "reached", "to reach", "measured"], 2, [.. goals.Select(goal => (string[])[goal.Text, goal.IsReached ? "yes" : "**no**", goal.Target, goal.Value])]));
        Goal[] missed = [.. goals.Where(goal => !goal.IsReached)];
        if (missed.Length > 0)
        {
            _document.AddHeading(3, "What stands in the way");
            _document.Add(new ReportBlock.Bullets([.. missed.Select(goal =>
                $"{goal.Text}: {obstacles.GetValueOrDefault(goal.Name, "nobody has looked into it yet.")}")]));
        }
    }

    private void AddStartup()
    {
        FigureTable table = FigureTable.Of(data.Figures, StartupRun.Lines);
        if (table.Rows.Count == 0)
        {
            return;
        }

        _document.AddHeading(2, "Start-up and memory");
        AddPhases();
        Figure[] hello = [.. data.Figures.Where(figure => figure is { Name: StartupRun.HelloName, Clock: Figure.Seconds }).OrderBy(figure => figure.Value)];
        if (hello.Length > 0)
        {
            _document.Add(new ReportBlock.Picture(
                Charts.Bars([.. hello.Select(figure => (figure.System, figure.Value, FigureTable.Format(figure), figure.System == Figure.LevitateSystem))]),
                "A dynamically linked program, from the start of QEMU, or of the system's tool, to the news of its end."));
        }

        AddTable(FigureTable.Of(data.Figures, [.. StartupRun.Lines.Where(line => !line.Name.StartsWith(StartupRun.PhasePrefix, StringComparison.Ordinal))]), showsClock: false);
    }

    private void AddPhases()
    {
        var bars = new List<(string Label, double[] Values, string Total)>();
        string[] clocks = [Figure.Seconds, Figure.Instructions];
        foreach (string clock in clocks)
        {
            double[] values = [.. StartupPhases.All.Select(phase => Value(StartupRun.PhasePrefix + phase.Name, clock))];
            if (values.Sum() > 0)
            {
                bars.Add((clock == Figure.Seconds ? "clock on the wall" : "guest instructions", values, FigureTable.Format(values.Sum(), clock)));
            }
        }

        if (bars.Count == 0)
        {
            return;
        }

        _document.AddText("Where the time of a small dynamically linked program goes, from QEMU's start to the news of its end:");
        _document.Add(new ReportBlock.Picture(
            Charts.Stacked([.. StartupPhases.All.Select(phase => phase.Name)], bars, (bar, value) => FigureTable.Format(value, clocks[bar])),
            "The phases of a run. QEMU's own instructions are not the guest's, so the lower bar has none."));
        _document.Add(new ReportBlock.Table(
            ["phase", "what happens", "seconds", "instructions"], 2,
            [.. StartupPhases.All.Select(phase => (string[])[phase.Name, phase.Meaning, Cell(phase.Name, Figure.Seconds), Cell(phase.Name, Figure.Instructions)])]));

        string Cell(string phase, string clock) =>
            FigureTable.Format(data.Figures.FirstOrDefault(figure => figure.Name == StartupRun.PhasePrefix + phase && figure.Clock == clock));
    }

    private void AddMicro()
    {
        Figure[] figures = [.. data.Figures.Where(figure => MicroBenchmarks.Lines.Any(line => line.Name == figure.Name))];
        if (figures.Length == 0)
        {
            return;
        }

        _document.AddHeading(2, "Single calls");
        _document.AddText("One static program, `bench/micro`, run unmodified in each system: guest instructions for the virtual machines, time for those on this machine's kernel.");
        MicroRatios ratios = MicroRatios.Of(figures, MicroBenchmarks.StaticLinkage);
        if (ratios.Lines.Count > 0)
        {
            _document.Add(new ReportBlock.Picture(
                Charts.Ratios(ratios.Lines), $"LevitateOS's instructions over those of Linux without mitigations; logarithmic. The geometric mean is {Ratio(ratios.Mean)}."));
        }

        string[] systems = [.. Order(figures)];
        var rows = new List<IReadOnlyList<string>>();
        foreach ((string name, string meaning) in MicroBenchmarks.Lines)
        {
            IEnumerable<string> cells = systems.Select(system => FigureTable.Format(figures.FirstOrDefault(figure => figure.Name == name && figure.System == system)));
            string ratio = ratios.Lines.Where(line => line.Name == name).Select(line => Ratio(line.Ratio)).FirstOrDefault("");
            rows.Add([$"`{name}`", meaning, .. cells, ratio]);
        }

        _document.Add(new ReportBlock.Table(["line", "what", .. systems, "of linux"], 2, rows));
    }

    private void AddLinkages()
    {
        var means = new List<IReadOnlyList<string>>();
        foreach (string linkage in MicroBenchmarks.Linkages)
        {
            MicroRatios ratios = MicroRatios.Of(data.Figures, linkage);
            if (ratios.Lines.Count > 0)
            {
                string slower = string.Join(", ", ratios.Slower.Select(line => $"`{line.Name}` ({Ratio(line.Ratio)})"));
                means.Add([linkage, slower.Length > 0 ? slower : "none", Ratio(ratios.Mean)]);
            }
        }

        if (means.Count > 1)
        {
            _document.AddHeading(2, "The same program, linked in three ways");
            _document.AddText("The program of the set above is static; here it is compared with itself linked dynamically against musl and against glibc, unmodified in both systems.");
            _document.Add(new ReportBlock.Table(["linked", "lines slower than Linux's", "geometric mean of Linux"], 2, means));
            _document.Add(new ReportBlock.Table(["line", .. MicroBenchmarks.Linkages.Select(linkage => $"levitate, {linkage}"), .. MicroBenchmarks.Linkages.Select(linkage => $"linux, {linkage}")], 1,
            [
                .. MicroBenchmarks.Lines.Select(line => (string[])[$"`{line.Name}`", .. Cells(line.Name, Figure.LevitateSystem), .. Cells(line.Name, MeasuredSystem.Linux)]),
            ]));
        }

        IEnumerable<string> Cells(string line, string system) => MicroBenchmarks.Linkages.Select(linkage =>
            FigureTable.Format(data.Figures.FirstOrDefault(figure => figure.Name == MicroBenchmarks.NameOf(line, linkage) && figure.System == system)));
    }

    private void AddPauses()
    {
        if (!data.Figures.Any(figure => figure.System == Figure.LevitateSystem && MicroBenchmarks.Lines.Any(line => line.Name == figure.Name)))
        {
            return;
        }

        List<Pauses> all = Pauses.Of(data.Figures);
        _document.AddHeading(2, "Pauses of the garbage collector");
        if (all.Count == 0)
        {
            _document.AddText("It stopped in no line.");
            return;
        }

        _document.AddText("Stops of all threads while a line of the micro set was measured, in guest instructions (a thousand of them are a microsecond of guest time). Lines that are not here had none.");
        _document.Add(new ReportBlock.Table(["line", "pauses", "together", "the longest"], 1,
        [
            .. all.Select(pauses => (string[])
            [
                $"`{pauses.Name}`", FigureTable.Format(pauses.Count, ""), FigureTable.Format(pauses.Sum, Figure.Instructions), FigureTable.Format(pauses.Longest, Figure.Instructions),
            ]),
        ]));
    }

    private void AddPrograms()
    {
        FigureTable table = FigureTable.Of(data.Figures, DebianPrograms.Lines, Figure.Seconds, Figure.Instructions);
        if (table.Rows.Count == 0)
        {
            return;
        }

        _document.AddHeading(2, "Whole programs");
        _document.AddText("Debian's own, unmodified, each system in the same root file system in memory.");
        foreach (string clock in (string[])[Figure.Instructions, Figure.Seconds])
        {
            (string, double)[] ratios = [.. from line in DebianPrograms.Lines
                                            let own = Value(line.Name, clock)
                                            let linux = Value(line.Name, clock, MeasuredSystem.Linux)
                                            where own > 0 && linux > 0
                                            select (line.Name, own / linux)];
            if (ratios.Length > 0)
            {
                _document.Add(new ReportBlock.Picture(Charts.Ratios(ratios), $"LevitateOS's {clock} over those of Linux without mitigations; logarithmic."));
            }
        }

        AddTable(table, showsClock: true);
    }

    private void AddUnable()
    {
        if (data.Unable.Count > 0)
        {
            _document.AddHeading(2, "What could not be measured");
            _document.Add(new ReportBlock.Bullets([.. data.Unable.Select(inability => $"{inability.System}, {inability.What}: {inability.Reason}").Distinct()]));
        }
    }

    private void AddTable(FigureTable table, bool showsClock) => _document.Add(new ReportBlock.Table(
        showsClock ? ["", "what", "clock", .. table.Systems] : ["", "what", .. table.Systems],
        showsClock ? 3 : 2,
        [
            .. table.Rows.Select(row => (string[])
            [
                $"`{row.Name}`", row.Meaning, .. showsClock ? [row.Clock] : Array.Empty<string>(),
                .. table.Systems.Select((system, at) => row.Cells[at] is { } figure ? FigureTable.Format(figure) : Excuse(system, row.Name)),
            ]),
        ]));

    private string Excuse(string system, string name) => data.Unable.Any(inability => inability.System == system && inability.What == name) ? "cannot" : "";

    private double Value(string name, string clock, string system = Figure.LevitateSystem) =>
        data.Figures.FirstOrDefault(figure => figure.Name == name && figure.Clock == clock && figure.System == system)?.Value ?? 0;

    private static IEnumerable<string> Order(IReadOnlyList<Figure> figures) =>
        ((string[])[Figure.LevitateSystem, .. MeasuredSystem.Others]).Where(system => figures.Any(figure => figure.System == system));

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);
}
