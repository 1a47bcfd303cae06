using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>
/// mmap and its family for the .NET runtime: anonymous private memory in the kernel's window of the lower half (the GC's
/// tables hold addresses as signed numbers). Reserving takes no memory; pages get zeroed frames when they become
/// accessible, all of them at once, since a fault in the kernel is always an error.
/// </summary>
internal static unsafe class VirtualMemory
{
    private const ulong Start = KernelPageTables.WindowStart;
    private const ulong End = KernelPageTables.WindowEnd;
    private const int PageBytes = 4096;
    private const int PROT_NONE = 0;
    private const int PROT_READ_WRITE = 3;
    private const int MAP_FIXED = 0x10;
    private const int MAP_ANONYMOUS = 0x20;
    private const int MADV_FREE = 8;
    private const int MADV_DONTDUMP = 16;
    private const int MADV_DODUMP = 17;

    /// <summary>Guards the ranges below. Order: before the frame allocator's and the page tables' locks.</summary>
    private static SpinLock s_lock;
    private static FreeRanges s_free;

    /// <summary>Nothing is ever executable: the kernel makes no code while it runs.</summary>
    [RuntimeExport("mmap64")]
    internal static nint Map(ulong address, ulong length, int protection, int flags, int file, long offset)
    {
        if ((flags & MAP_ANONYMOUS) == 0 || length == 0 || protection is not (PROT_NONE or PROT_READ_WRITE))
        {
            return CError.Fail(CError.EINVAL);
        }

        if (length > End - Start)
        {
            return CError.Fail(CError.ENOMEM);
        }

        length = RoundUp(length);
        if ((flags & MAP_FIXED) != 0)
        {
            // The runtime maps over what it has, to give memory back.
            if (!IsInWindow(address, length))
            {
                return CError.Fail(CError.EINVAL);
            }

            Decommit(address, length);
        }
        else
        {
            ulong flagsRegister = s_lock.Acquire(LockRank.RuntimeMemory);
            address = s_free.Take(length);
            s_lock.Release(flagsRegister);
            if (address == 0)
            {
                return CError.Fail(CError.ENOMEM);
            }
        }

        if (protection != PROT_NONE && !TryCommit(address, length))
        {
            if ((flags & MAP_FIXED) == 0)
            {
                Unmap(address, length);
            }

            return CError.Fail(CError.ENOMEM);
        }

        return (nint)address;
    }

    [RuntimeExport("munmap")]
    internal static int Unmap(ulong address, ulong length)
    {
        length = RoundUp(length);
        if (!IsInWindow(address, length))
        {
            return CError.Fail(CError.EINVAL);
        }

        Decommit(address, length);
        ulong flags = s_lock.Acquire(LockRank.RuntimeMemory);
        s_free.Give(address, length);
        s_lock.Release(flags);
        return 0;
    }

    [RuntimeExport("mprotect")]
    internal static int Protect(ulong address, ulong length, int protection)
    {
        if (address >= 0xffff_8000_0000_0000)
        {
            // The runtime would protect parts of its own image: the floor has, once and for all.
            return 0;
        }

        length = RoundUp(length);
        if (!IsInWindow(address, length) || protection != PROT_READ_WRITE)
        {
            return CError.Fail(CError.EINVAL);
        }

        return TryCommit(address, length) ? 0 : CError.Fail(CError.ENOMEM);
    }

    /// <summary>Only advice that needs no deed is taken: what core dumps hold, and MADV_FREE, which may free.</summary>
    [RuntimeExport("madvise")]
    internal static int Advise(ulong address, ulong length, int advice) =>
        advice is MADV_FREE or MADV_DONTDUMP or MADV_DODUMP ? 0 : CError.Fail(CError.EINVAL);

    [RuntimeExport("posix_madvise")]
    internal static int PosixAdvise(ulong address, ulong length, int advice) => 0;

    /// <summary>Everything is locked in memory.</summary>
    [RuntimeExport("mlock")]
    internal static int Lock(ulong address, ulong length) => 0;

    [RuntimeExport("munlock")]
    internal static int Unlock(ulong address, ulong length) => 0;

    private static bool TryCommit(ulong address, ulong length)
    {
        for (ulong page = address; page < address + length; page += PageBytes)
        {
            if (KernelPageTables.IsMapped(page))
            {
                continue;
            }

            if (!FrameAllocator.TryAllocate(out uint frame))
            {
                return false;
            }

            Asm.ClearPage(DirectMap.FramePointer(frame));
            if (!KernelPageTables.TryMap(page, frame))
            {
                FrameAllocator.Release(frame);
                return false;
            }
        }

        return true;
    }

    private static void Decommit(ulong address, ulong length) => KernelPageTables.UnmapAndRelease(address, address + length);

    private static bool IsInWindow(ulong address, ulong length) =>
        (address & (PageBytes - 1)) == 0 && address >= Start && address < End && length <= End - address;

    private static ulong RoundUp(ulong length) => (length + PageBytes - 1) & ~(ulong)(PageBytes - 1);
}
