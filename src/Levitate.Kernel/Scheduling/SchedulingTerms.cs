using System;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>Scheduling policies.</summary>
/// <remarks>Linux: sched(7).</remarks>
internal enum SchedulingPolicy
{
    SCHED_OTHER = 0,
    SCHED_FIFO = 1,
    SCHED_RR = 2,
    SCHED_BATCH = 3,
    SCHED_IDLE = 5,
    SCHED_DEADLINE = 6,
}

/// <summary>How a thread is scheduled, but for its process's nice value.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Priority">1 to 99 for SCHED_FIFO and SCHED_RR, else 0.</param>
/// <param name="ResetsOnFork">Whether what it creates begins with SCHED_OTHER (SCHED_RESET_ON_FORK).</param>
internal readonly record struct SchedulingTerms(SchedulingPolicy Policy, int Priority, bool ResetsOnFork)
{
    /// <summary>The lowest and the highest priority of the policies that have some.</summary>
    internal const int LowestPriority = 1, HighestPriority = 99;

    /// <summary>RR_TIMESLICE.</summary>
    private const long RoundRobinNanoseconds = 100_000_000;

    /// <summary>The slice of SCHED_IDLE, in thousandths of the usual one: less than that of any nice value.</summary>
    private const int IdlePerMille = 10;

    /// <summary>Whether the policy has priorities.</summary>
    internal bool IsRealTime => Policy is SchedulingPolicy.SCHED_FIFO or SchedulingPolicy.SCHED_RR;

    /// <summary>Whether a thread can be scheduled so: the policy is there, and the priority one of its own.</summary>
    internal bool IsValid =>
        Policy is SchedulingPolicy.SCHED_OTHER or SchedulingPolicy.SCHED_BATCH or SchedulingPolicy.SCHED_IDLE ? Priority == 0
        : IsRealTime && Priority is >= LowestPriority and <= HighestPriority;

    /// <summary>What a thread has that is created by one with these.</summary>
    internal SchedulingTerms Inherited => !ResetsOnFork ? this : IsRealTime ? default : this with { ResetsOnFork = false };

    /// <summary>How long a thread runs while others wait that are as urgent, in nanoseconds.</summary>
    internal long SliceNanoseconds(IMachine machine, int nice) => Policy switch
    {
        SchedulingPolicy.SCHED_FIFO => ThreadTerms.NoSlice,
        SchedulingPolicy.SCHED_RR => RoundRobinNanoseconds,
        SchedulingPolicy.SCHED_IDLE => machine.UsualSliceNanoseconds * IdlePerMille / 1000,
        _ => machine.UsualSliceNanoseconds * UserThread.SlicePerMille(nice) / 1000,
    };

    /// <summary>All in one word, which is read and written at once.</summary>
    internal int ToWord() => (int)Policy | (Priority << 8) | (ResetsOnFork ? 1 << 16 : 0);

    /// <summary>Out of such a word.</summary>
    internal static SchedulingTerms FromWord(int word) => new((SchedulingPolicy)(word & 0xff), (word >> 8) & 0xff, (word & (1 << 16)) != 0);
}
