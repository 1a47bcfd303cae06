using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.IO;
using System.Linq;
using Levitate.Cli.Benchmarks;
using Levitate.Cli.Benchmarks.Micro;
using Levitate.Cli.Benchmarks.Programs;
using Levitate.Cli.Benchmarks.Report;
using Levitate.Cli.Building;
using Levitate.Cli.Host;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate bench`.</summary>
internal sealed class BenchCommand : Command, IHasExamples
{
    private const string MicroName = "micro";
    private const string ParallelName = "smp";
    private const string StartupName = "startup";
    private const string ProgramsName = "programs";
    private const int UsualParallelCpus = 2;
    private const int UsualRounds = 3;
    private const int MaximumRounds = 100;

    private static readonly string[] s_figures = [.. Benchmark.Counted.Select(benchmark => benchmark.Name), BenchmarkRun.WallClockName, BenchmarkRun.ImageSizeName];

    private readonly Argument<string[]> _names = new("figure")
    {
        Description = $"What to measure: {string.Join(", ", s_figures)}; {MicroName} (what single calls cost, as lmbench has it) or a line of that; "
            + $"{StartupName} (the start by phases, and memory); {ProgramsName} (whole programs of Debian's) or one of them: "
            + $"{string.Join(", ", DebianPrograms.Lines.Select(line => line.Name))}; {ParallelName} (what processors are worth). "
            + "Without a name, those before the first semicolon, and micro.",
        HelpName = "figure",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _json = new("--json") { Description = "Write the figures to a file, too: name, system, clock, value, spread.", HelpName = "file" };

    private readonly Option<string?> _compare = new("--compare")
    {
        Description = "Show what changed since a file that --json wrote, and fail where a count of instructions grew by more than 5 %.",
        HelpName = "file",
    };

    private readonly Option<string[]> _versus = new("--vs")
    {
        Description = "Measure other systems here with the same programs.",
        HelpName = string.Join(',', MeasuredSystem.Others),
        CustomParser = result => ParseWords(result, "--vs", MeasuredSystem.Others),
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int> _cpus = new("--cpus")
    {
        Description = $"Measure {ParallelName} with so many processors, Linux beside; by wall time, so on a host that does nothing else. "
            + $"Without it, {UsualParallelCpus}.",
        HelpName = "count",
        CustomParser = MachineArguments.ParseCount,
    };

    private readonly Option<bool> _report = new("--report")
    {
        Arity = ArgumentArity.Zero,
        Description = "Measure everything in every system, which takes an hour or so, and write docs/performance.md, docs/performance.html with plots, and "
            + "docs/performance.json. With names or --vs, only those.",
    };

    private readonly Option<bool> _rewrite = new("--rewrite") { Arity = ArgumentArity.Zero, Description = "Write the report anew from what was measured last." };

    private readonly Option<string[]> _linkages = new("--linkage")
    {
        Description = $"Run the micro set's program linked so: {Choices.List([.. MicroBenchmarks.Linkages])}, or several with commas between; "
            + $"{MicroBenchmarks.StaticLinkage} when nothing is said, all for --report.",
        HelpName = string.Join(',', MicroBenchmarks.Linkages),
        CustomParser = result => ParseWords(result, "--linkage", MicroBenchmarks.Linkages),
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int> _rounds = new("--rounds")
    {
        Description = $"How many turns each system has by the clock on the wall in {ProgramsName}; {UsualRounds} when nothing is said.",
        HelpName = "count",
        CustomParser = ParseRounds,
        DefaultValueFactory = _ => UsualRounds,
    };

    public BenchCommand() : base("bench", "Measures the kernel in guest instructions (deterministic), and what a run takes.")
    {
        Choices.Limit(_names,
        [
            .. s_figures, MicroName, StartupName, ProgramsName, ParallelName,
            .. MicroBenchmarks.Lines.Select(line => line.Name), .. DebianPrograms.Lines.Select(line => line.Name),
        ]);
        Arguments.Add(_names);
        Options.Add(_json);
        Options.Add(_compare);
        Options.Add(_versus);
        Options.Add(_report);
        Options.Add(_rewrite);
        Options.Add(_linkages);
        Options.Add(_rounds);
        Options.Add(_cpus);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate bench", "LevitateOS beside the reference figures of Linux"),
        ("./levitate bench getppid touch", "these two alone"),
        ("./levitate bench micro --vs linux,linux-mitigated,gvisor,host", "single calls, five systems side by side"),
        ("./levitate bench micro --linkage static,musl,glibc --vs linux", "the same program, linked in three ways"),
        ("./levitate bench startup --vs linux,gvisor,host", "how a run begins, phase by phase, and the memory it needs"),
        ("./levitate bench programs --vs linux,gvisor,host", "python3, sqlite3, gcc, git and others of Debian's"),
        ("./levitate bench micro --compare bench/baseline.json", "whether a line of the baseline has become slower"),
        ("./levitate bench --vs linux --json figures.json", "all of both, measured here"),
        ("./levitate bench --report", "everything in every system, into docs/performance.*"),
        ("./levitate bench --cpus 2", "two processes at once beside one alone"),
    ];

    private int Run(ParseResult parsed)
    {
        Workspace workspace = Workspace.Find();
        if (parsed.GetValue(_rewrite))
        {
            Tell(ReportFiles.Rewrite(workspace));
            return 0;
        }

        using StreamWriter? json = OpenFile(parsed.GetValue(_json));
        List<Figure>? old = parsed.GetValue(_compare) is { } file ? Figure.Read(file) : null;
        var progress = new Progress();
        ImageBuilder.Update(workspace, progress);
        bool writesReport = parsed.GetValue(_report);
        string[] others = parsed.GetValue(_versus) ?? [];
        var session = new BenchmarkSession(workspace, progress, writesReport && others.Length == 0 ? MeasuredSystem.Others : others);
        bool areTargetsReached = Measure(parsed, session, writesReport);
        json?.WriteLine(Figure.Write(session.Figures));
        if (writesReport)
        {
            Tell(ReportFiles.Write(workspace, session.Figures, session.Unable));
        }

        bool isGood = old is null || MicroReport.Compare(HostConsole.Output, session.Figures, old);
        return isGood && areTargetsReached ? 0 : 1;

        static void Tell(IEnumerable<string> files) => Console.WriteLine($"Written: {string.Join(", ", files)}.");
    }

    /// <summary>Measures and shows what was asked for.</summary>
    /// <returns>Whether all targets are reached.</returns>
    private bool Measure(ParseResult parsed, BenchmarkSession session, bool writesReport)
    {
        string[] names = parsed.GetValue(_names) ?? [];
        int cpus = parsed.GetValue(_cpus);
        if (names.Length == 0 && (cpus > 0 || writesReport))
        {
            names = writesReport ? [.. s_figures, MicroName, StartupName, ProgramsName] : [ParallelName];
        }

        bool isReached = names.Length > 0 && !names.Intersect(s_figures).Any() || session.MeasureTargets([.. names.Intersect(s_figures)]);
        if (names.Contains(ParallelName))
        {
            isReached &= session.MeasureParallel(cpus > 0 ? cpus : UsualParallelCpus);
        }

        string[] lines = [.. names.Intersect(MicroBenchmarks.Lines.Select(line => line.Name))];
        if (names.Length == 0 || lines.Length > 0 || names.Contains(MicroName))
        {
            string[] linkages = parsed.GetValue(_linkages)!;
            session.MeasureMicro(linkages.Length > 0 ? linkages : writesReport ? MicroBenchmarks.Linkages : [MicroBenchmarks.StaticLinkage], names.Contains(MicroName) ? [] : lines);
        }

        if (names.Contains(StartupName))
        {
            session.MeasureStartup();
        }

        string[] programs = [.. names.Intersect(DebianPrograms.Lines.Select(line => line.Name))];
        if (programs.Length > 0 || names.Contains(ProgramsName))
        {
            session.MeasurePrograms(names.Contains(ProgramsName) ? [] : programs, parsed.GetValue(_rounds));
        }

        return isReached;
    }

    private static string[] ParseWords(ArgumentResult result, string option, IReadOnlyList<string> known)
    {
        string[] words = [.. result.Tokens[0].Value.Split(',').Distinct()];
        if (words.FirstOrDefault(word => !known.Contains(word)) is { } unknown)
        {
            result.AddError($"{option} takes {Choices.List(known)}; '{unknown}' is none of them.");
        }

        return words;
    }

    private static int ParseRounds(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) && rounds is >= 1 and <= MaximumRounds)
        {
            return rounds;
        }

        result.AddError($"--rounds takes a number from 1 to {MaximumRounds}; '{text}' is none of them.");
        return 0;
    }

    // Before anything is measured: measuring takes minutes.
    private static StreamWriter? OpenFile(string? path)
    {
        try
        {
            return path is null ? null : new StreamWriter(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"--json: {failure.Message}", "Give a file that can be written, in a directory that is there.");
        }
    }
}
