using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Levitate.Floor;

/// <summary>
/// Physical page frames: a buddy system behind small per-CPU caches, with a reference count a frame. A frame with a count
/// of 0 is on a free list or in a cache, and mapped nowhere.
/// </summary>
public static unsafe class FrameAllocator
{
    private const int Orders = 11;
    private const uint None = uint.MaxValue;
    private const byte NotFreeHead = 0xff;

    /// <summary>What is known of a frame.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FrameInfo
    {
        internal int References;
        internal uint Next;
        internal uint Previous;

        /// <summary>The order of the free block that begins here, or <see cref="NotFreeHead"/>.</summary>
        internal byte FreeOrder;

        /// <summary>Whether the frame is RAM that this allocator hands out.</summary>
        internal byte IsManaged;

        /// <summary>Whether the frame is in use by the kernel itself, not on behalf of a program.</summary>
        internal byte IsKernel;
    }

    private struct Heads
    {
        internal fixed uint First[Orders];
    }

    private static FrameInfo* s_frames;
    private static uint s_frameCount;
    private static Heads s_free;
    private static long s_freeInBuddy;
    private static long s_total;
    private static long s_reserve;
    private static long s_kernelFrames;

    /// <summary>Guards the free lists. Interrupts off; innermost.</summary>
    private static SpinLock s_lock;

    /// <summary>Frames for use after the kernel image and the frame table.</summary>
    public static long TotalFrames => s_total;

    /// <summary>Frames on free lists and in caches; exact when nobody allocates.</summary>
    public static long FreeFrames => Volatile.Read(ref s_freeInBuddy) + CachedFrames;

    private static long CachedFrames
    {
        get
        {
            long cached = 0;
            for (int index = 0; index < Processors.Count; index++)
            {
                cached += Volatile.Read(ref Processors.Get(index)->FrameCacheCount);
            }

            return cached;
        }
    }

    /// <summary>Frames that the kernel holds for itself (the runtime's heap, its own tables), not on behalf of a program.</summary>
    public static long KernelFrames => Volatile.Read(ref s_kernelFrames);

    /// <summary>Frames that <see cref="TryAllocateForUser"/> leaves for the kernel.</summary>
    public static long Reserve => s_reserve;

    /// <summary>
    /// Keeps an eighth of memory, 4 to 64 MiB, from user programs, so that the runtime's heap can grow when they have
    /// used up all the rest.
    /// </summary>
    internal static void KeepReserve()
    {
        const long Smallest = (4 << 20) / 4096;
        const long Largest = (64 << 20) / 4096;
        s_reserve = Math.Clamp(s_total / 8, Smallest, Largest);
    }

    /// <summary>Builds the frame table from the memory map. Runs once, before anything allocates, on one CPU.</summary>
    internal static void Initialize()
    {
        for (int order = 0; order < Orders; order++)
        {
            s_free.First[order] = None;
        }

        ulong top = 0;
        for (int index = 0; index < BootInfo.RegionCount; index++)
        {
            top = BootInfo.RegionEnd(index) > top ? BootInfo.RegionEnd(index) : top;
        }

        s_frameCount = (uint)(top >> 12);
        ulong imageEnd = ((ulong)LinkSymbols.ImageEnd() - KernelPageTables.ImageBase + 4095) & ~4095UL;
        ulong tableBytes = ((ulong)s_frameCount * (ulong)sizeof(FrameInfo) + 4095) & ~4095UL;
        ulong table = FindRoom(imageEnd, tableBytes);
        s_frames = (FrameInfo*)DirectMap.Pointer(table);
        for (uint frame = 0; frame < s_frameCount; frame++)
        {
            s_frames[frame] = new FrameInfo { References = 1, FreeOrder = NotFreeHead };
        }

        for (int index = 0; index < BootInfo.RegionCount; index++)
        {
            // Below 4 GiB now; the rest once the direct map reaches it (AddHighMemory).
            ulong end = BootInfo.RegionEnd(index) < 1UL << 32 ? BootInfo.RegionEnd(index) : 1UL << 32;
            AddRegion(BootInfo.RegionStart(index), end, imageEnd, table, table + tableBytes);
        }
    }

    /// <summary>Hands out the RAM above 4 GiB too; the direct map covers it by now.</summary>
    internal static void AddHighMemory()
    {
        for (int index = 0; index < BootInfo.RegionCount; index++)
        {
            ulong start = BootInfo.RegionStart(index) > 1UL << 32 ? BootInfo.RegionStart(index) : 1UL << 32;
            AddRegion(start, BootInfo.RegionEnd(index), 0, 0, 0);
        }
    }

    /// <summary>A place for the frame table: the first RAM above the image that the initramfs leaves free.</summary>
    private static ulong FindRoom(ulong imageEnd, ulong bytes)
    {
        ulong initrdEnd = (BootInfo.InitrdStart + BootInfo.InitrdLength + 4095) & ~4095UL;
        for (int index = 0; index < BootInfo.RegionCount; index++)
        {
            ulong start = BootInfo.RegionStart(index) > imageEnd ? BootInfo.RegionStart(index) : imageEnd;
            ulong end = BootInfo.RegionEnd(index);
            if (end > 1UL << 32)
            {
                continue;
            }

            if (start < initrdEnd && BootInfo.InitrdStart < start + bytes)
            {
                start = initrdEnd;
            }

            if (start < end && bytes <= end - start)
            {
                return start;
            }
        }

        Panic.Halt("not enough memory for the frame table"u8);
        return 0;
    }

    private static void AddRegion(ulong start, ulong end, ulong imageEnd, ulong tableStart, ulong tableEnd)
    {
        const ulong LowMemory = 1 << 20;
        ulong initrdEnd = (BootInfo.InitrdStart + BootInfo.InitrdLength + 4095) & ~4095UL;
        for (ulong address = start; address < end; address += 4096)
        {
            uint frame = (uint)(address >> 12);
            bool isInitrd = address >= BootInfo.InitrdStart && address < initrdEnd;
            if (address < LowMemory || address < imageEnd || (address >= tableStart && address < tableEnd))
            {
                continue;
            }

            s_frames[frame].IsManaged = 1;
            s_total++;
            if (!isInitrd)
            {
                // The largest aligned block that fits keeps start-up short: a frame at a time only at the edges.
                int order = Orders - 1;
                while (order > 0 && !IsFreeRun(address, order, end, tableStart, tableEnd, initrdEnd))
                {
                    order--;
                }

                uint count = 1u << order;
                for (uint offset = 0; offset < count; offset++)
                {
                    s_frames[frame + offset].IsManaged = 1;
                    s_frames[frame + offset].References = 0;
                }

                s_total += count - 1;
                s_freeInBuddy += count;
                Push(frame, order);
                address += (ulong)(count - 1) << 12;
            }
        }
    }

    private static bool IsFreeRun(ulong address, int order, ulong end, ulong tableStart, ulong tableEnd, ulong initrdEnd)
    {
        ulong bytes = 4096UL << order;
        ulong last = address + bytes;
        return (address & (bytes - 1)) == 0 && last <= end
            && (last <= tableStart || address >= tableEnd)
            && (last <= BootInfo.InitrdStart || address >= initrdEnd || BootInfo.InitrdLength == 0);
    }

    /// <summary>Takes a frame with a count of 1 and unknown content, for the kernel. False when there is none.</summary>
    public static bool TryAllocate(out uint frame)
    {
        if (!TryAllocate(0, out frame))
        {
            return false;
        }

        s_frames[frame].IsKernel = 1;
        Interlocked.Increment(ref s_kernelFrames);
        return true;
    }

    /// <summary>
    /// Takes a frame as <see cref="TryAllocate(out uint)"/> does, but leaves the kernel's reserve alone; half of it, where the
    /// thread may use it just now.
    /// </summary>
    public static bool TryAllocateForUser(out uint frame) =>
        TryAllocate(s_reserve, out frame) || (Asm.CurrentThread()->MayUseReserve != 0 && TryAllocate(s_reserve / 2, out frame));

    /// <summary>Says whether the calling thread may use half of the reserve for programs' pages.</summary>
    public static void UseReserve(bool isAllowed) => Asm.CurrentThread()->MayUseReserve = isAllowed ? 1 : 0;

    private static bool TryAllocate(long reserve, out uint frame)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        // What the kernel took into the cache out of the reserve is not for user programs either.
        bool isReserved = reserve > 0 && Volatile.Read(ref s_freeInBuddy) + cpu->FrameCacheCount <= reserve;
        if (isReserved || (cpu->FrameCacheCount == 0 && !Refill(cpu, reserve)))
        {
            Asm.RestoreInterrupts(flags);
            frame = 0;
            return false;
        }

        frame = cpu->FrameCache[--cpu->FrameCacheCount];
        s_frames[frame].References = 1;
        Asm.RestoreInterrupts(flags);
        return true;
    }

    private static bool Refill(PerCpu* cpu, long reserve)
    {
        const int Batch = PerCpu.FrameCacheCapacity / 2;
        s_lock.AcquireRaw(LockRank.Frames);
        while (cpu->FrameCacheCount < Batch && s_freeInBuddy > reserve && TryPop(0, out uint frame))
        {
            cpu->FrameCache[cpu->FrameCacheCount++] = frame;
            s_freeInBuddy--;
        }

        s_lock.ReleaseRaw();
        return cpu->FrameCacheCount > 0;
    }

    /// <summary>Takes 2^order neighbouring frames, each with a count of 1, for the kernel. False when there is no such block.</summary>
    public static bool TryAllocateContiguous(int order, out uint first)
    {
        if (!TryAllocateContiguous(0, order, out first))
        {
            return false;
        }

        for (uint offset = 0; offset < 1u << order; offset++)
        {
            s_frames[first + offset].IsKernel = 1;
        }

        Interlocked.Add(ref s_kernelFrames, 1L << order);
        return true;
    }

    /// <summary>Takes neighbouring frames as <see cref="TryAllocateContiguous(int, out uint)"/> does, but leaves the kernel's reserve alone.</summary>
    public static bool TryAllocateContiguousForUser(int order, out uint first) => TryAllocateContiguous(s_reserve, order, out first);

    private static bool TryAllocateContiguous(long reserve, int order, out uint first)
    {
        if (order == 0)
        {
            // A user thread's state, mostly: this CPU's cache has one.
            return TryAllocate(reserve, out first);
        }

        ulong flags = s_lock.Acquire(LockRank.Frames);
        first = 0;
        if (order >= Orders || s_freeInBuddy < reserve + (1L << order) || !TryPop(order, out first))
        {
            s_lock.Release(flags);
            return false;
        }

        s_freeInBuddy -= 1L << order;
        for (uint offset = 0; offset < 1u << order; offset++)
        {
            s_frames[first + offset].References = 1;
        }

        s_lock.Release(flags);
        return true;
    }

    /// <summary>Adds a reference.</summary>
    public static void AddReference(uint frame)
    {
        if (Interlocked.Increment(ref s_frames[frame].References) < 2)
        {
            Panic.Halt("a reference was added to a free frame"u8);
        }
    }

    /// <summary>Drops a reference; the last one frees the frame.</summary>
    public static void Release(uint frame)
    {
        int left = Interlocked.Decrement(ref s_frames[frame].References);
        if (left > 0)
        {
            return;
        }

        if (left < 0 || s_frames[frame].IsManaged == 0)
        {
            Panic.Halt("a free frame, or one that is not the allocator's, was released"u8);
        }

        if (s_frames[frame].IsKernel != 0)
        {
            s_frames[frame].IsKernel = 0;
            Interlocked.Decrement(ref s_kernelFrames);
        }

        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        if (cpu->FrameCacheCount == PerCpu.FrameCacheCapacity)
        {
            Drain(cpu);
        }

        cpu->FrameCache[cpu->FrameCacheCount++] = frame;
        Asm.RestoreInterrupts(flags);
    }

    private static void Drain(PerCpu* cpu)
    {
        s_lock.AcquireRaw(LockRank.Frames);
        while (cpu->FrameCacheCount > PerCpu.FrameCacheCapacity / 2)
        {
            FreeBlock(cpu->FrameCache[--cpu->FrameCacheCount]);
            s_freeInBuddy++;
        }

        s_lock.ReleaseRaw();
    }

    /// <summary>The present count; 0 for a free frame.</summary>
    public static int ReferenceCount(uint frame) => frame < s_frameCount ? Volatile.Read(ref s_frames[frame].References) : 1;

    /// <summary>Whether a frame is RAM that this allocator hands out.</summary>
    public static bool IsManaged(uint frame) => frame < s_frameCount && s_frames[frame].IsManaged != 0;

    /// <summary>Joins a free frame with its buddies as far as they are free.</summary>
    private static void FreeBlock(uint frame)
    {
        int order = 0;
        while (order < Orders - 1)
        {
            uint buddy = frame ^ (1u << order);
            if (buddy >= s_frameCount || s_frames[buddy].FreeOrder != order || s_frames[buddy].IsManaged == 0)
            {
                break;
            }

            Remove(buddy, order);
            frame &= ~(1u << order);
            order++;
        }

        Push(frame, order);
    }

    private static bool TryPop(int wanted, out uint frame)
    {
        int order = wanted;
        while (order < Orders && s_free.First[order] == None)
        {
            order++;
        }

        if (order == Orders)
        {
            frame = 0;
            return false;
        }

        frame = s_free.First[order];
        Remove(frame, order);
        while (order > wanted)
        {
            order--;
            Push(frame + (1u << order), order);
        }

        return true;
    }

    private static void Push(uint frame, int order)
    {
        FrameInfo* info = s_frames + frame;
        info->FreeOrder = (byte)order;
        info->Previous = None;
        info->Next = s_free.First[order];
        if (info->Next != None)
        {
            s_frames[info->Next].Previous = frame;
        }

        s_free.First[order] = frame;
    }

    private static void Remove(uint frame, int order)
    {
        FrameInfo* info = s_frames + frame;
        info->FreeOrder = NotFreeHead;
        if (info->Previous != None)
        {
            s_frames[info->Previous].Next = info->Next;
        }
        else
        {
            s_free.First[order] = info->Next;
        }

        if (info->Next != None)
        {
            s_frames[info->Next].Previous = info->Previous;
        }
    }
}
