using System.Threading;

namespace Levitate.Floor;

/// <summary>The stacks of kernel threads: whole pages, mapped at once, above a page that is never mapped.</summary>
internal static unsafe class KernelStacks
{
    /// <summary>Bytes of a stack. Managed exception handling alone wants some ten KiB.</summary>
    internal const ulong Bytes = 128 * 1024;

    private const ulong Stride = Bytes * 2;
    private const int CacheCapacity = 16;
    private const int PlaceCapacity = 4096;

    private struct Cache
    {
        internal fixed ulong Stacks[CacheCapacity];

        /// <summary>Numbers of places (strides) whose stacks were unmapped; their page tables are still there.</summary>
        internal fixed uint FreePlaces[PlaceCapacity];
    }

    private static Cache s_cache;
    private static int s_cached;
    private static int s_freePlaces;
    private static ulong s_next;

    /// <summary>Stacks beyond the cache that are to be unmapped, linked through their highest words.</summary>
    private static ulong s_excess;

    /// <summary>Guards the fields above. Interrupts off; before KernelPageTables' lock.</summary>
    private static SpinLock s_lock;

    /// <summary>A stack's top; 0 when there is no memory.</summary>
    internal static ulong TryAllocate()
    {
        ulong flags = s_lock.Acquire(LockRank.KernelStacks);
        if (s_cached > 0)
        {
            ulong cached = s_cache.Stacks[--s_cached];
            s_lock.Release(flags);
            return cached;
        }

        if (s_excess != 0)
        {
            ulong excess = s_excess;
            s_excess = *((ulong*)excess - 1);
            s_lock.Release(flags);
            return excess;
        }

        ulong place = s_freePlaces > 0 ? s_cache.FreePlaces[--s_freePlaces] : s_next / Stride;
        if (place == s_next / Stride)
        {
            s_next += Stride;
        }

        s_lock.Release(flags);
        ulong bottom = KernelPageTables.StacksStart + ((place + 1) * Stride) - Bytes;
        for (ulong offset = 0; offset < Bytes; offset += 4096)
        {
            if (!FrameAllocator.TryAllocateForUser(out uint frame))
            {
                KernelPageTables.UnmapAndRelease(bottom, bottom + offset);
                FreePlace(bottom);
                return 0;
            }

            if (!KernelPageTables.TryMap(bottom + offset, frame))
            {
                FrameAllocator.Release(frame);
                KernelPageTables.UnmapAndRelease(bottom, bottom + offset);
                FreePlace(bottom);
                return 0;
            }
        }

        return bottom + Bytes;
    }

    /// <summary>Takes back a stack on which nothing runs any more. Any context; <see cref="Trim"/> does the rest.</summary>
    internal static void Free(ulong top)
    {
        ulong flags = s_lock.Acquire(LockRank.KernelStacks);
        if (s_cached < CacheCapacity)
        {
            s_cache.Stacks[s_cached++] = top;
        }
        else
        {
            *((ulong*)top - 1) = s_excess;
            s_excess = top;
        }

        s_lock.Release(flags);
    }

    /// <summary>Unmaps the stacks that are too many to keep. Waits for other CPUs: no spin lock is held, interrupts are on.</summary>
    internal static void Trim()
    {
        while (Volatile.Read(ref s_excess) != 0)
        {
            ulong flags = s_lock.Acquire(LockRank.KernelStacks);
            ulong top = s_excess;
            s_excess = top == 0 ? 0 : *((ulong*)top - 1);
            s_lock.Release(flags);
            if (top != 0)
            {
                KernelPageTables.UnmapAndRelease(top - Bytes, top);
                FreePlace(top - Bytes);
            }
        }
    }

    /// <summary>Lets a place be used again. Beyond what the list holds, places (not memory) are forgotten.</summary>
    private static void FreePlace(ulong bottom)
    {
        ulong flags = s_lock.Acquire(LockRank.KernelStacks);
        if (s_freePlaces < PlaceCapacity)
        {
            s_cache.FreePlaces[s_freePlaces++] = (uint)((bottom - KernelPageTables.StacksStart) / Stride);
        }

        s_lock.Release(flags);
    }

    /// <summary>Whether an address is in the unmapped part under a stack.</summary>
    internal static bool IsGuard(ulong address) =>
        address >= KernelPageTables.StacksStart && address < KernelPageTables.StacksStart + s_next
        && (address - KernelPageTables.StacksStart) % Stride < Stride - Bytes;
}
