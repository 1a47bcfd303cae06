using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>Flags of <see cref="SchedulingAttributes"/>.</summary>
[Flags]
internal enum SchedulingFlags : ulong
{
    SCHED_FLAG_RESET_ON_FORK = 1,
    SCHED_FLAG_KEEP_POLICY = 8,
    SCHED_FLAG_KEEP_PARAMS = 16,
}

/// <summary>struct sched_attr, in its first version and the second's two words more.</summary>
/// <remarks>Linux: sched_setattr(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal record struct SchedulingAttributes(
    uint Size,
    SchedulingPolicy Policy,
    SchedulingFlags Flags,
    int Nice,
    int Priority,
    ulong Runtime,
    ulong Deadline,
    ulong Period,
    uint MinimumUtilization,
    uint MaximumUtilization)
{
    internal const uint FirstSize = 48, CurrentSize = 56;
}

/// <summary>By which policy threads run, and with which priority.</summary>
internal static class PolicySyscalls
{
    /// <summary>SCHED_RESET_ON_FORK, beside a policy.</summary>
    private const SchedulingPolicy ResetOnFork = (SchedulingPolicy)0x4000_0000;

    /// <summary>A thread's policy.</summary>
    /// <returns>EINVAL for a negative ID; ESRCH.</returns>
    /// <remarks>Linux: sched_getscheduler(2).</remarks>
    [Syscall(145, Name = "sched_getscheduler")]
    internal static SyscallResult SchedGetScheduler(UserThread caller, int threadId) =>
        Look(caller, threadId).TryGet(out SchedulingTerms terms, out Errno error)
            ? (int)(terms.Policy | (terms.ResetsOnFork ? ResetOnFork : 0))
            : error;

    /// <summary>Sets a thread's policy and priority.</summary>
    /// <returns>EINVAL for an unknown policy or a priority that it does not have; EPERM for what RLIMIT_RTPRIO does not allow, and for another user's thread; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_setscheduler(2).</remarks>
    [Syscall(144, Name = "sched_setscheduler", Unsupported = "SCHED_DEADLINE: EINVAL")]
    internal static SyscallResult SchedSetScheduler(UserThread caller, int threadId, SchedulingPolicy policy, UserAddress parameters)
    {
        if (threadId < 0 || parameters.IsNull || (int)policy < 0)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<int>(parameters).TryGet(out int priority, out Errno error))
        {
            return error;
        }

        return SchedulerSyscalls.Find(caller, threadId) is { } thread
            ? Change(caller, thread, new SchedulingTerms(policy & ~ResetOnFork, priority, (policy & ResetOnFork) != 0))
            : RefuseAbsent(caller, threadId);
    }

    /// <summary>Stores a thread's real-time priority, which is 0 where its policy has none.</summary>
    /// <returns>EINVAL for a negative ID; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_getparam(2).</remarks>
    [Syscall(143, Name = "sched_getparam")]
    internal static SyscallResult SchedGetParam(UserThread caller, int threadId, UserAddress parameters)
    {
        if (parameters.IsNull)
        {
            return Errno.EINVAL;
        }

        return Look(caller, threadId).TryGet(out SchedulingTerms terms, out Errno error) ? caller.Memory.Write(parameters, terms.Priority) : error;
    }

    /// <summary>Sets a thread's real-time priority.</summary>
    /// <returns>EINVAL for a negative ID or a priority that its policy does not have; EPERM as sched_setscheduler; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_setparam(2).</remarks>
    [Syscall(142, Name = "sched_setparam")]
    internal static SyscallResult SchedSetParam(UserThread caller, int threadId, UserAddress parameters)
    {
        if (threadId < 0 || parameters.IsNull)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<int>(parameters).TryGet(out int priority, out Errno error))
        {
            return error;
        }

        return SchedulerSyscalls.Find(caller, threadId) is { } thread ? Change(caller, thread, thread.Scheduling with { Priority = priority }) : RefuseAbsent(caller, threadId);
    }

    /// <summary>Sets a thread's policy, priority and nice value.</summary>
    /// <returns>EINVAL for unknown flags and as sched_setscheduler; E2BIG for a structure of a later Linux that asks for something; EPERM; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_setattr(2).</remarks>
    [Syscall(314, Name = "sched_setattr", Unsupported = "SCHED_DEADLINE, utilization clamps: EINVAL")]
    internal static SyscallResult SchedSetAttr(UserThread caller, int threadId, UserAddress address, uint flags)
    {
        if (threadId < 0 || address.IsNull || flags != 0)
        {
            return Errno.EINVAL;
        }

        if (!ReadAttributes(caller, address).TryGet(out SchedulingAttributes attributes, out Errno error))
        {
            return error;
        }

        if (SchedulerSyscalls.Find(caller, threadId) is not { } thread)
        {
            return RefuseAbsent(caller, threadId);
        }

        SchedulingTerms now = thread.Scheduling;
        bool keepsParameters = (attributes.Flags & SchedulingFlags.SCHED_FLAG_KEEP_PARAMS) != 0;
        var wanted = new SchedulingTerms(
            (attributes.Flags & SchedulingFlags.SCHED_FLAG_KEEP_POLICY) != 0 ? now.Policy : attributes.Policy,
            keepsParameters ? now.Priority : attributes.Priority,
            (attributes.Flags & SchedulingFlags.SCHED_FLAG_RESET_ON_FORK) != 0);
        int nice = Math.Clamp(attributes.Nice, -20, 19);
        bool changesNice = !keepsParameters && wanted is { IsValid: true, IsRealTime: false } && nice != thread.Nice;
        if (changesNice && !SchedulerSyscalls.MayBeNice(caller, thread.Process, thread.Nice, nice))
        {
            return Errno.EPERM;
        }

        error = Change(caller, thread, wanted);
        return error == Errno.None && changesNice ? SchedulerSyscalls.SetNice(caller, thread, nice) : error;
    }

    /// <summary>Stores a thread's policy, priority and nice value.</summary>
    /// <returns>EINVAL for a negative ID, a flag or a size that no version has; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_getattr(2).</remarks>
    [Syscall(315, Name = "sched_getattr")]
    internal static SyscallResult SchedGetAttr(UserThread caller, int threadId, UserAddress address, uint size, uint flags)
    {
        if (threadId < 0 || address.IsNull || flags != 0 || size is < SchedulingAttributes.FirstSize or > PageSize.Bytes)
        {
            return Errno.EINVAL;
        }

        if (SchedulerSyscalls.Find(caller, threadId) is not { } thread)
        {
            return Errno.ESRCH;
        }

        SchedulingTerms terms = thread.Scheduling;
        SchedulingAttributes attributes = default;
        attributes.Size = Math.Min(size, SchedulingAttributes.CurrentSize);
        attributes.Policy = terms.Policy;
        attributes.Flags = terms.ResetsOnFork ? SchedulingFlags.SCHED_FLAG_RESET_ON_FORK : 0;
        attributes.Nice = terms.IsRealTime ? 0 : thread.Nice;
        attributes.Priority = terms.Priority;
        attributes.MaximumUtilization = 1024;
        return caller.Memory.Write(address, MemoryMarshal.AsBytes(new ReadOnlySpan<SchedulingAttributes>(in attributes))[..(int)attributes.Size]);
    }

    /// <summary>The highest priority of a policy.</summary>
    /// <returns>EINVAL for an unknown policy.</returns>
    /// <remarks>Linux: sched_get_priority_max(2).</remarks>
    [Syscall(146, Name = "sched_get_priority_max")]
    internal static SyscallResult SchedGetPriorityMax(UserThread caller, SchedulingPolicy policy) => Bound(policy, SchedulingTerms.HighestPriority);

    /// <summary>The lowest priority of a policy.</summary>
    /// <returns>EINVAL for an unknown policy.</returns>
    /// <remarks>Linux: sched_get_priority_min(2).</remarks>
    [Syscall(147, Name = "sched_get_priority_min")]
    internal static SyscallResult SchedGetPriorityMin(UserThread caller, SchedulingPolicy policy) => Bound(policy, SchedulingTerms.LowestPriority);

    /// <summary>Stores how long a thread runs while others wait that are as urgent; 0 for SCHED_FIFO, which has no such limit.</summary>
    /// <returns>EINVAL for a negative ID; ESRCH; EFAULT.</returns>
    /// <remarks>Linux: sched_rr_get_interval(2).</remarks>
    [Syscall(148, Name = "sched_rr_get_interval")]
    internal static SyscallResult SchedRrGetInterval(UserThread caller, int threadId, UserAddress interval)
    {
        if (!Look(caller, threadId).TryGet(out SchedulingTerms terms, out Errno error))
        {
            return error;
        }

        int nice = (SchedulerSyscalls.Find(caller, threadId) ?? caller).Nice;
        long slice = terms.SliceNanoseconds(caller.Process.Machine, nice);
        return caller.Memory.Write(interval, TimeSpec.FromNanoseconds(slice == ThreadTerms.NoSlice ? 0 : slice));
    }

    /// <summary>How a thread is scheduled; EINVAL, ESRCH. Init has no thread, but counts.</summary>
    private static Result<SchedulingTerms> Look(UserThread caller, int threadId)
    {
        if (threadId < 0)
        {
            return Errno.EINVAL;
        }

        if (SchedulerSyscalls.Find(caller, threadId) is { } thread)
        {
            return thread.Scheduling;
        }

        return caller.Kernel.Processes.Find(threadId) is not null ? default(SchedulingTerms) : Errno.ESRCH;
    }

    /// <summary>ESRCH; EPERM for init, which nobody may change: it has no thread.</summary>
    private static Errno RefuseAbsent(UserThread caller, int threadId) => caller.Kernel.Processes.Find(threadId) is null ? Errno.ESRCH : Errno.EPERM;

    private static SyscallResult Bound(SchedulingPolicy policy, int realTime) =>
        !Enum.IsDefined(policy) ? Errno.EINVAL : policy is SchedulingPolicy.SCHED_FIFO or SchedulingPolicy.SCHED_RR ? realTime : 0;

    /// <summary>Reads a structure that may be of an earlier Linux, or a later one that asks for nothing new; EINVAL, E2BIG, EFAULT.</summary>
    private static Result<SchedulingAttributes> ReadAttributes(UserThread caller, UserAddress address)
    {
        if (!caller.Memory.Read<uint>(address).TryGet(out uint size, out Errno error))
        {
            return error;
        }

        size = size == 0 ? SchedulingAttributes.FirstSize : size;
        if (size is < SchedulingAttributes.FirstSize or > PageSize.Bytes)
        {
            return TooBig(caller, address);
        }

        Span<byte> bytes = stackalloc byte[PageSize.Bytes];
        bytes = bytes[..(int)Math.Max(size, SchedulingAttributes.CurrentSize)];
        bytes.Clear();
        error = caller.Memory.Read(address, bytes[..(int)size]);
        if (error != Errno.None)
        {
            return error;
        }

        if (bytes[(int)SchedulingAttributes.CurrentSize..].ContainsAnyExcept((byte)0))
        {
            return TooBig(caller, address);
        }

        var attributes = MemoryMarshal.Read<SchedulingAttributes>(bytes);
        const SchedulingFlags Known = SchedulingFlags.SCHED_FLAG_RESET_ON_FORK | SchedulingFlags.SCHED_FLAG_KEEP_POLICY | SchedulingFlags.SCHED_FLAG_KEEP_PARAMS;
        return (attributes.Flags & ~Known) != 0 || (int)attributes.Policy < 0 ? Errno.EINVAL : attributes;
    }

    /// <summary>Tells the caller what size is known.</summary>
    private static Errno TooBig(UserThread caller, UserAddress address)
    {
        Errno error = caller.Memory.Write(address, SchedulingAttributes.CurrentSize);
        return error != Errno.None ? error : Errno.E2BIG;
    }

    private static Errno Change(UserThread caller, UserThread thread, SchedulingTerms wanted)
    {
        if (!wanted.IsValid)
        {
            return Errno.EINVAL;
        }

        if (!caller.Credentials.Has(Capability.CAP_SYS_NICE) && !MayHave(caller, thread, wanted))
        {
            return Errno.EPERM;
        }

        thread.SetScheduling(wanted);
        return Errno.None;
    }

    /// <summary>What one may do without CAP_SYS_NICE.</summary>
    private static bool MayHave(UserThread caller, UserThread thread, SchedulingTerms wanted)
    {
        SchedulingTerms now = thread.Scheduling;
        ulong limit = thread.Process.Limits[ResourceLimitKind.RLIMIT_RTPRIO].Soft;
        bool mayBeRealTime = !wanted.IsRealTime
            || ((wanted.Policy == now.Policy || limit != 0) && (wanted.Priority <= now.Priority || (ulong)wanted.Priority <= limit));

        // One that was made to run when nothing else does must not take more than its nice value would be given.
        bool mayLeaveIdle = now.Policy != SchedulingPolicy.SCHED_IDLE || wanted.Policy == SchedulingPolicy.SCHED_IDLE
            || (ulong)(20 - thread.Nice) <= thread.Process.Limits[ResourceLimitKind.RLIMIT_NICE].Soft;
        return mayBeRealTime && mayLeaveIdle && SchedulerSyscalls.MaySchedule(caller, thread.Credentials) && (wanted.ResetsOnFork || !now.ResetsOnFork);
    }
}
