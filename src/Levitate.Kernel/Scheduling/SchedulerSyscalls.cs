using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
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

/// <summary>Whose priority.</summary>
internal enum PriorityTarget
{
    PRIO_PROCESS = 0,
    PRIO_PGRP = 1,
    PRIO_USER = 2,
}

/// <summary>Who runs where and when. The only policy is SCHED_OTHER.</summary>
internal static class SchedulerSyscalls
{
    private const int MaximumRealTimePriority = 99;

    /// <summary>Lets others run.</summary>
    /// <remarks>Linux: sched_yield(2).</remarks>
    [Syscall(24, Name = "sched_yield")]
    internal static SyscallResult SchedYield(UserThread caller)
    {
        System.Threading.Thread.Yield();
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

        if (!MaySchedule(caller, thread.Process))
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

    /// <summary>A thread's policy: SCHED_OTHER.</summary>
    /// <returns>EINVAL for a negative ID; ESRCH.</returns>
    /// <remarks>Linux: sched_getscheduler(2).</remarks>
    [Syscall(145, Name = "sched_getscheduler")]
    internal static SyscallResult SchedGetScheduler(UserThread caller, int threadId) =>
        threadId < 0 ? Errno.EINVAL : Exists(caller, threadId) ? (int)SchedulingPolicy.SCHED_OTHER : Errno.ESRCH;

    /// <summary>Sets a thread's policy.</summary>
    /// <returns>EINVAL for an unknown policy or a priority that it does not have; EPERM for any but SCHED_OTHER, and for another user's thread; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_setscheduler(2).</remarks>
    [Syscall(144, Name = "sched_setscheduler", Unsupported = "policies but SCHED_OTHER: EPERM")]
    internal static SyscallResult SchedSetScheduler(UserThread caller, int threadId, SchedulingPolicy policy, UserAddress parameters)
    {
        if (threadId < 0 || (int)policy < 0)
        {
            return Errno.EINVAL;
        }

        return SetPolicy(caller, threadId, policy, parameters);
    }

    /// <summary>Stores a thread's real-time priority: 0.</summary>
    /// <returns>EINVAL for a negative ID; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_getparam(2).</remarks>
    [Syscall(143, Name = "sched_getparam")]
    internal static SyscallResult SchedGetParam(UserThread caller, int threadId, UserAddress parameters)
    {
        if (threadId < 0 || parameters.IsNull)
        {
            return Errno.EINVAL;
        }

        return Exists(caller, threadId) ? caller.Memory.Write(parameters, 0) : Errno.ESRCH;
    }

    /// <summary>Sets a thread's real-time priority, which for SCHED_OTHER is 0.</summary>
    /// <returns>EINVAL for a negative ID or another priority; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_setparam(2).</remarks>
    [Syscall(142, Name = "sched_setparam")]
    internal static SyscallResult SchedSetParam(UserThread caller, int threadId, UserAddress parameters) =>
        threadId < 0 ? Errno.EINVAL : SetPolicy(caller, threadId, SchedulingPolicy.SCHED_OTHER, parameters);

    /// <summary>The highest priority of a policy.</summary>
    /// <returns>EINVAL for an unknown policy.</returns>
    /// <remarks>Linux: sched_get_priority_max(2).</remarks>
    [Syscall(146, Name = "sched_get_priority_max")]
    internal static SyscallResult SchedGetPriorityMax(UserThread caller, SchedulingPolicy policy) =>
        !Enum.IsDefined(policy) ? Errno.EINVAL : IsRealTime(policy) ? MaximumRealTimePriority : 0;

    /// <summary>The lowest priority of a policy.</summary>
    /// <returns>EINVAL for an unknown policy.</returns>
    /// <remarks>Linux: sched_get_priority_min(2).</remarks>
    [Syscall(147, Name = "sched_get_priority_min")]
    internal static SyscallResult SchedGetPriorityMin(UserThread caller, SchedulingPolicy policy) =>
        !Enum.IsDefined(policy) ? Errno.EINVAL : IsRealTime(policy) ? 1 : 0;

    /// <summary>Stores how long a thread runs while others wait.</summary>
    /// <returns>EINVAL for a negative ID; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_rr_get_interval(2).</remarks>
    [Syscall(148, Name = "sched_rr_get_interval")]
    internal static SyscallResult SchedRrGetInterval(UserThread caller, int threadId, UserAddress interval)
    {
        if (threadId < 0)
        {
            return Errno.EINVAL;
        }

        if (FindProcess(caller, threadId) is not { } process)
        {
            return Errno.ESRCH;
        }

        long slice = caller.Process.Machine.UsualSliceNanoseconds * UserThread.SlicePerMille(process.Nice) / 1000;
        return caller.Memory.Write(interval, TimeSpec.FromNanoseconds(slice));
    }

    /// <summary>The nice value, as 20 less it: the best among those named.</summary>
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
        foreach (Process process in caller.Kernel.Processes.All)
        {
            if (IsTarget(caller, process, which, who))
            {
                best = Math.Max(best, 20 - process.Nice);
            }
        }

        return best < 0 ? Errno.ESRCH : best;
    }

    /// <summary>Sets the nice value: each step makes the share of a CPU that others want a quarter larger or smaller.</summary>
    /// <returns>EINVAL for an unknown kind of target; ESRCH; EPERM for another user's process; EACCES for a better value than RLIMIT_NICE allows.</returns>
    /// <remarks>Linux: setpriority(2).</remarks>
    [Syscall(141)]
    internal static SyscallResult SetPriority(UserThread caller, PriorityTarget which, uint who, int priority)
    {
        if ((uint)which > (uint)PriorityTarget.PRIO_USER)
        {
            return Errno.EINVAL;
        }

        int nice = Math.Clamp(priority, -20, 19);
        Errno error = Errno.ESRCH;
        foreach (Process process in caller.Kernel.Processes.All)
        {
            if (IsTarget(caller, process, which, who))
            {
                Errno set = SetNice(caller, process, nice);
                error = error == Errno.ESRCH || set != Errno.None ? set : error;
            }
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

    private static SyscallResult SetPolicy(UserThread caller, int threadId, SchedulingPolicy policy, UserAddress parameters)
    {
        // SCHED_RESET_ON_FORK: nothing is there that a fork would have to reset.
        const SchedulingPolicy ResetOnFork = (SchedulingPolicy)0x4000_0000;
        if (parameters.IsNull)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<int>(parameters).TryGet(out int priority, out Errno error))
        {
            return error;
        }

        if (FindProcess(caller, threadId) is not { } process)
        {
            return Errno.ESRCH;
        }

        policy &= ~ResetOnFork;
        bool fits = IsRealTime(policy) ? priority is >= 1 and <= MaximumRealTimePriority : priority == 0;
        if (!fits || !Enum.IsDefined(policy) || policy == SchedulingPolicy.SCHED_DEADLINE)
        {
            return Errno.EINVAL;
        }

        return policy == SchedulingPolicy.SCHED_OTHER && MaySchedule(caller, process) ? SyscallResult.Success : Errno.EPERM;
    }

    private static Errno SetNice(UserThread caller, Process process, int nice)
    {
        if (!MaySchedule(caller, process))
        {
            return Errno.EPERM;
        }

        bool isPrivileged = caller.Credentials.Has(Capability.CAP_SYS_NICE);
        if (nice < process.Nice && !isPrivileged && (ulong)(20 - nice) > process.Limits[ResourceLimitKind.RLIMIT_NICE].Soft)
        {
            return Errno.EACCES;
        }

        process.Nice = nice;
        foreach (UserThread thread in process.Threads)
        {
            thread.ChangeTerms();
        }

        return Errno.None;
    }

    /// <summary>Whether the caller may say how another process runs: its own user's, or any with CAP_SYS_NICE.</summary>
    private static bool MaySchedule(UserThread caller, Process process)
    {
        uint user = caller.Credentials.EffectiveUserId;
        Credentials target = process.Credentials;
        return target.RealUserId == user || target.EffectiveUserId == user || caller.Credentials.Has(Capability.CAP_SYS_NICE);
    }

    private static bool IsTarget(UserThread caller, Process process, PriorityTarget which, uint who) => which switch
    {
        PriorityTarget.PRIO_PROCESS => who == 0 ? process == caller.Process : process.ProcessId == who,
        PriorityTarget.PRIO_PGRP => process.ProcessGroupId == (who == 0 ? caller.Process.ProcessGroupId : who),
        _ => process.Credentials.RealUserId == (who == 0 ? caller.Credentials.RealUserId : who),
    };

    private static bool IsRealTime(SchedulingPolicy policy) => policy is SchedulingPolicy.SCHED_FIFO or SchedulingPolicy.SCHED_RR;

    private static bool Exists(UserThread caller, int threadId) => FindProcess(caller, threadId) is not null;

    /// <summary>The process of a thread. Init has no thread, but counts.</summary>
    private static Process? FindProcess(UserThread caller, int threadId) =>
        Find(caller, threadId)?.Process ?? caller.Kernel.Processes.Find(threadId);

    private static UserThread? Find(UserThread caller, int threadId) => threadId == 0 ? caller : caller.Kernel.Processes.FindThread(threadId);

    /// <summary>The CPUs that there are, a bit for each number.</summary>
    private static ulong AllProcessors(UserThread caller) => ulong.MaxValue >> (64 - Math.Min(caller.Process.Machine.Processors.Count, 64));
}
