using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

/// <summary>System calls that make and change mappings. (Advice and locking: the other part.)</summary>
internal static partial class MemorySyscalls
{
    private const MemoryProtection ProtectionBits = MemoryProtection.PROT_READ | MemoryProtection.PROT_WRITE | MemoryProtection.PROT_EXEC;
    private const PageAccess AnyAccess = PageAccess.Read | PageAccess.Write | PageAccess.Execute;

    /// <summary>What MAP_SHARED_VALIDATE knows (Linux: LEGACY_MAP_MASK); MAP_FIXED_NOREPLACE is not among them there either.</summary>
    private const MapFlags ValidatedFlags = MapFlags.MAP_SHARED_VALIDATE | MapFlags.MAP_FIXED | MapFlags.MAP_ANONYMOUS
        | MapFlags.MAP_32BIT | MapFlags.MAP_GROWSDOWN | MapFlags.MAP_DENYWRITE | MapFlags.MAP_EXECUTABLE | MapFlags.MAP_LOCKED
        | MapFlags.MAP_NORESERVE | MapFlags.MAP_POPULATE | MapFlags.MAP_NONBLOCK | MapFlags.MAP_STACK | MapFlags.MAP_HUGETLB;

    /// <summary>Maps a file or zeros.</summary>
    /// <returns>
    /// The address; EINVAL for a length of 0, an unaligned offset or fixed address, or neither or both of MAP_SHARED and
    /// MAP_PRIVATE; EBADF; EACCES where the descriptor's access mode does not allow it; EPERM below the minimum address,
    /// for code on a noexec mount, or MAP_LOCKED without the right; ENODEV for what cannot be mapped; EEXIST; ENOMEM;
    /// EAGAIN past RLIMIT_MEMLOCK; EOVERFLOW; EOPNOTSUPP for unknown flags with MAP_SHARED_VALIDATE.
    /// </returns>
    /// <remarks>Linux: mmap(2).</remarks>
    [Syscall(9, Unsupported = "MAP_HUGETLB: EINVAL, as without hugetlbfs; MAP_SYNC: EOPNOTSUPP")]
    internal static SyscallResult Mmap(UserThread caller, UserAddress address, ulong length, MemoryProtection protection, MapFlags flags, int descriptor, long offset)
    {
        if ((offset & (PageSize.Bytes - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        if ((flags & MapFlags.MAP_ANONYMOUS) != 0)
        {
            return MapMemory(caller, address, length, protection, flags, null, AnyAccess, offset);
        }

        if (!caller.Files.Get(descriptor).TryGet(out FileDescription description, out Errno error))
        {
            return error;
        }

        try
        {
            return MapDescription(caller, address, length, protection, flags, description, offset);
        }
        finally
        {
            description.Release();
        }
    }

    /// <summary>Removes what is mapped in a range.</summary>
    /// <returns>EINVAL, ENOMEM: see <see cref="AddressSpace.Unmap"/>.</returns>
    /// <remarks>Linux: munmap(2).</remarks>
    [Syscall(11)]
    internal static SyscallResult Munmap(UserThread caller, UserAddress address, ulong length) =>
        caller.Process.AddressSpace.Unmap(address, length);

    /// <summary>Changes the protection of a range.</summary>
    /// <returns>EINVAL for an unaligned address, unknown bits, or PROT_GROWSDOWN of no stack; EACCES; ENOMEM.</returns>
    /// <remarks>Linux: mprotect(2).</remarks>
    [Syscall(10, Unsupported = "PROT_GROWSUP: EINVAL, as on every x86")]
    internal static SyscallResult Mprotect(UserThread caller, UserAddress address, ulong length, MemoryProtection protection)
    {
        const MemoryProtection Known = ProtectionBits | MemoryProtection.PROT_SEM | MemoryProtection.PROT_GROWSDOWN;
        if ((protection & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        AddressSpace space = caller.Process.AddressSpace;
        return (protection & MemoryProtection.PROT_GROWSDOWN) != 0
            ? space.ProtectStack(address, length, AccessOf(protection))
            : space.Protect(address, length, AccessOf(protection));
    }

    /// <summary>Moves the end of the heap.</summary>
    /// <returns>The end as it is afterwards; no errors.</returns>
    /// <remarks>Linux: brk(2), "C library/kernel differences".</remarks>
    [Syscall(12)]
    internal static SyscallResult Brk(UserThread caller, UserAddress end) => caller.Process.AddressSpace.SetProgramBreak(end).Value;

    /// <summary>Resizes or moves a mapping.</summary>
    /// <returns>The new address; EINVAL, EFAULT, ENOMEM, EAGAIN: see <see cref="AddressSpace.Remap"/>.</returns>
    /// <remarks>Linux: mremap(2).</remarks>
    [Syscall(25)]
    internal static SyscallResult Mremap(UserThread caller, UserAddress oldAddress, ulong oldLength, ulong newLength, RemapFlags flags, UserAddress newAddress)
    {
        AddressSpace space = caller.Process.AddressSpace;
        RefreshLockedLimit(caller, space);
        return AddressOrError(space.Remap(oldAddress, oldLength, newLength, flags, newAddress));
    }

    private static SyscallResult MapDescription(UserThread caller, UserAddress address, ulong length, MemoryProtection protection, MapFlags flags, FileDescription description, long offset)
    {
        if ((description.Flags & OpenFlags.O_PATH) != 0)
        {
            return Errno.EBADF;
        }

        if ((flags & MapFlags.MAP_HUGETLB) != 0 || length == 0)
        {
            return Errno.EINVAL;
        }

        PageAccess maximum = AnyAccess;
        switch (flags & MapFlags.MAP_SHARED_VALIDATE)
        {
            case MapFlags.MAP_SHARED_VALIDATE when (flags & ~ValidatedFlags) != 0:
                return Errno.EOPNOTSUPP;
            case MapFlags.MAP_SHARED_VALIDATE:
            case MapFlags.MAP_SHARED:
                if ((protection & MemoryProtection.PROT_WRITE) != 0 && !description.CanWrite)
                {
                    return Errno.EACCES;
                }

                maximum &= description.CanWrite ? AnyAccess : ~PageAccess.Write;
                break;
            case MapFlags.MAP_PRIVATE:
                break;
            default:
                return Errno.EINVAL;
        }

        if (!description.CanRead)
        {
            return Errno.EACCES;
        }

        if ((description.Location.Mount.Options & MountOptions.NoExecute) != 0)
        {
            if ((protection & MemoryProtection.PROT_EXEC) != 0)
            {
                return Errno.EPERM;
            }

            maximum &= ~PageAccess.Execute;
        }

        if (!description.GetMappable().TryGet(out IMappableFile? file, out Errno error))
        {
            return error;
        }

        if ((flags & MapFlags.MAP_GROWSDOWN) != 0)
        {
            return Errno.EINVAL;
        }

        // Linux: a mapping counts as an access when it is made.
        description.MarkAccessed();
        return description.Inode is RegularInode inode && (flags & MapFlags.MAP_SHARED) != 0 && inode.Seals != FileSeals.F_SEAL_SEAL
            ? MapSealable(caller, address, length, protection, flags, file, maximum, offset, inode)
            : MapMemory(caller, address, length, protection, flags, file, maximum, offset);
    }

    /// <summary>Maps a file that takes seals, so that F_SEAL_WRITE comes before or after.</summary>
    private static SyscallResult MapSealable(UserThread caller, UserAddress address, ulong length, MemoryProtection protection, MapFlags flags, IMappableFile? file, PageAccess maximum, long offset, RegularInode inode)
    {
        using (inode.WriteLock.Enter())
        {
            if (inode.IsSealedForWriting)
            {
                if ((protection & MemoryProtection.PROT_WRITE) != 0)
                {
                    return Errno.EPERM;
                }

                maximum &= ~PageAccess.Write;
            }

            return MapMemory(caller, address, length, protection, flags, file, maximum, offset);
        }
    }

    private static SyscallResult MapMemory(UserThread caller, UserAddress address, ulong length, MemoryProtection protection, MapFlags flags, IMappableFile? file, PageAccess maximum, long offset)
    {
        bool isShared = (flags & MapFlags.MAP_SHARED) != 0;
        bool isAnonymous = (flags & MapFlags.MAP_ANONYMOUS) != 0;
        if ((isAnonymous && (flags & MapFlags.MAP_SHARED_VALIDATE) is not (MapFlags.MAP_SHARED or MapFlags.MAP_PRIVATE))
            || (flags & MapFlags.MAP_HUGETLB) != 0
            || (isShared && (flags & MapFlags.MAP_GROWSDOWN) != 0))
        {
            return Errno.EINVAL;
        }

        if (offset < 0)
        {
            return Errno.EOVERFLOW;
        }

        AddressSpace space = caller.Process.AddressSpace;
        RefreshLockedLimit(caller, space);
        if ((flags & MapFlags.MAP_LOCKED) != 0 && space.LockedLimit == 0)
        {
            return Errno.EPERM;
        }

        return AddressOrError(space.Map(address, length, AccessOf(protection), maximum, OptionsOf(flags), file, offset));
    }

    private static MappingOptions OptionsOf(MapFlags flags)
    {
        MappingOptions options = MappingOptions.None;
        options |= (flags & MapFlags.MAP_SHARED) != 0 ? MappingOptions.Shared : 0;
        options |= (flags & MapFlags.MAP_FIXED) != 0 ? MappingOptions.Fixed : 0;
        options |= (flags & MapFlags.MAP_FIXED_NOREPLACE) != 0 ? MappingOptions.FixedNoReplace : 0;
        options |= (flags & MapFlags.MAP_GROWSDOWN) != 0 ? MappingOptions.GrowsDown : 0;
        options |= (flags & MapFlags.MAP_NORESERVE) != 0 ? MappingOptions.NoReserve : 0;
        options |= (flags & MapFlags.MAP_LOCKED) != 0 ? MappingOptions.Locked : 0;
        options |= (flags & MapFlags.MAP_32BIT) != 0 ? MappingOptions.Below2GiB : 0;
        options |= (flags & (MapFlags.MAP_POPULATE | MapFlags.MAP_NONBLOCK)) == MapFlags.MAP_POPULATE ? MappingOptions.Populate : 0;
        return options;
    }

    private static PageAccess AccessOf(MemoryProtection protection)
    {
        PageAccess access = PageAccess.None;
        access |= (protection & MemoryProtection.PROT_READ) != 0 ? PageAccess.Read : 0;
        access |= (protection & MemoryProtection.PROT_WRITE) != 0 ? PageAccess.Write : 0;
        access |= (protection & MemoryProtection.PROT_EXEC) != 0 ? PageAccess.Execute : 0;
        return access;
    }

    /// <summary>The limit of locked memory goes with who asks: CAP_IPC_LOCK lifts RLIMIT_MEMLOCK.</summary>
    private static void RefreshLockedLimit(UserThread caller, AddressSpace space) =>
        space.LockedLimit = caller.Credentials.Has(Capability.CAP_IPC_LOCK) ? ulong.MaxValue : caller.Process.Limits[ResourceLimitKind.RLIMIT_MEMLOCK].Soft;

    private static SyscallResult AddressOrError(Result<UserAddress> result) =>
        result.TryGet(out UserAddress address, out Errno error) ? address.Value : error;
}
