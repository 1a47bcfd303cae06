using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>Whose priority.</summary>
internal enum PriorityTarget
{
    PRIO_PROCESS = 0,
    PRIO_PGRP = 1,
    PRIO_USER = 2,
}

/// <summary>Who runs where, and how nice threads are.</summary>
internal static class SchedulerSyscalls
{
    /// <summary>Lets others run that are as urgent.</summary>
    /// <remarks>Linux: sched_yield(2).</remarks>
    [Syscall(24, Name = "sched_yield")]
    internal static SyscallResult SchedYield(UserThread caller)
    {
        caller.Process.Machine.Yield();
        return SyscallResult.Success;
    }

    /// <summary>Stores on which CPUs a thread may run.</summary>
    /// <returns>The bytes stored; EINVAL where the mask has no room for all CPUs or its size is no multiple of 8; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_getaffinity(2).</remarks>
    [Syscall(204, Name = "sched_getaffinity")]
    internal static SyscallResult SchedGetAffinity(UserThread caller, int threadId, uint size, UserAddress mask)
    {
        const int Bytes = sizeof(ulong);
        if (size < Bytes || size % Bytes != 0)
        {
            return Errno.EINVAL;
        }

        if (Find(caller, threadId) is not { } thread)
        {
            return Errno.ESRCH;
        }

        Errno error = caller.Memory.Write(mask, thread.AllowedProcessors & AllProcessors(caller));
        return error != Errno.None ? error : Bytes;
    }

    /// <summary>Says on which CPUs a thread may run; it goes there at once, or as soon as it is no longer blocked.</summary>
    /// <returns>EINVAL for a mask without any CPU that is there; ESRCH; EPERM for another user's thread; EFAULT.</returns>
    /// <remarks>Linux: sched_setaffinity(2).</remarks>
    [Syscall(203, Name = "sched_setaffinity")]
    internal static SyscallResult SchedSetAffinity(UserThread caller, int threadId, uint size, UserAddress mask)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        Errno error = caller.Memory.Read(mask, bytes[..(int)Math.Min(size, (uint)bytes.Length)]);
        if (error != Errno.None)
        {
            return error;
        }

        if (Find(caller, threadId) is not { } thread)
        {
            return Errno.ESRCH;
        }

        if (!MaySchedule(caller, thread.Credentials))
        {
            return Errno.EPERM;
        }

        ulong processors = BitConverter.ToUInt64(bytes) & AllProcessors(caller);
        if (processors == 0)
        {
            return Errno.EINVAL;
        }

        thread.SetAllowedProcessors(processors);
        return SyscallResult.Success;
    }

    /// <summary>The nice value, as 20 less it: the best among the threads named.</summary>
    /// <returns>EINVAL for an unknown kind of target; ESRCH.</returns>
    /// <remarks>Linux: getpriority(2).</remarks>
    [Syscall(140)]
    internal static SyscallResult GetPriority(UserThread caller, PriorityTarget which, uint who)
    {
        if ((uint)which > (uint)PriorityTarget.PRIO_USER)
        {
            return Errno.EINVAL;
        }

        int best = -1;
        foreach ((Process process, UserThread? thread) in Targets(caller, which, Whose(caller, which, who)))
        {
            best = Math.Max(best, 20 - (thread?.Nice ?? process.LeaderNice));
        }

        return best < 0 ? Errno.ESRCH : best;
    }

    /// <summary>Sets the nice value of a thread, or of all of a group or user: each step makes the share of a CPU that others want a quarter larger or smaller.</summary>
    /// <returns>EINVAL for an unknown kind of target; ESRCH; EPERM for another user's thread; EACCES for a better value than RLIMIT_NICE allows.</returns>
    /// <remarks>Linux: setpriority(2), "C library/kernel differences".</remarks>
    [Syscall(141)]
    internal static SyscallResult SetPriority(UserThread caller, PriorityTarget which, uint who, int priority)
    {
        if ((uint)which > (uint)PriorityTarget.PRIO_USER)
        {
            return Errno.EINVAL;
        }

        int nice = Math.Clamp(priority, -20, 19);
        Errno error = Errno.ESRCH;
        foreach ((Process process, UserThread? thread) in Targets(caller, which, Whose(caller, which, who)))
        {
            Errno set = SetNice(caller, process, thread, nice);
            error = error == Errno.ESRCH || set != Errno.None ? set : error;
        }

        return error;
    }

    /// <summary>Stores the number of a CPU that the thread may be on, and its NUMA node (0).</summary>
    /// <returns>EFAULT.</returns>
    /// <remarks>Linux: getcpu(2).</remarks>
    [Syscall(309)]
    internal static SyscallResult GetCpu(UserThread caller, UserAddress processor, UserAddress node)
    {
        uint number = (uint)caller.Process.Machine.CurrentProcessor;
        Errno error = processor.IsNull ? Errno.None : caller.Memory.Write(processor, number);
        return error != Errno.None || node.IsNull ? error : caller.Memory.Write(node, 0u);
    }

    /// <summary>Sets a thread's nice value; EPERM, EACCES.</summary>
    internal static Errno SetNice(UserThread caller, UserThread thread, int nice) => SetNice(caller, thread.Process, thread, nice);

    /// <summary>Whether the caller may give a thread of a process another nice value: a better one by RLIMIT_NICE or CAP_SYS_NICE.</summary>
    internal static bool MayBeNice(UserThread caller, Process process, int now, int nice) =>
        nice >= now || (ulong)(20 - nice) <= process.Limits[ResourceLimitKind.RLIMIT_NICE].Soft || caller.Credentials.Has(Capability.CAP_SYS_NICE);

    /// <summary>Whether the caller may say how a thread with that identity runs: its own user's, or any with CAP_SYS_NICE.</summary>
    internal static bool MaySchedule(UserThread caller, Credentials target)
    {
        uint user = caller.Credentials.EffectiveUserId;
        return target.RealUserId == user || target.EffectiveUserId == user || caller.Credentials.Has(Capability.CAP_SYS_NICE);
    }

    /// <summary>Sets the nice value of a thread, or of a leader that has ended (null).</summary>
    private static Errno SetNice(UserThread caller, Process process, UserThread? thread, int nice)
    {
        if (!MaySchedule(caller, thread?.Credentials ?? process.Credentials))
        {
            return Errno.EPERM;
        }

        if (!MayBeNice(caller, process, thread?.Nice ?? process.LeaderNice, nice))
        {
            return Errno.EACCES;
        }

        if (thread is null)
        {
            process.LeaderNice = nice;
        }
        else
        {
            thread.SetNice(nice);
        }

        return Errno.None;
    }

    /// <summary>The threads that are meant, 0 being the caller or the caller's group, but root as a user; a leader that has ended, as it has in a zombie, and init, which has no thread, as null.</summary>
    internal static List<(Process Process, UserThread? Thread)> Targets(UserThread caller, PriorityTarget which, uint who)
    {
        var targets = new List<(Process, UserThread?)>();
        if (which == PriorityTarget.PRIO_PROCESS)
        {
            if (who > int.MaxValue)
            {
                return targets;
            }

            if (Find(caller, (int)who) is { } thread)
            {
                targets.Add((thread.Process, thread));
            }
            else if (caller.Kernel.Processes.Find((int)who) is { } ended)
            {
                targets.Add((ended, null));
            }

            return targets;
        }

        foreach (Process process in caller.Kernel.Processes.All)
        {
            IReadOnlyList<UserThread> threads = process.Threads;
            if (IsTarget(caller, process, process.Credentials, which, who) && process.FindLeader() is null)
            {
                targets.Add((process, null));
            }

            foreach (UserThread thread in threads)
            {
                if (IsTarget(caller, process, thread.Credentials, which, who))
                {
                    targets.Add((process, thread));
                }
            }
        }

        return targets;
    }

    /// <summary>User 0 is the caller's; of the others that is as for everybody.</summary>
    private static uint Whose(UserThread caller, PriorityTarget which, uint who) => which == PriorityTarget.PRIO_USER && who == 0 ? caller.Credentials.RealUserId : who;

    private static bool IsTarget(UserThread caller, Process process, Credentials credentials, PriorityTarget which, uint who) => which == PriorityTarget.PRIO_PGRP
        ? process.ProcessGroupId == (who == 0 ? caller.Process.ProcessGroupId : who)
        : credentials.RealUserId == who;

    /// <summary>A thread by its number; 0 is the caller.</summary>
    internal static UserThread? Find(UserThread caller, int threadId) => threadId == 0 ? caller : caller.Kernel.Processes.FindThread(threadId);

    /// <summary>The CPUs that there are, a bit for each number.</summary>
    private static ulong AllProcessors(UserThread caller) => ulong.MaxValue >> (64 - Math.Min(caller.Process.Machine.Processors.Count, 64));
}
