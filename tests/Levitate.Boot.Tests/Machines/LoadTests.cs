using System.Globalization;
using System.Linq;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What the scheduler says of itself.</summary>
public sealed class LoadTests
{
    [MachineFact]
    public void The_load_averages_rise_while_a_program_computes()
    {
        const string Script = "cat /proc/loadavg; while read one rest < /proc/loadavg; [ $one = 0.00 ]; do :; done; cat /proc/loadavg";
        Execution result = VirtualMachine.Exec(["--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        string[] words = result.OutputText.Split([' ', '\n']);
        Assert.Equal("0.00", words[0]);

        // One thread over the first of the samples, every 5 seconds, is 0.08 of the minute.
        Assert.InRange(double.Parse(words[5], CultureInfo.InvariantCulture), 0.07, 0.5);
    }

    [MachineFact]
    public void Schedstat_counts_what_each_processor_ran()
    {
        const string Script = "cat /proc/schedstat; schedstat > /tmp/checks || cat /tmp/checks; cat /proc/schedstat";
        Execution result = VirtualMachine.Exec(["--cpus", "2", "--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        string[] lines = result.OutputText.Split('\n');
        Assert.Equal((9, "version 15", "version 15"), (lines.Length, lines[0], lines[4]));
        long[] before = Sum(lines[2..4]), after = Sum(lines[6..8]);
        Assert.All(before.Zip(after), pair => Assert.True(pair.First <= pair.Second, result.ToString()));

        // The program computes for a while, waits for a processor that another has, and gets one at least ten times.
        const int Picks = 2, WakeUps = 4, Run = 6, Wait = 7, Slices = 8;
        Assert.True(after[Run] - before[Run] >= 50_000_000, result.ToString());
        Assert.True(after[Wait] - before[Wait] >= 20_000_000, result.ToString());
        Assert.True(after[Slices] - before[Slices] >= 10 && after[WakeUps] > before[WakeUps], result.ToString());
        Assert.True(after[Picks] >= after[Slices], result.ToString());
    }

    /// <summary>The fields of the lines of all CPUs, added up.</summary>
    private static long[] Sum(string[] lines)
    {
        long[] sum = new long[9];
        foreach (string line in lines)
        {
            Assert.StartsWith("cpu", line, System.StringComparison.Ordinal);
            string[] words = line.Split(' ');
            Assert.Equal(sum.Length, words.Length - 1);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += long.Parse(words[i + 1], CultureInfo.InvariantCulture);
            }
        }

        return sum;
    }
}
