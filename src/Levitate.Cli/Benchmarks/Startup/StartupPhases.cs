using System;
using System.Collections.Generic;
using System.Linq;

namespace Levitate.Cli.Benchmarks.Startup;

/// <summary>Where the time of a run goes, from QEMU's start to the news of the program's end.</summary>
internal static class StartupPhases
{
    private const double MicrosecondsInSecond = 1e6;
    private const double InstructionsInMicrosecond = 1e3;

    /// <summary>The phases in their order, and what each is.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> All { get; } =
    [
        ("qemu", "QEMU starts, until the machine has power"),
        ("boot", "firmware, loading of the kernel, and the floor below the runtime (instructions: the floor's alone)"),
        ("runtime", "the .NET runtime starts"),
        ("kernel", "devices, root file system"),
        ("exec", "the program is looked for and mapped, until its first instruction"),
        ("link", "the dynamic linker works, until main()"),
        ("program", "main() to exit"),
        ("end", "what was written is taken, and the host learns of the end"),
    ];

    /// <summary>Phases in seconds.</summary>
    /// <param name="milestones">The kernel's.</param>
    /// <param name="mainNanoseconds">When main() began, of the guest's clock.</param>
    /// <param name="powerOnSeconds">From QEMU's start until the guest's clock began.</param>
    /// <param name="totalSeconds">From QEMU's start until the end was known.</param>
    public static double[] InSeconds(IReadOnlyList<Milestone> milestones, double mainNanoseconds, double powerOnSeconds, double totalSeconds)
    {
        double[] ends = [.. Ends(milestones, milestone => milestone.Microseconds, mainNanoseconds / 1000).Select(end => powerOnSeconds + (end / MicrosecondsInSecond))];
        return Differences([powerOnSeconds, .. ends, totalSeconds]);
    }

    /// <summary>
    /// Phases in instructions: those of the guest, so without the first and the last. They are counted from where the kernel got
    /// the machine: until the processor starts, QEMU's clock goes by the host's, so what it shows by then is no count.
    /// </summary>
    public static double[] InInstructions(IReadOnlyList<Milestone> milestones, double mainNanoseconds)
    {
        double idle = Find(milestones, Milestone.FirstUserInstruction).IdleMicroseconds;
        double[] ends = Ends(milestones, milestone => milestone.BusyMicroseconds, (mainNanoseconds / 1000) - idle);
        double entered = Find(milestones, Milestone.FloorEntered).BusyMicroseconds;
        return Differences([.. ends.Select(end => (end - entered) * InstructionsInMicrosecond)]);
    }

    private static double[] Ends(IReadOnlyList<Milestone> milestones, Func<Milestone, double> time, double main)
    {
        double At(string what) => time(Find(milestones, what));
        return
        [
            At(Milestone.RuntimeBegins), At(Milestone.ManagedCodeEntered), At(Milestone.RootMounted), At(Milestone.FirstUserInstruction), main,
            At(Milestone.ProgramEnded),
        ];
    }

    private static double[] Differences(double[] ends) => [.. ends.Select((end, at) => Math.Max(0, end - (at == 0 ? 0 : ends[at - 1])))];

    private static Milestone Find(IReadOnlyList<Milestone> milestones, string what) => milestones.FirstOrDefault(milestone => milestone.What == what)
        ?? throw new ToolException($"The kernel's log does not tell when: {what}.", "See ./levitate vm exec -v /bin/bench_start.");
}
