using System;
using System.Collections.Generic;
using System.Linq;
using Levitate.Cli.Benchmarks;
using Levitate.Cli.Benchmarks.Micro;
using Levitate.Cli.Benchmarks.Programs;
using Levitate.Cli.Benchmarks.Report;
using Levitate.Cli.Benchmarks.Startup;
using Xunit;

namespace Levitate.Cli.Tests;

/// <summary>What the benchmarks read, and what they make of it.</summary>
public sealed class BenchmarkParsingTests
{
    private const string Log = """
        something else
        [BOOT] floor entered at 100 us, idle 0 us
        [BOOT] runtime begins at 150 us, idle 0 us
        [BOOT] managed code entered at 400 us, idle 10 us
        [BOOT] kernel entered at 500 us, idle 60 us
        [BOOT] root mounted at 700 us, idle 60 us
        [EXEC] Dynamic binary, interpreter: /lib/ld-musl-x86_64.so.1
        [BOOT] first user instruction at 800 us, idle 70 us
        [BOOT] program ended at 1100 us, idle 70 us

        """;

    [Fact]
    public void Milestones_are_found_in_the_kernels_log()
    {
        List<Milestone> milestones = Milestone.Read(Log);
        Assert.Equal(7, milestones.Count);
        Assert.Equal(new Milestone(Milestone.RootMounted, 700, 60), milestones[4]);
        Assert.Equal(640, milestones[4].BusyMicroseconds);
    }

    [Fact]
    public void Phases_in_seconds_add_up_to_the_whole_run()
    {
        double[] phases = StartupPhases.InSeconds(Milestone.Read(Log), mainNanoseconds: 900_000, powerOnSeconds: 0.05, totalSeconds: 0.0525);
        Assert.Equal(StartupPhases.All.Count, phases.Length);
        Assert.Equal(0.0525, phases.Sum(), 9);
        Assert.Equal([50_000, 150, 250, 300, 100, 100, 200, 1400], phases.Select(seconds => Math.Round(seconds * 1e6)));
    }

    [Fact]
    public void Phases_in_instructions_leave_out_what_was_idle_and_the_firmware() =>
        Assert.Equal([50_000, 240_000, 250_000, 90_000, 100_000, 200_000], StartupPhases.InInstructions(Milestone.Read(Log), mainNanoseconds: 900_000));

    [Fact]
    public void A_log_that_lacks_a_milestone_is_told() =>
        Assert.Contains("root mounted", Assert.Throws<ToolException>(() => StartupPhases.InInstructions(Milestone.Read(Log.Replace("root mounted", "something", StringComparison.Ordinal)), 1)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    [InlineData(64)]
    public void The_least_memory_is_found_to_the_step(int steps)
    {
        long least = steps * LeastMemory.Step;
        int probes = 0;
        Assert.Equal(least, LeastMemory.Find(0, 64 * LeastMemory.Step, memory =>
        {
            probes++;
            return memory >= least;
        }));
        Assert.InRange(probes, 1, 8);
    }

    [Fact]
    public void There_is_no_least_memory_where_nothing_is_enough() => Assert.Null(LeastMemory.Find(0, 64 * LeastMemory.Step, _ => false));

    [Fact]
    public void Pauses_are_read_and_survive_as_figures()
    {
        List<Pauses> pauses = Pauses.Read("null 120.00\nfork-exit 5000.00\npauses fork-exit 2 3000 2000\r\npauses thread x 1 1\n");
        Assert.Equal([new Pauses("fork-exit", 2, 3000, 2000)], pauses);
        Figure[] figures = [new Figure("null", "levitate", "instructions", 120, 0), .. pauses[0].ToFigures()];
        Assert.Equal(pauses, Pauses.Of(figures));
        Assert.Equal([false, true, true, true], figures.Select(Pauses.AreIn));
    }

    [Fact]
    public void The_reason_why_a_program_does_not_run_is_read()
    {
        const string Output = "gcc 12000\nunable git it ended with status 128: fatal: no such thing\n";
        Assert.Equal("it ended with status 128: fatal: no such thing", ProgramsRun.ReadReason("git", Output));
        Assert.Null(ProgramsRun.ReadReason("gcc", Output));
    }

    [Fact]
    public void Systems_are_measured_in_turns_and_one_that_fails_is_left_out_and_noted()
    {
        var order = new List<string>();
        var unable = new List<Inability>();
        Dictionary<string, List<int>> values = Samples.Interleave<int>(
        [
            ("a", () => Take("a", 1)),
            ("b", () => throw new ToolException("it is not there")),
            ("c", () => Take("c", 2)),
        ], rounds: 2, "something", unable);
        Assert.Equal(["a", "c", "a", "c"], order);
        Assert.Equal(["a", "c"], values.Keys);
        Assert.Equal([new Inability("b", "something", "it is not there")], unable);

        int Take(string name, int value)
        {
            order.Add(name);
            return value;
        }
    }

    [Fact]
    public void A_figure_is_the_median_and_tells_how_far_the_extremes_lie_apart()
    {
        Assert.Equal(new Figure("x", "linux", "seconds", 2, 1), Samples.Summarize("x", "linux", "seconds", [1, 3, 2]));
        Assert.Equal(2.5, Samples.Median([4, 1, 2, 3]));
    }

    [Fact]
    public void Obstacles_are_read_by_the_name_of_their_target()
    {
        Dictionary<string, string> texts = Obstacles.Parse(["# Title", "ignored", "", "## pauses", "One line", "and another.", "", "## exec", "Text."]);
        Assert.Equal("One line and another.", texts["pauses"]);
        Assert.Equal("Text.", texts["exec"]);
        Assert.Equal(2, texts.Count);
    }

    [Fact]
    public void Ratios_are_of_lines_that_both_systems_have()
    {
        MicroRatios ratios = MicroRatios.Of(
        [
            new Figure("null", "levitate", "instructions", 50, 0), new Figure("null", "linux", "instructions", 100, 0),
            new Figure("stat", "levitate", "instructions", 400, 0), new Figure("stat", "linux", "instructions", 200, 0),
            new Figure("read", "levitate", "instructions", 1, 0), new Figure("read", "host", "seconds", 1, 0),
            new Figure("read/glibc", "linux", "instructions", 1, 0),
        ], MicroBenchmarks.StaticLinkage);
        Assert.Equal([("null", 0.5), ("stat", 2.0)], ratios.Lines);
        Assert.Equal(1, ratios.Mean, 9);
        Assert.Equal([("stat", 2.0)], ratios.Slower);
    }

    [Theory]
    [InlineData(0.0000001, "seconds", "100 ns")]
    [InlineData(0.0123, "seconds", "12.3 ms")]
    [InlineData(12.345, "seconds", "12.35 s")]
    [InlineData(1234, "instructions", "1,234")]
    [InlineData(12_345_678, "instructions", "12.3 M")]
    [InlineData(3_450_000_000, "instructions", "3.45 G")]
    [InlineData(3 << 20, "bytes", "3 MiB")]
    [InlineData(0.5, "times", "0.500")]
    public void Values_have_a_unit_that_people_can_read(double value, string clock, string text) => Assert.Equal(text, FigureTable.Format(value, clock));
}
