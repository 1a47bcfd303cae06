using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Ipc;

/// <summary>System V shared memory.</summary>
internal static class SharedMemorySyscalls
{
    private const uint SHM_HUGETLB = 0x800;
    private const uint SHM_RDONLY = 0x1000;
    private const uint SHM_RND = 0x2000;
    private const uint SHM_REMAP = 0x4000;
    private const uint SHM_EXEC = 0x8000;

    /// <summary>Finds the segment of a key, or makes one.</summary>
    /// <returns>Its number; ENOENT, EEXIST, EINVAL for a size that does not fit, EACCES, ENOSPC, ENOMEM.</returns>
    /// <remarks>Linux: shmget(2).</remarks>
    [Syscall(29, Unsupported = "SHM_HUGETLB: EINVAL, as without hugetlbfs")]
    internal static SyscallResult Shmget(UserThread caller, int key, ulong size, uint flags) =>
        (flags & SHM_HUGETLB) != 0 ? Errno.EINVAL
        : caller.Kernel.SharedSegments.Get(caller, key, size, flags).TryGet(out int id, out Errno error) ? id
        : error;

    /// <summary>Maps a segment.</summary>
    /// <returns>The address; EINVAL for no such segment, an unaligned address without SHM_RND, or one where something is without SHM_REMAP; EACCES; ENOMEM.</returns>
    /// <remarks>Linux: shmat(2).</remarks>
    [Syscall(30)]
    internal static SyscallResult Shmat(UserThread caller, int id, UserAddress address, uint flags)
    {
        bool replaces = (flags & SHM_REMAP) != 0;
        if ((address.Value & (PageSize.Bytes - 1)) != 0)
        {
            if ((flags & SHM_RND) == 0)
            {
                return Errno.EINVAL;
            }

            address = new UserAddress(address.Value & ~(ulong)(PageSize.Bytes - 1));
        }

        if (address.IsNull && replaces)
        {
            return Errno.EINVAL;
        }

        bool writes = (flags & SHM_RDONLY) == 0, executes = (flags & SHM_EXEC) != 0;
        uint wanted = IpcFlags.MayRead | (writes ? IpcFlags.MayWrite : 0) | (executes ? IpcFlags.MayExecute : 0);
        SharedSegments segments = caller.Kernel.SharedSegments;
        if (!segments.Acquire(caller, id, wanted).TryGet(out SharedSegment? segment, out Errno error))
        {
            return error;
        }

        PageAccess access = PageAccess.Read | (writes ? PageAccess.Write : 0) | (executes ? PageAccess.Execute : 0);
        PageAccess maximum = PageAccess.Read | PageAccess.Execute | (writes ? PageAccess.Write : 0);
        MappingOptions options = MappingOptions.Shared
            | (address.IsNull ? MappingOptions.None : replaces ? MappingOptions.Fixed : MappingOptions.FixedNoReplace);
        Result<UserAddress> mapped = caller.Process.AddressSpace.Map(address, (ulong)segment.Size, access, maximum, options, segment, 0);
        if (mapped.Succeeded)
        {
            segments.NoteUse(segment, caller.Process.ProcessId, attaches: true);
        }

        segment.Release();
        return mapped.TryGet(out UserAddress place, out error) ? place.Value : error == Errno.EEXIST ? Errno.EINVAL : error;
    }

    /// <summary>Unmaps a segment by the address that it was mapped at.</summary>
    /// <returns>EINVAL where none is mapped there.</returns>
    /// <remarks>Linux: shmdt(2).</remarks>
    [Syscall(67)]
    internal static SyscallResult Shmdt(UserThread caller, UserAddress address)
    {
        if (address.PageOffset != 0)
        {
            return Errno.EINVAL;
        }

        if (!caller.Process.AddressSpace.UnmapWhole<SharedSegment>(address, static file => file.Size).TryGet(out SharedSegment? segment, out Errno error))
        {
            return error;
        }

        caller.Kernel.SharedSegments.NoteUse(segment, caller.Process.ProcessId, attaches: false);
        return SyscallResult.Success;
    }

    /// <summary>Shows, changes or removes a segment, or shows limits and sums.</summary>
    /// <returns>With SHM_STAT the number of the segment at a place, with the *_INFO commands the highest place; EINVAL for an unknown command or no such segment; EIDRM; EACCES, EPERM; EFAULT.</returns>
    /// <remarks>Linux: shmctl(2).</remarks>
    [Syscall(31)]
    internal static SyscallResult Shmctl(UserThread caller, int id, IpcCommand command, UserAddress buffer)
    {
        SharedSegments segments = caller.Kernel.SharedSegments;
        if (id < 0)
        {
            return Errno.EINVAL;
        }

        Errno error;
        switch (command)
        {
            case IpcCommand.IPC_INFO:
                const ulong Count = SharedSegments.MaximumCount;
                return Answer(segments.GetSums().HighestPlace, caller.Memory.Write(buffer, new SegmentLimits(SharedSegments.MaximumSize, 1, Count, Count, SharedSegments.MaximumSize)));
            case IpcCommand.SHM_INFO:
                (int highest, SegmentSums sums) = segments.GetSums();
                return Answer(highest, caller.Memory.Write(buffer, sums));
            case IpcCommand.IPC_STAT:
                return Show(caller, id, IpcLookup.ById, buffer);
            case IpcCommand.SHM_STAT:
                return Show(caller, id, IpcLookup.ByPlace, buffer);
            case IpcCommand.SHM_STAT_ANY:
                return Show(caller, id, IpcLookup.ByPlaceForAnyone, buffer);
            case IpcCommand.IPC_SET:
                return caller.Memory.Read<SegmentStatus>(buffer).TryGet(out SegmentStatus wanted, out error)
                    ? segments.Change(caller, id, segment => segment.Permissions = segment.Permissions.Replaced(wanted.Permissions), dates: true)
                    : error;
            case IpcCommand.IPC_RMID:
                return segments.Remove(caller, id);
            case IpcCommand.SHM_LOCK or IpcCommand.SHM_UNLOCK:
                bool locks = command == IpcCommand.SHM_LOCK;
                bool mayLock = caller.Credentials.Has(Capability.CAP_IPC_LOCK) || caller.Process.Limits[ResourceLimitKind.RLIMIT_MEMLOCK].Soft > 0;
                return locks && !mayLock ? Errno.EPERM : segments.Change(caller, id, segment => segment.IsLocked = locks, dates: false);
            default:
                return Errno.EINVAL;
        }
    }

    private static SyscallResult Show(UserThread caller, int number, IpcLookup lookup, UserAddress buffer)
    {
        if (!caller.Kernel.SharedSegments.GetStatus(caller, number, lookup).TryGet(out (int Id, SegmentStatus Status) found, out Errno error))
        {
            return error;
        }

        return Answer(lookup == IpcLookup.ById ? 0 : found.Id, caller.Memory.Write(buffer, found.Status));
    }

    private static SyscallResult Answer(int answer, Errno error) => error != Errno.None ? error : answer;
}
