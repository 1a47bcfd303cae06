using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>Resource limits.</summary>
/// <remarks>Linux: getrlimit(2).</remarks>
internal static class LimitSyscalls
{
    /// <summary>Stores a limit of the caller's.</summary>
    /// <returns>EINVAL for an unknown resource; EFAULT.</returns>
    /// <remarks>Linux: getrlimit(2).</remarks>
    [Syscall(97)]
    internal static SyscallResult GetRlimit(UserThread caller, ResourceLimitKind resource, UserAddress limit) =>
        IsKnown(resource) ? caller.Memory.Write(limit, caller.Process.Limits[resource]) : Errno.EINVAL;

    /// <summary>Sets a limit of the caller's.</summary>
    /// <returns>EINVAL for an unknown resource or a soft limit above the hard one; EPERM for raising the hard one without CAP_SYS_RESOURCE; EFAULT.</returns>
    /// <remarks>Linux: setrlimit(2).</remarks>
    [Syscall(160)]
    internal static SyscallResult SetRlimit(UserThread caller, ResourceLimitKind resource, UserAddress limit)
    {
        if (!caller.Memory.Read<ResourceLimit>(limit).TryGet(out ResourceLimit wanted, out Errno error))
        {
            return error;
        }

        return IsKnown(resource) ? Set(caller, caller.Process, resource, wanted) : Errno.EINVAL;
    }

    /// <summary>Sets and stores a limit of a process.</summary>
    /// <returns>As setrlimit; ESRCH; EPERM for a process of another user.</returns>
    /// <remarks>Linux: prlimit(2).</remarks>
    [Syscall(302)]
    internal static SyscallResult Prlimit64(UserThread caller, int processId, ResourceLimitKind resource, UserAddress newLimit, UserAddress oldLimit)
    {
        if (!IsKnown(resource))
        {
            return Errno.EINVAL;
        }

        ResourceLimit wanted = default;
        if (!newLimit.IsNull && !caller.Memory.Read<ResourceLimit>(newLimit).TryGet(out wanted, out Errno error))
        {
            return error;
        }

        Process? process = processId == 0 ? caller.Process : caller.Kernel.Processes.FindThread(processId)?.Process;
        if (process is null)
        {
            return Errno.ESRCH;
        }

        if (process != caller.Process && !MayChange(caller.Credentials, process.Credentials))
        {
            return Errno.EPERM;
        }

        ResourceLimit old = process.Limits[resource];
        error = newLimit.IsNull ? Errno.None : Set(caller, process, resource, wanted);
        return error != Errno.None || oldLimit.IsNull ? error : caller.Memory.Write(oldLimit, old);
    }

    private static Errno Set(UserThread caller, Process process, ResourceLimitKind resource, ResourceLimit wanted)
    {
        if (wanted.Soft > wanted.Hard)
        {
            return Errno.EINVAL;
        }

        bool maySetAny = caller.Credentials.Has(Capability.CAP_SYS_RESOURCE);
        if (wanted.Hard > process.Limits[resource].Hard && !maySetAny)
        {
            return Errno.EPERM;
        }

        if (resource == ResourceLimitKind.RLIMIT_NOFILE && wanted.Hard > FileTable.Maximum)
        {
            return Errno.EPERM;
        }

        process.Limits[resource] = wanted;
        process.PassLimitsToMemory();
        return Errno.None;
    }

    private static bool MayChange(Credentials caller, Credentials target) =>
        caller.Has(Capability.CAP_SYS_RESOURCE)
        || (caller.RealUserId == target.RealUserId && caller.RealUserId == target.EffectiveUserId && caller.RealUserId == target.SavedUserId
            && caller.RealGroupId == target.RealGroupId && caller.RealGroupId == target.EffectiveGroupId && caller.RealGroupId == target.SavedGroupId);

    private static bool IsKnown(ResourceLimitKind resource) => (uint)resource < ResourceLimits.Count;
}
