using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Memory;

// Advice, residency, locking and barriers.
internal static partial class MemorySyscalls
{
    /// <summary>Writes back what a shared mapping stored. Every file here lies in memory only, so the checks are all of it.</summary>
    /// <returns>EINVAL for an unaligned address, unknown flags, or both of MS_SYNC and MS_ASYNC; ENOMEM where something is not mapped; EBUSY.</returns>
    /// <remarks>Linux: msync(2).</remarks>
    [Syscall(26)]
    internal static SyscallResult Msync(UserThread caller, UserAddress address, ulong length, SyncFlags flags)
    {
        const SyncFlags Both = SyncFlags.MS_ASYNC | SyncFlags.MS_SYNC;
        if ((flags & ~(Both | SyncFlags.MS_INVALIDATE)) != 0 || address.PageOffset != 0 || (flags & Both) == Both)
        {
            return Errno.EINVAL;
        }

        if (!IsPageRange(address, length))
        {
            return Errno.ENOMEM;
        }

        return length == 0 ? Errno.None : caller.Process.AddressSpace.Synchronize(address, length, (flags & SyncFlags.MS_INVALIDATE) != 0);
    }

    /// <summary>Tells which pages of a range are in memory: a byte a page, 1 or 0.</summary>
    /// <returns>EINVAL for an unaligned address; ENOMEM where something is not mapped; EFAULT.</returns>
    /// <remarks>Linux: mincore(2).</remarks>
    [Syscall(27)]
    internal static SyscallResult Mincore(UserThread caller, UserAddress address, ulong length, UserAddress vector)
    {
        if (address.PageOffset != 0)
        {
            return Errno.EINVAL;
        }

        if (!UserLayout.IsUserRange(address.Value, length))
        {
            return Errno.ENOMEM;
        }

        ulong pages = (length + PageSize.Bytes - 1) >> PageSize.Shift;
        if (!UserLayout.IsUserRange(vector.Value, pages))
        {
            return Errno.EFAULT;
        }

        Span<byte> part = stackalloc byte[512];
        for (ulong done = 0; done < pages;)
        {
            Span<byte> chunk = part[..(int)Math.Min(pages - done, (ulong)part.Length)];
            Errno error = caller.Process.AddressSpace.GetResidency(address + (done << PageSize.Shift), chunk);
            error = error == Errno.None ? caller.Memory.Write(vector + done, chunk) : error;
            if (error != Errno.None)
            {
                return error;
            }

            done += (ulong)chunk.Length;
        }

        return SyscallResult.Success;
    }

    /// <summary>Says how a range will be used.</summary>
    /// <returns>EINVAL, ENOMEM, EACCES, EFAULT: see <see cref="AddressSpace.Advise"/>.</returns>
    /// <remarks>
    /// Linux: madvise(2). There is no read-ahead and no swap, so the advice about the order of access and about reclaim
    /// (NORMAL, RANDOM, SEQUENTIAL, WILLNEED, COLD, PAGEOUT) is checked and has nothing to act on.
    /// </remarks>
    [Syscall(28, Unsupported = "MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_COLLAPSE, MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_HWPOISON, MADV_SOFT_OFFLINE: EINVAL, as on a Linux without these")]
    internal static SyscallResult Madvise(UserThread caller, UserAddress address, ulong length, MemoryAdvice advice)
    {
        bool isKnown = advice is >= MemoryAdvice.MADV_NORMAL and <= MemoryAdvice.MADV_DONTNEED
            or >= MemoryAdvice.MADV_FREE and <= MemoryAdvice.MADV_DOFORK
            or >= MemoryAdvice.MADV_DONTDUMP and <= MemoryAdvice.MADV_DONTNEED_LOCKED;
        return isKnown ? caller.Process.AddressSpace.Advise(address, length, advice) : Errno.EINVAL;
    }

    /// <summary>Keeps a range in memory.</summary>
    /// <returns>EPERM where the limit is 0; ENOMEM past the limit or where something is not mapped; EAGAIN without memory; EINVAL when the range wraps.</returns>
    /// <remarks>Linux: mlock(2). Without swap every page stays anyway; to lock means to fault in and to count.</remarks>
    [Syscall(149)]
    internal static SyscallResult Mlock(UserThread caller, UserAddress address, ulong length) => Lock(caller, address, length, onFault: false);

    /// <summary>Keeps a range in memory, with MLOCK_ONFAULT from the first touch of each page on.</summary>
    /// <returns>As mlock; EINVAL for unknown flags.</returns>
    /// <remarks>Linux: mlock2(2).</remarks>
    [Syscall(325)]
    internal static SyscallResult Mlock2(UserThread caller, UserAddress address, ulong length, LockFlags flags) =>
        (flags & ~LockFlags.MLOCK_ONFAULT) != 0 ? Errno.EINVAL : Lock(caller, address, length, onFault: flags != 0);

    /// <summary>Undoes mlock for a range.</summary>
    /// <returns>ENOMEM where something is not mapped; EINVAL when the range wraps.</returns>
    /// <remarks>Linux: munlock(2).</remarks>
    [Syscall(150)]
    internal static SyscallResult Munlock(UserThread caller, UserAddress address, ulong length) =>
        caller.Process.AddressSpace.Lock(address, length, isLocked: false, onFault: false);

    /// <summary>Keeps everything in memory that is mapped, will be mapped, or both.</summary>
    /// <returns>EINVAL for no or unknown flags or MCL_ONFAULT alone; EPERM where the limit is 0; ENOMEM past it.</returns>
    /// <remarks>Linux: mlockall(2).</remarks>
    [Syscall(151)]
    internal static SyscallResult Mlockall(UserThread caller, LockAllFlags flags)
    {
        const LockAllFlags Known = LockAllFlags.MCL_CURRENT | LockAllFlags.MCL_FUTURE | LockAllFlags.MCL_ONFAULT;
        if (flags is LockAllFlags.None or LockAllFlags.MCL_ONFAULT || (flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        AddressSpace space = caller.Process.AddressSpace;
        RefreshLockedLimit(caller, space);
        return space.LockedLimit == 0
            ? Errno.EPERM
            : space.LockAll((flags & LockAllFlags.MCL_CURRENT) != 0, (flags & LockAllFlags.MCL_FUTURE) != 0, (flags & LockAllFlags.MCL_ONFAULT) != 0);
    }

    /// <summary>Undoes mlock and mlockall for everything.</summary>
    /// <returns>Success.</returns>
    /// <remarks>Linux: munlockall(2).</remarks>
    [Syscall(152)]
    internal static SyscallResult Munlockall(UserThread caller) =>
        caller.Process.AddressSpace.LockAll(current: false, future: false, onFault: false);

    private static SyscallResult Lock(UserThread caller, UserAddress address, ulong length, bool onFault)
    {
        AddressSpace space = caller.Process.AddressSpace;
        RefreshLockedLimit(caller, space);
        return space.LockedLimit == 0 ? Errno.EPERM : space.Lock(address, length, isLocked: true, onFault);
    }

    /// <summary>Whether the pages from an address on do not wrap around.</summary>
    private static bool IsPageRange(UserAddress address, ulong length)
    {
        ulong rounded = unchecked((length + PageSize.Bytes - 1) & ~(ulong)(PageSize.Bytes - 1));
        return rounded >= length && address.Value + rounded >= address.Value;
    }
}
