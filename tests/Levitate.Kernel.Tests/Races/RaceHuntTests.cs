using System.Linq;
using Levitate.Kernel.Tests.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Races;

/// <summary>
/// Processes and threads that do what chance has them do to each other, on host threads that chance holds up: no call may
/// throw, hang or leak. A seed that fails is in the test's name. Those in turns take the same course each time
/// (<see cref="SeededSchedule"/>); the others have the races of real processors.
/// </summary>
public sealed class RaceHuntTests
{
    private const int Families = 3;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    /// <summary>Fewer: to hand a turn over takes longer than the calls between.</summary>
    public static TheoryData<int> SeedsOfTurns => [.. Enumerable.Range(1, 5)];

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

    [Theory]
    [MemberData(nameof(SeedsOfTurns))]
    public void Random_calls_in_turns_neither_throw_nor_hang_nor_leak(int seed) => _ = CourseOf(seed);

    [Fact]
    public void A_seed_takes_the_same_course_each_time() => Assert.Equal(CourseOf(4711), CourseOf(4711));

    [Fact]
    public void Another_seed_takes_another_course() => Assert.NotEqual(CourseOf(4711).Course, CourseOf(4712).Course);

    private static (ulong Course, long Steps) CourseOf(int seed)
    {
        var schedule = new SeededSchedule(seed);
        using var kernel = new ProcessTestKernel(totalFrames: 16384, processors: 4, schedule: schedule);
        var life = new RandomLife(schedule);
        kernel.AnyClone = life.Member;
        for (int family = 0; family < Families; family++)
        {
            kernel.Start(life.Head);
        }

        schedule.Begin(kernel.Machine.SimulatedClock);
        kernel.Until(() => schedule.IsStuck, $"all end or sleep (seed {seed})");
        Assert.True(kernel.Kernel.Processes.All.All(process => process == kernel.Init || process.IsZombie), $"some sleep for ever (seed {seed})");
        Assert.Equal(0, kernel.Kernel.ContainedExceptions);
        kernel.Machine.AssertNoThreadFailed();
        return (schedule.Course, schedule.Steps);
    }
}
