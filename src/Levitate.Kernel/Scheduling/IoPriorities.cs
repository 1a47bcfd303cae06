using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>A thread's priority at disks: a class in the bits from 13 on, a level in the lowest three, hints between. Shared by threads that were made with CLONE_IO.</summary>
internal sealed class IoPriority(ushort value)
{
    /// <summary>The classes.</summary>
    internal const int None = 0, RealTime = 1, BestEffort = 2, Idle = 3;

    private const int ClassShift = 13, ClassMask = 7, LevelMask = 7, NiceValuesPerLevel = 5;

    private int _value = value;

    /// <summary>Class, hints and level.</summary>
    public ushort Value
    {
        get => (ushort)Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }

    /// <summary>The class of a priority, 0 to 7.</summary>
    public static int ClassOf(uint priority) => (int)(priority >> ClassShift) & ClassMask;

    /// <summary>The level of a priority, 0 (best) to 7.</summary>
    public static int LevelOf(uint priority) => (int)priority & LevelMask;

    /// <summary>The priority of a class that follows from a nice value.</summary>
    public static ushort Of(int kind, int nice) => (ushort)((kind << ClassShift) | ((nice + 20) / NiceValuesPerLevel));

    /// <summary>What counts for a thread: what was set, or what follows from its nice value and policy.</summary>
    /// <remarks>Linux: ioprio_set(2), "If an I/O scheduling class has not been set".</remarks>
    public static ushort Effective(UserThread thread)
    {
        ushort given = thread.IoPriority?.Value ?? 0;
        SchedulingTerms terms = thread.Scheduling;
        int kind = terms.Policy == SchedulingPolicy.SCHED_IDLE ? Idle : terms.IsRealTime ? RealTime : BestEffort;
        return ClassOf(given) != None ? given : Of(kind, thread.Nice);
    }
}

/// <summary>The priorities of threads at disks.</summary>
internal static class IoPrioritySyscalls
{
    private const int IOPRIO_WHO_PROCESS = 1, IOPRIO_WHO_USER = 3;

    /// <summary>A thread's I/O priority, or the best in a group or of a user. There is no disk, so it is kept and of no effect.</summary>
    /// <returns>The priority; EINVAL for an unknown kind of target; ESRCH.</returns>
    /// <remarks>Linux: ioprio_get(2).</remarks>
    [Syscall(252, Name = "ioprio_get")]
    internal static SyscallResult IoprioGet(UserThread caller, int which, int who)
    {
        if (which is < IOPRIO_WHO_PROCESS or > IOPRIO_WHO_USER)
        {
            return Errno.EINVAL;
        }

        int best = -1;
        foreach ((Process process, UserThread? thread) in SchedulerSyscalls.Targets(caller, (PriorityTarget)(which - 1), (uint)who))
        {
            if (process == caller.Kernel.Processes.Init && which != IOPRIO_WHO_PROCESS)
            {
                // It has no thread, and never had one.
                continue;
            }

            // Of one thread what was set is told, of several what counts. One that has ended has only its nice value left.
            int priority = which == IOPRIO_WHO_PROCESS ? thread?.IoPriority?.Value ?? 0
                : thread is null ? IoPriority.Of(IoPriority.BestEffort, process.LeaderNice)
                : IoPriority.Effective(thread);
            best = best < 0 ? priority : Math.Min(best, priority);
        }

        return best < 0 ? Errno.ESRCH : best;
    }

    /// <summary>Sets the I/O priority of a thread, or of all of a group or user. There is no disk, so it is kept and of no effect.</summary>
    /// <returns>EINVAL for an unknown class or kind of target, and a level of no class; EPERM for another user's thread without CAP_SYS_NICE, and for the real-time class without that or CAP_SYS_ADMIN; ESRCH.</returns>
    /// <remarks>Linux: ioprio_set(2). The first thread that it fails for ends it. User 0 is root, not the caller.</remarks>
    [Syscall(251, Name = "ioprio_set")]
    internal static SyscallResult IoprioSet(UserThread caller, int which, int who, uint priority)
    {
        Errno error = Check(caller, priority);
        if (error != Errno.None)
        {
            return error;
        }

        if (which is < IOPRIO_WHO_PROCESS or > IOPRIO_WHO_USER)
        {
            return Errno.EINVAL;
        }

        error = Errno.ESRCH;
        foreach ((Process process, UserThread? thread) in SchedulerSyscalls.Targets(caller, (PriorityTarget)(which - 1), (uint)who))
        {
            Credentials mine = caller.Credentials;
            uint owner = (thread?.Credentials ?? process.Credentials).RealUserId;
            if (owner != mine.EffectiveUserId && owner != mine.RealUserId && !mine.Has(Capability.CAP_SYS_NICE))
            {
                return Errno.EPERM;
            }

            if (process == caller.Kernel.Processes.Init && which != IOPRIO_WHO_PROCESS)
            {
                continue;
            }

            if (thread is null)
            {
                return Errno.ESRCH;
            }

            thread.SetIoPriority((ushort)priority);
            error = Errno.None;
        }

        return error;
    }

    private static Errno Check(UserThread caller, uint priority) => IoPriority.ClassOf(priority) switch
    {
        IoPriority.RealTime => caller.Credentials.Has(Capability.CAP_SYS_NICE) || caller.Credentials.Has(Capability.CAP_SYS_ADMIN) ? Errno.None : Errno.EPERM,
        IoPriority.BestEffort or IoPriority.Idle => Errno.None,
        IoPriority.None when IoPriority.LevelOf(priority) == 0 => Errno.None,
        _ => Errno.EINVAL,
    };
}
