using System.Runtime.CompilerServices;
using System.Threading;

namespace Levitate.Floor;

/// <summary>
/// The user half of page tables, named by their root's frame. The meaning of every member is that of the kernel's
/// IPageTable; access bits are PageAccess's (1 read, 2 write, 4 execute). The address space's lock guards one root.
/// </summary>
public static unsafe class PageTables
{
    private const int Read = 1;
    private const int Write = 2;
    private const int Execute = 4;

    /// <summary>Entries that are looked at together: a cache line's.</summary>
    private const int GroupSize = 8;

    /// <summary>A slot of the kernel's half that leads nowhere.</summary>
    private const int CountSlot = 448;

    private static long s_tables;

    /// <summary>How many tables there are in all address spaces, without the roots.</summary>
    public static long Tables => Volatile.Read(ref s_tables);

    private const ulong TableBits = (ulong)(PageBits.Present | PageBits.Writable | PageBits.User);

    /// <summary>Makes an empty user half over the kernel's shared slots. False when there is no memory.</summary>
    public static bool TryCreate(out uint root)
    {
        if (!FrameAllocator.TryAllocateForUser(out root))
        {
            return false;
        }

        ulong* table = (ulong*)DirectMap.FramePointer(root);
        ulong* kernel = (ulong*)LinkSymbols.KernelRoot();
        Asm.ClearPage(table);
        table[KernelPageTables.WindowSlot] = kernel[KernelPageTables.WindowSlot];
        for (int slot = 256; slot < 512; slot += GroupSize)
        {
            if (IsEmpty(kernel + slot))
            {
                continue;
            }

            for (int index = slot; index < slot + GroupSize; index++)
            {
                table[index] = kernel[index];
            }
        }

        return true;
    }

    /// <summary>Frees the tables. All pages are unmapped by now, and no thread runs with the root; CPUs that still have it loaded let go of it first.</summary>
    public static void Destroy(uint root)
    {
        TlbShootdown.Leave(root);
        ulong* table = (ulong*)DirectMap.FramePointer(root);

        // All of the user half but the window, whose group is looked at one by one.
        const int AfterWindow = KernelPageTables.WindowSlot + GroupSize;
        long freed = FreeTablesIn(table, KernelPageTables.WindowSlot, 3) + FreeTablesIn(table + AfterWindow, 256 - AfterWindow, 3);
        for (int slot = KernelPageTables.WindowSlot + 1; slot < AfterWindow; slot++)
        {
            freed += table[slot] == 0 ? 0 : FreeTables(table[slot], 3);
        }

        Interlocked.Add(ref s_tables, -freed);
        FrameAllocator.Release(root);
    }

    /// <summary>Frees a table and those that it leads to; how many.</summary>
    private static long FreeTables(ulong entry, int level)
    {
        long freed = level > 1 ? FreeTablesIn(KernelPageTables.Table(entry), 512, level - 1) : 0;
        FrameAllocator.Release((uint)((entry & (ulong)PageBits.Address) >> 12));
        return freed + 1;
    }

    private static long FreeTablesIn(ulong* table, int count, int level)
    {
        long freed = 0;
        for (ulong* group = table; group < table + count; group += GroupSize)
        {
            if (IsEmpty(group))
            {
                continue;
            }

            for (int index = 0; index < GroupSize; index++)
            {
                if (group[index] != 0)
                {
                    freed += FreeTables(group[index], level);
                }
            }
        }

        return freed;
    }

    /// <summary>Whether none of so many entries is in use: most tables are mostly empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsEmpty(ulong* group) =>
        (group[0] | group[1] | group[2] | group[3] | group[4] | group[5] | group[6] | group[7]) == 0;

    /// <inheritdoc cref="PageTables"/>
    public static bool TryMap(uint root, ulong page, uint frame, int access)
    {
        ulong* entry = FindEntry(root, page, create: true);
        if (entry == null)
        {
            return false;
        }

        *entry = Encode(frame, access);
        return true;
    }

    /// <inheritdoc cref="PageTables"/>
    public static void Replace(uint root, ulong page, uint frame, int access)
    {
        ulong* entry = FindEntry(root, page, create: false);
        if (entry == null || *entry == 0)
        {
            Panic.Halt("a page was replaced that is not mapped"u8);
        }

        *entry = Encode(frame, access);
        TlbShootdown.FlushUser(root, page, page + 4096);
    }

    /// <inheritdoc cref="PageTables"/>
    public static bool Find(uint root, ulong page, out uint frame, out int access, out bool dirty)
    {
        ulong* entry = FindEntry(root, page, create: false);
        ulong value = entry == null ? 0 : *entry;
        frame = (uint)((value & (ulong)PageBits.Address) >> 12);
        access = Decode(value);
        dirty = (value & (ulong)PageBits.Dirty) != 0;
        return value != 0;
    }

    /// <inheritdoc cref="PageTables"/>
    public static bool TryFindNext(uint root, ulong start, ulong end, out ulong next)
    {
        ulong* entry = FindTable(root, start, out ulong tableEnd);
        ulong stop = tableEnd < end ? tableEnd : end;
        next = entry == null ? stop : start;
        while (next < stop && *entry == 0)
        {
            int step = stop - next >= GroupSize * 4096 && IsEmpty(entry) ? GroupSize : 1;
            next += (ulong)step * 4096;
            entry += step;
        }

        return next < stop;
    }

    /// <inheritdoc cref="PageTables"/>
    public static bool IsAccessed(uint root, ulong page)
    {
        ulong* entry = FindEntry(root, page, create: false);
        return entry != null && (*entry & (ulong)PageBits.Accessed) != 0;
    }

    /// <inheritdoc cref="PageTables"/>
    public static long CountTables(uint root) => (long)(CountOf(root) >> 1);

    /// <summary>Where a root has the count of its tables, shifted by the bit that would make it an entry: in a slot of the kernel's half that it has no use for.</summary>
    private static ref ulong CountOf(uint root) => ref ((ulong*)DirectMap.FramePointer(root))[CountSlot];

    /// <inheritdoc cref="PageTables"/>
    public static int UnmapRange(uint root, ulong start, ulong end, uint* frames, int capacity, out ulong next)
    {
        int count = 0;
        ulong page = start;
        ulong first = 0;
        while (page < end && count < capacity)
        {
            ulong* entry = FindTable(root, page, out ulong tableEnd);
            ulong stop = tableEnd < end ? tableEnd : end;
            if (entry == null)
            {
                page = stop;
                continue;
            }

            while (page < stop && count < capacity)
            {
                ulong value = *entry;
                if (value != 0)
                {
                    *entry = 0;
                    frames[count] = (uint)((value & (ulong)PageBits.Address) >> 12);
                    first = count++ == 0 ? page : first;
                }

                int step = value == 0 && stop - page >= GroupSize * 4096 && IsEmpty(entry) ? GroupSize : 1;
                page += (ulong)step * 4096;
                entry += step;
            }
        }

        next = page;
        if (count > 0)
        {
            TlbShootdown.FlushUser(root, first, page);
        }

        return count;
    }

    /// <inheritdoc cref="PageTables"/>
    public static void ReleaseTables(uint root, ulong start, ulong end, ulong gapStart, ulong gapEnd)
    {
        TakenTables taken = new() { Root = root, GapStart = gapStart, GapEnd = gapEnd };
        TakeTables(&taken, (ulong*)DirectMap.FramePointer(root), 39, start, end);
        FreeTaken(&taken);
    }

    /// <summary>Tables that no entry leads to any more, but that a CPU may still remember.</summary>
    private struct TakenTables
    {
        internal const int Capacity = 32;

        /// <summary>The address space, to know which CPUs have it loaded.</summary>
        internal uint Root;

        /// <summary>Where nothing is mapped, and the end of that.</summary>
        internal ulong GapStart;
        internal ulong GapEnd;

        internal int Count;

        /// <summary>Entries that led to them, with the tables' levels where an address has no bits that count (11 to 9).</summary>
        internal fixed ulong Entries[Capacity];
    }

    /// <param name="taken">To which the tables go, and what is not mapped.</param>
    /// <param name="table">A table whose entries reach 1 &lt;&lt; shift bytes each.</param>
    /// <param name="shift">See <paramref name="table"/>.</param>
    /// <param name="start">Where to look; within the table's reach.</param>
    /// <param name="end">Where to stop.</param>
    private static void TakeTables(TakenTables* taken, ulong* table, int shift, ulong start, ulong end)
    {
        ulong reach = 1UL << shift;
        for (ulong first = start & ~(reach - 1); first < end; first += reach)
        {
            ulong* entry = table + ((first >> shift) & 511);
            if (*entry == 0 || (shift == 39 && first >> 39 == (ulong)KernelPageTables.WindowSlot))
            {
                continue;
            }

            if (first < taken->GapStart || taken->GapEnd - first < reach || taken->GapEnd < first)
            {
                if (shift > 21)
                {
                    ulong partStart = start > first ? start : first;
                    ulong partEnd = end - first < reach ? end : first + reach;
                    TakeTables(taken, KernelPageTables.Table(*entry), shift - 9, partStart, partEnd);
                }

                continue;
            }

            if (taken->Count == TakenTables.Capacity)
            {
                FreeTaken(taken);
            }

            ulong level = (ulong)((shift - 12) / 9);
            taken->Entries[taken->Count++] = (*entry & (ulong)PageBits.Address) | (level << 9);
            *entry = 0;
        }
    }

    /// <summary>
    /// No CPU may walk into a table that is free: first the entries went, now all CPUs forget what they remember of tables (one
    /// INVLPG does that for all there are, wherever its page is), then the tables go.
    /// </summary>
    private static void FreeTaken(TakenTables* taken)
    {
        if (taken->Count == 0)
        {
            return;
        }

        TlbShootdown.FlushUser(taken->Root, taken->GapStart, taken->GapStart + 4096);
        long freed = 0;
        while (taken->Count > 0)
        {
            ulong entry = taken->Entries[--taken->Count];
            freed += FreeTables(entry & (ulong)PageBits.Address, (int)(entry >> 9) & 7);
        }

        Interlocked.Add(ref s_tables, -freed);
        CountOf(taken->Root) -= (ulong)freed << 1;
    }

    /// <inheritdoc cref="PageTables"/>
    public static void ProtectRange(uint root, ulong start, ulong end, int access)
    {
        ulong page = start;
        while (page < end)
        {
            ulong* entry = FindTable(root, page, out ulong tableEnd);
            ulong stop = tableEnd < end ? tableEnd : end;
            if (entry == null)
            {
                page = stop;
                continue;
            }

            for (; page < stop; page += 4096, entry++)
            {
                if (*entry != 0)
                {
                    Protect(entry, access);
                }
            }
        }

        TlbShootdown.FlushUser(root, start, end);
    }

    /// <summary>Changes a present page's access. A processor that runs this address space may mark the page accessed or dirty meanwhile.</summary>
    private static void Protect(ulong* entry, int access)
    {
        ulong value;
        ulong changed;
        do
        {
            value = Volatile.Read(ref *entry);
            int allowed = (value & (ulong)PageBits.Writable) != 0 ? access : access & ~Write;
            changed = Encode((uint)((value & (ulong)PageBits.Address) >> 12), allowed) | (value & (ulong)(PageBits.Accessed | PageBits.Dirty));
        }
        while (Interlocked.CompareExchange(ref *entry, changed, value) != value);
    }

    /// <inheritdoc cref="PageTables"/>
    public static bool TryMoveRange(uint root, ulong source, ulong destination, ulong length)
    {
        // First every table that the destination needs, so that nothing can fail half-way.
        return TryVisitMoves(root, source, destination, length, move: false)
            && TryVisitMoves(root, source, destination, length, move: true);
    }

    /// <summary>Finds the destination's entry of each present page, and moves the page there. What has no table costs no time: a range may be all of user space.</summary>
    private static bool TryVisitMoves(uint root, ulong source, ulong destination, ulong length, bool move)
    {
        ulong page = source;
        ulong end = source + length;
        while (page < end)
        {
            ulong* from = FindTable(root, page, out ulong tableEnd);
            ulong stop = tableEnd < end ? tableEnd : end;
            if (from == null)
            {
                page = stop;
                continue;
            }

            for (; page < stop; page += 4096, from++)
            {
                if (*from == 0)
                {
                    continue;
                }

                ulong* to = FindEntry(root, destination + (page - source), create: true);
                if (to == null)
                {
                    return false;
                }

                if (move)
                {
                    *to = Interlocked.Exchange(ref *from, 0);
                }
            }
        }

        if (move)
        {
            TlbShootdown.FlushUser(root, source, end);
        }

        return true;
    }

    /// <inheritdoc cref="PageTables"/>
    public static bool TryShareRange(uint root, uint child, ulong start, ulong end, bool copyOnWrite, out long shared)
    {
        bool complete = true;
        bool hasChanged = false;
        shared = 0;
        ulong page = start;
        while (page < end && complete)
        {
            ulong* entry = FindTable(root, page, out ulong tableEnd);
            ulong stop = tableEnd < end ? tableEnd : end;
            if (entry == null)
            {
                page = stop;
                continue;
            }

            ulong* target = null;
            for (int step = 1; page < stop; page += (ulong)step * 4096, entry += step)
            {
                ulong value = *entry;
                step = 1;
                if (value == 0)
                {
                    step = stop - page >= GroupSize * 4096 && IsEmpty(entry) ? GroupSize : 1;
                    target += target == null ? 0 : step;
                    continue;
                }

                target = target == null ? FindEntry(child, page, create: true) : target;
                if (target == null)
                {
                    complete = false;
                    break;
                }

                if (copyOnWrite && (value & (ulong)PageBits.Writable) != 0)
                {
                    value = Interlocked.And(ref *entry, ~(ulong)PageBits.Writable) & ~(ulong)PageBits.Writable;
                    hasChanged = true;
                }

                FrameAllocator.AddReference((uint)((value & (ulong)PageBits.Address) >> 12));
                *target++ = value;
                shared++;
            }
        }

        if (hasChanged)
        {
            TlbShootdown.FlushUser(root, start, end);
        }

        return complete;
    }

    /// <inheritdoc cref="PageTables"/>
    public static bool TestAndClearDirty(uint root, ulong page)
    {
        ulong* entry = FindEntry(root, page, create: false);
        if (entry == null || (*entry & (ulong)PageBits.Dirty) == 0)
        {
            return false;
        }

        Interlocked.And(ref *entry, ~(ulong)PageBits.Dirty);
        TlbShootdown.FlushUser(root, page, page + 4096);
        return true;
    }

    private static ulong Encode(uint frame, int access)
    {
        ulong value = ((ulong)frame << 12) | (ulong)(PageBits.User | PageBits.Mapped);
        value |= access != 0 ? (ulong)PageBits.Present : 0;
        value |= (access & Write) != 0 ? (ulong)PageBits.Writable : 0;
        value |= (access & Execute) == 0 ? (ulong)PageBits.NoExecute : 0;
        return value;
    }

    private static int Decode(ulong value)
    {
        if ((value & (ulong)PageBits.Present) == 0)
        {
            return 0;
        }

        int access = Read;
        access |= (value & (ulong)PageBits.Writable) != 0 ? Write : 0;
        access |= (value & (ulong)PageBits.NoExecute) == 0 ? Execute : 0;
        return access;
    }

    private static ulong* FindEntry(uint root, ulong page, bool create)
    {
        ulong* table = (ulong*)DirectMap.FramePointer(root);
        for (int shift = 39; shift > 12; shift -= 9)
        {
            ulong* entry = table + ((page >> shift) & 511);
            if (*entry == 0)
            {
                if (!create || !FrameAllocator.TryAllocateForUser(out uint frame))
                {
                    return null;
                }

                Asm.ClearPage(DirectMap.FramePointer(frame));
                Interlocked.Increment(ref s_tables);
                CountOf(root) += 1 << 1;
                *entry = ((ulong)frame << 12) | TableBits;
            }

            table = KernelPageTables.Table(*entry);
        }

        return table + ((page >> 12) & 511);
    }

    /// <summary>The entry of a page, and where its table's reach ends; null where there is no table, with the end of what is missing.</summary>
    private static ulong* FindTable(uint root, ulong page, out ulong end)
    {
        ulong* table = (ulong*)DirectMap.FramePointer(root);
        for (int shift = 39; shift > 12; shift -= 9)
        {
            ulong entry = table[(page >> shift) & 511];
            if (entry == 0)
            {
                end = ((page >> shift) + 1) << shift;
                return null;
            }

            table = KernelPageTables.Table(entry);
        }

        end = ((page >> 21) + 1) << 21;
        return table + ((page >> 12) & 511);
    }
}
