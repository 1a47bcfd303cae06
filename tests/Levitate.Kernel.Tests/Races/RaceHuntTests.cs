using System.Linq;
using Levitate.Kernel.Tests.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Races;

/// <summary>
/// Processes and threads that do what chance has them do to each other, on host threads that chance holds up: no call may
/// throw, hang or leak. A seed that fails is in the test's name.
/// </summary>
public sealed class RaceHuntTests
{
    private const int Families = 3;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_calls_of_many_threads_neither_throw_nor_hang_nor_leak(int seed)
    {
        var disturbance = new Disturbance(seed);
        using var kernel = new ProcessTestKernel(totalFrames: 16384, processors: 4);
        kernel.Machine.SimulatedFrames.Disturbance = disturbance;
        var life = new RandomLife(disturbance);
        kernel.AnyClone = life.Member;
        for (int family = 0; family < Families; family++)
        {
            kernel.Start(life.Head);
        }

        kernel.Until(() => kernel.Kernel.Processes.All.All(process => process == kernel.Init || process.IsZombie), $"all processes end (seed {seed})");
        Assert.Equal(0, kernel.Kernel.ContainedExceptions);
        kernel.Machine.AssertNoThreadFailed();
    }
}
