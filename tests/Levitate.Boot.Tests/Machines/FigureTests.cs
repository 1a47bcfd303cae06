using System;
using System.IO;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>Figures that hold always. What depends on the host's speed is in `./levitate bench`.</summary>
public sealed class FigureTests
{
    private const long MaximumKernelBytes = 4 << 20;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    [MachineFact]
    public void The_kernel_image_is_at_most_4_MB()
    {
        Repository.EnsureBuilt();
        Assert.InRange(new FileInfo(Repository.Kernel).Length, 1, MaximumKernelBytes);
    }

    [MachineFact]
    public void The_chosen_dozen_of_the_micro_set_take_no_more_instructions_than_the_baseline_has_and_a_twentieth()
    {
        string[] lines =
        [
            "null", "read", "write", "stat", "open-close", "signal-deliver", "page-fault", "file-fault", "copy-fault", "reread-64k", "pipe-latency", "futex",
        ];
        Repository.EnsureBuilt();
        Execution result = HostCommand.Run([Repository.Launcher, "bench", .. lines, "--compare", Path.Combine(Repository.Root, "bench", "baseline.json")], input: null, s_limit);
        Assert.True(result.Status == 0, result.ToString());
    }

    [MachineFact]
    public void The_counts_of_instructions_reach_their_targets()
    {
        Repository.EnsureBuilt();
        Execution result = HostCommand.Run([Repository.Launcher, "bench", "getppid", "touch", "boot", "pipe", "pingpong", "fork", "exec"], input: null, s_limit);
        Assert.True(result.Status == 0, result.ToString());
    }
}
