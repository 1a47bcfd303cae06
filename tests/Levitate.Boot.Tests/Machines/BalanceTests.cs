using System;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What a program took is there again when it has ended.</summary>
public sealed class BalanceTests
{
    private const int Rounds = 300;

    /// <summary>What the collector's heap may grow by in a round of processes: less than a frame for each of them.</summary>
    private const long ToleratedFrames = Rounds / 2;

    [MachineFact]
    public void Frames_are_free_again_after_hundreds_of_processes()
    {
        string script = $$"""
            round() { i=0; while [ $i -lt {{Rounds}} ]; do /bin/hello_dynamic > /dev/null; i=$((i + 1)); done; grep frames_free /proc/levitate; }
            round; round; round
            """;
        Execution result = VirtualMachine.Exec(["--", "/bin/sh", "-c", script]);
        Assert.True(result.Status == 0, result.ToString());
        long[] free = [.. Regex.Matches(result.OutputText, @"frames_free (\d+)").Select(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(3, free.Length);
        Assert.True(free[2] > free[1] - ToleratedFrames, result.ToString());
    }

    [MachineFact]
    public void A_program_that_takes_all_memory_ends_alone_and_all_of_it_comes_back()
    {
        const string Script = "eat_memory map; echo $?; eat_memory touch 100; eat_memory map; echo $?; hello_dynamic";
        Execution result = VirtualMachine.Exec(["--memory", "160M", "--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        Assert.Equal(["137", "touched 100 MB", "137", "Hello, world! I am hello_dynamic: musl, dynamic."], result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
