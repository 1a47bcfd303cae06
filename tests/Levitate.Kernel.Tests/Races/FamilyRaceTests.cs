using System;
using System.Linq;
using System.Threading;
using Levitate.Kernel.FileSystems.Procfs;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Processes;
using Levitate.Kernel.Tests.Simulation;
using Levitate.Kernel.Text;
using Xunit;

namespace Levitate.Kernel.Tests.Races;

/// <summary>Forks, ends, waits and adoptions that meet, on host threads that chance holds up before each lock.</summary>
public sealed class FamilyRaceTests
{
    private const int Families = 3;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_child_is_waited_for_once_and_its_numbers_come_back(int seed)
    {
        var disturbance = new Disturbance(seed);
        using var kernel = new ProcessTestKernel(totalFrames: 16384, processors: 4);
        kernel.Machine.SimulatedFrames.Disturbance = disturbance;
        var life = new FamilyLife(disturbance);
        kernel.AnyClone = life.Member;
        for (int family = 0; family < Families; family++)
        {
            kernel.Start(life.Head);
        }

        ProcessTable table = kernel.Kernel.Processes;
        bool isOver = false;
        var hasLooked = new ManualResetEventSlim();
        Assert.True(kernel.Machine.TryStartThread("looks on", () =>
        {
            while (!Volatile.Read(ref isOver))
            {
                LookAtAll(table);
            }

            hasLooked.Set();
        }));
        kernel.Until(() => table.All.Count == 1, $"all processes end (seed {seed})");
        Volatile.Write(ref isOver, true);
        hasLooked.Wait();
        Assert.Equal(0, kernel.Kernel.ContainedExceptions);
        Assert.Empty(kernel.Init.Children);
        Assert.Equal(0, table.ThreadCount);
        Assert.Equal(kernel.Init.ProcessId, table.Init!.ProcessId);
        kernel.Machine.AssertNoThreadFailed();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_signal_to_a_group_misses_no_child_that_is_being_born(int seed)
    {
        var disturbance = new Disturbance(seed);
        using var kernel = new ProcessTestKernel(totalFrames: 16384, processors: 4);
        kernel.Machine.SimulatedFrames.Disturbance = disturbance;
        var life = new FamilyLife(disturbance);
        kernel.AnyClone = life.Immortal;
        int group = kernel.Start(life.Immortal).ThreadId;
        ProcessTable table = kernel.Kernel.Processes;
        int enough = 2 + seed;
        kernel.Until(() => table.TotalForks > enough, $"the family grows (seed {seed})");
        Assert.NotEqual(0, table.SignalGroup(group, SignalNumber.SIGKILL));
        kernel.Until(() => table.All.Count == 1, $"all of the group end (seed {seed})");
        Assert.Equal(0, kernel.Kernel.ContainedExceptions);
        Assert.Equal(0, table.ThreadCount);
    }

    private static void LookAtAll(ProcessTable table)
    {
        foreach (Process process in table.All)
        {
            var text = new ProcText();
            var files = new ProcessStatusFiles(process, null, isThread: false);
            _ = files.WriteStat(text, null);
            _ = table.Find(process.ProcessId);
            _ = table.IsOrphanedGroup(process.ProcessGroupId);
        }

        Thread.Yield();
    }
}
