using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What the kernel tells of a run's course, which `./levitate bench` reads.</summary>
public sealed partial class MilestoneTests
{
    [MachineFact]
    public void The_log_tells_the_milestones_of_a_run_in_their_order()
    {
        Execution result = VirtualMachine.Exec(["-v", "--", "/bin/bench_start"]);
        Assert.True(result.Status == 0, result.ToString());
        MatchCollection milestones = Milestone().Matches(result.ErrorText.ReplaceLineEndings("\n"));
        Assert.Equal(
            ["floor entered", "runtime begins", "managed code entered", "kernel entered", "root mounted", "first user instruction", "program ended"],
            milestones.Select(match => match.Groups[1].Value));
        long[] times = [.. milestones.Select(match => Number(match.Groups[2].Value))];
        Assert.Equal(times.Order(), times);
        long main = Number(result.OutputText["main ".Length..].Trim()) / 1000;
        Assert.InRange(main, times[5], times[6]);
    }

    [MachineFact]
    public void Each_of_the_collectors_last_stops_is_told_and_their_sum_is_the_counters()
    {
        const string Script = "i=0; while [ $i -lt 300 ]; do (:); i=$((i + 1)); done; cat /proc/levitate_stops; cat /proc/levitate";
        Execution result = VirtualMachine.Exec(["--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        var stops = new List<long>();
        var counters = new Dictionary<string, long>();
        foreach (string[] words in result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')))
        {
            if (long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                stops.Add(Number(words[1]));
                Assert.Equal(stops.Count, number);
            }
            else
            {
                counters[words[0]] = Number(words[1]);
            }
        }

        // One may have come between the two readings.
        Assert.InRange(counters["world_stops"], Math.Max(1, stops.Count), stops.Count + 1);
        Assert.InRange(stops.Sum(), 1, counters["world_stops_nanoseconds"]);
        Assert.InRange(stops.Max(), 1, counters["longest_world_stop_nanoseconds"]);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\[BOOT\] (.+) at ([0-9]+) us, idle [0-9]+ us$", RegexOptions.Multiline)]
    private static partial Regex Milestone();
}
