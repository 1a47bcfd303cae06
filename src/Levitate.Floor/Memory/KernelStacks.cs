using System;
using System.Threading;

namespace Levitate.Floor;

/// <summary>The stacks of kernel threads: whole pages, mapped at once, above a page that is never mapped.</summary>
internal static unsafe class KernelStacks
{
    /// <summary>Bytes of a stack. Managed exception handling alone wants some ten KiB.</summary>
    internal const ulong Bytes = 128 * 1024;

    private const ulong Stride = Bytes * 2;
    private const int CacheCapacity = 16;
    private const int TrimmedAtOnce = 8;
    private const int PlacesInFrame = (4096 - 16) / sizeof(uint);

    private struct Cache
    {
        internal fixed ulong Stacks[CacheCapacity];
    }

    /// <summary>A frame's worth of numbers of places (strides) whose stacks were unmapped; their page tables are still there.</summary>
    private struct FreePlaces
    {
        internal FreePlaces* Next;
        internal uint Frame;
        internal int Count;
        internal fixed uint Places[PlacesInFrame];
    }

    private static Cache s_cache;
    private static int s_cached;
    private static FreePlaces* s_freePlaces;
    private static ulong s_next;

    /// <summary>Stacks beyond the cache that are to be unmapped, linked through their highest words.</summary>
    private static ulong s_excess;
    private static int s_excessCount;

    /// <summary>Frames of a stack.</summary>
    internal const long FramesOfOne = (long)(Bytes / 4096);

    /// <summary>Frames of stacks on which nothing runs: the kernel's own, as nobody's program holds them.</summary>
    internal static long UnusedFrames => (Volatile.Read(ref s_cached) + Volatile.Read(ref s_excessCount)) * FramesOfOne;

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
            s_excessCount--;
            s_lock.Release(flags);
            return excess;
        }

        FreePlaces* emptied = null;
        ulong place;
        if (s_freePlaces == null)
        {
            place = s_next / Stride;
            s_next += Stride;
        }
        else
        {
            place = s_freePlaces->Places[--s_freePlaces->Count];
            if (s_freePlaces->Count == 0)
            {
                emptied = s_freePlaces;
                s_freePlaces = emptied->Next;
            }
        }

        s_lock.Release(flags);
        if (emptied != null)
        {
            FrameAllocator.Release(emptied->Frame);
        }

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
            s_excessCount++;
        }

        s_lock.Release(flags);
    }

    /// <summary>
    /// Unmaps stacks that are too many to keep, several at a time: the other CPUs are interrupted once for all of these.
    /// Waits for them: no spin lock is held, interrupts are on.
    /// </summary>
    internal static void Trim()
    {
        ulong* tops = stackalloc ulong[TrimmedAtOnce];
        while (TryTakeExcess(tops))
        {
            uint frames = 0;
            ulong lowest = ulong.MaxValue;
            ulong highest = 0;
            for (int index = 0; index < TrimmedAtOnce; index++)
            {
                KernelPageTables.Unmap(tops[index] - Bytes, tops[index], ref frames);
                lowest = Math.Min(lowest, tops[index] - Bytes);
                highest = Math.Max(highest, tops[index]);
            }

            TlbShootdown.FlushKernel(lowest, highest);
            KernelPageTables.Release(frames);
            for (int index = 0; index < TrimmedAtOnce; index++)
            {
                FreePlace(tops[index] - Bytes);
            }
        }
    }

    /// <summary>Takes as many of the excess as are unmapped at once; false: there are fewer.</summary>
    private static bool TryTakeExcess(ulong* tops)
    {
        if (Volatile.Read(ref s_excessCount) < TrimmedAtOnce)
        {
            return false;
        }

        ulong flags = s_lock.Acquire(LockRank.KernelStacks);
        bool isEnough = s_excessCount >= TrimmedAtOnce;
        for (int index = 0; isEnough && index < TrimmedAtOnce; index++)
        {
            tops[index] = s_excess;
            s_excess = *((ulong*)s_excess - 1);
            s_excessCount--;
        }

        s_lock.Release(flags);
        return isEnough;
    }

    /// <summary>Lets a place be used again. Where even the kernel's reserve has no frame left to note it in, it is forgotten.</summary>
    private static void FreePlace(ulong bottom)
    {
        uint place = (uint)((bottom - KernelPageTables.StacksStart) / Stride);
        if (TryNote(place, fresh: null) || !FrameAllocator.TryAllocate(out uint frame))
        {
            return;
        }

        FreePlaces* fresh = (FreePlaces*)DirectMap.FramePointer(frame);
        fresh->Frame = frame;
        fresh->Count = 0;
        TryNote(place, fresh);
    }

    /// <summary>Notes a free place: in the list's first frame, where there is room, or in a fresh one.</summary>
    private static bool TryNote(uint place, FreePlaces* fresh)
    {
        ulong flags = s_lock.Acquire(LockRank.KernelStacks);
        if (fresh != null)
        {
            fresh->Next = s_freePlaces;
            s_freePlaces = fresh;
        }

        bool hasRoom = s_freePlaces != null && s_freePlaces->Count < PlacesInFrame;
        if (hasRoom)
        {
            s_freePlaces->Places[s_freePlaces->Count++] = place;
        }

        s_lock.Release(flags);
        return hasRoom;
    }

    /// <summary>Whether an address is in the unmapped part under a stack.</summary>
    internal static bool IsGuard(ulong address) =>
        address >= KernelPageTables.StacksStart && address < KernelPageTables.StacksStart + s_next
        && (address - KernelPageTables.StacksStart) % Stride < Stride - Bytes;
}
