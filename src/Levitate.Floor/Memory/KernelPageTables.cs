using System;

namespace Levitate.Floor;

/// <summary>Bits of a page-table entry (Intel SDM volume 3, table 4-20). Bits 9 and 10 are software's.</summary>
[Flags]
internal enum PageBits : ulong
{
    None = 0,
    Present = 1,
    Writable = 2,
    User = 4,
    Accessed = 0x20,
    Dirty = 0x40,
    Large = 0x80,
    Global = 0x100,

    /// <summary>A user page is mapped here, even where PROT_NONE keeps <see cref="Present"/> off.</summary>
    Mapped = 0x200,
    NoExecute = 1UL << 63,
    Address = 0x000f_ffff_ffff_f000,
}

/// <summary>The kernel's own translations: the window of the runtime in the lower half, kernel stacks, the direct map, the image.</summary>
public static unsafe class KernelPageTables
{
    /// <summary>Virtual minus physical address of the image.</summary>
    internal const ulong ImageBase = 0xffff_ffff_8000_0000;

    /// <summary>The runtime's memory (GC heap, malloc): supervisor pages in the lower half, in every address space (root slot 192).</summary>
    public const ulong WindowStart = 0x6000_0000_0000;

    /// <summary>The end (exclusive) of that window.</summary>
    public const ulong WindowEnd = 0x6080_0000_0000;

    /// <summary>Kernel stacks, each under a guard page (root slot 384).</summary>
    internal const ulong StacksStart = 0xffff_c000_0000_0000;

    internal const int WindowSlot = 192;
    internal const int StacksSlot = 384;

    /// <summary>Guards the tables below the shared root slots. Interrupts off; before FrameAllocator's lock.</summary>
    private static SpinLock s_lock;

    /// <summary>Physical address of the kernel's root; its slots 192 and 256 to 511 are copied into every address space.</summary>
    internal static ulong Root => (ulong)LinkSymbols.KernelRoot() - ImageBase;

    private static ulong* RootTable => (ulong*)LinkSymbols.KernelRoot();

    /// <summary>Gives the shared slots their tables (so that the slots never change again), and reaches RAM above 4 GiB.</summary>
    internal static void Initialize()
    {
        RootTable[WindowSlot] = NewTable() | (ulong)(PageBits.Present | PageBits.Writable);
        RootTable[StacksSlot] = NewTable() | (ulong)(PageBits.Present | PageBits.Writable);
        MapHighMemory();
        ProtectImage();
        ulong* direct = Table(RootTable[256]);
        for (int gigabyte = 0; gigabyte < 4; gigabyte++)
        {
            ulong* directory = Table(direct[gigabyte]);
            for (int index = 0; index < 512; index++)
            {
                directory[index] |= (ulong)(PageBits.NoExecute | PageBits.Global);
            }
        }

        Asm.WriteCr3(Asm.ReadCr3());
    }

    private static void MapHighMemory()
    {
        ulong* direct = Table(RootTable[256]);
        for (int region = 0; region < BootInfo.RegionCount; region++)
        {
            ulong start = BootInfo.RegionStart(region) > 1UL << 32 ? BootInfo.RegionStart(region) : 1UL << 32;
            for (ulong address = start & ~0x1f_ffffUL; address < BootInfo.RegionEnd(region); address += 0x20_0000)
            {
                int slot = (int)(address >> 30);
                if (slot >= 512)
                {
                    break;
                }

                if (direct[slot] == 0)
                {
                    direct[slot] = NewTable() | (ulong)(PageBits.Present | PageBits.Writable);
                }

                Table(direct[slot])[(address >> 21) & 511] = address | (ulong)(PageBits.Present | PageBits.Writable | PageBits.Large | PageBits.Global | PageBits.NoExecute);
            }
        }
    }

    /// <summary>Maps the image by pages: code to execute, constants to read, data to write, nothing of it more than one of these but reading.</summary>
    private static void ProtectImage()
    {
        ulong start = (ulong)LinkSymbols.ImageStart() & ~0x1f_ffffUL;
        ulong end = (ulong)LinkSymbols.ImageEnd();
        ulong directory = NewTable();
        for (ulong block = start; block < end; block += 0x20_0000)
        {
            ulong table = NewTable();
            for (int index = 0; index < 512; index++)
            {
                ulong address = block + ((ulong)index << 12);
                if (address >= ((ulong)LinkSymbols.ImageStart() & ~4095UL) && address < end)
                {
                    Table(table)[index] = (address - ImageBase) | (ulong)ImageAccess(address);
                }
            }

            Table(directory)[(block >> 21) & 511] = table | (ulong)(PageBits.Present | PageBits.Writable);
        }

        Table(RootTable[511])[510] = directory | (ulong)(PageBits.Present | PageBits.Writable);
    }

    private static PageBits ImageAccess(ulong address)
    {
        if (address < (((ulong)LinkSymbols.TextEnd() + 4095) & ~4095UL))
        {
            return PageBits.Present | PageBits.Global;
        }

        return address < (((ulong)LinkSymbols.RodataEnd() + 4095) & ~4095UL)
            ? PageBits.Present | PageBits.Global | PageBits.NoExecute
            : PageBits.Present | PageBits.Global | PageBits.NoExecute | PageBits.Writable;
    }

    /// <summary>Maps a frame for the kernel, readable and writable, never executable. False when there is no memory for a table.</summary>
    public static bool TryMap(ulong virtualAddress, uint frame)
    {
        ulong flags = s_lock.Acquire(LockRank.KernelPageTables);
        ulong* entry = FindEntry(virtualAddress, create: true);
        if (entry != null)
        {
            *entry = ((ulong)frame << 12) | (ulong)(PageBits.Present | PageBits.Writable | PageBits.NoExecute);
        }

        s_lock.Release(flags);
        return entry != null;
    }

    /// <summary>Unmaps a page. False when nothing was mapped. Before its frame is used again, <see cref="TlbShootdown.FlushKernel"/> makes all CPUs forget it.</summary>
    private static bool TryUnmap(ulong virtualAddress, out uint frame)
    {
        ulong flags = s_lock.Acquire(LockRank.KernelPageTables);
        ulong* entry = FindEntry(virtualAddress, create: false);
        ulong value = entry == null ? 0 : *entry;
        if (value != 0)
        {
            *entry = 0;
        }

        s_lock.Release(flags);
        frame = (uint)((value & (ulong)PageBits.Address) >> 12);
        return value != 0;
    }

    /// <summary>Whether a kernel address is mapped (for the panic's stack trace; takes no lock).</summary>
    internal static bool IsMapped(ulong virtualAddress)
    {
        ulong* table = RootTable;
        for (int shift = 39; shift >= 12; shift -= 9)
        {
            ulong value = table[(virtualAddress >> shift) & 511];
            if ((value & (ulong)PageBits.Present) == 0)
            {
                return false;
            }

            if (shift < 39 && (value & (ulong)PageBits.Large) != 0)
            {
                return true;
            }

            table = Table(value);
        }

        return true;
    }

    /// <summary>Unmaps a range and releases its frames, once no CPU can reach them any more. Waits for other CPUs: no spin lock is held, interrupts are on.</summary>
    internal static void UnmapAndRelease(ulong start, ulong end)
    {
        const int Batch = 64;
        uint* frames = stackalloc uint[Batch];
        for (ulong page = start; page < end;)
        {
            ulong batchStart = page;
            int count = 0;
            for (; page < end && count < Batch; page += 4096)
            {
                if (TryUnmap(page, out uint frame))
                {
                    frames[count++] = frame;
                }
            }

            if (count > 0)
            {
                TlbShootdown.FlushKernel(batchStart, page);
            }

            while (count > 0)
            {
                FrameAllocator.Release(frames[--count]);
            }
        }
    }

    /// <summary>
    /// Unmaps a range that nobody reaches any more, as a stack on which nothing runs. Its frames are to be released once all
    /// CPUs have forgotten it.
    /// </summary>
    /// <param name="start">The first page.</param>
    /// <param name="end">The end of the last.</param>
    /// <param name="frames">The frames that were there, linked through their first words, before those that it named; 0: none.</param>
    internal static void Unmap(ulong start, ulong end, ref uint frames)
    {
        for (ulong page = start; page < end; page += 4096)
        {
            if (TryUnmap(page, out uint frame))
            {
                *(uint*)DirectMap.FramePointer(frame) = frames;
                frames = frame;
            }
        }
    }

    /// <summary>Releases what <see cref="Unmap"/> has linked.</summary>
    internal static void Release(uint frames)
    {
        while (frames != 0)
        {
            uint next = *(uint*)DirectMap.FramePointer(frames);
            FrameAllocator.Release(frames);
            frames = next;
        }
    }

    private static ulong* FindEntry(ulong virtualAddress, bool create)
    {
        ulong* table = RootTable;
        for (int shift = 39; shift > 12; shift -= 9)
        {
            ulong* entry = table + ((virtualAddress >> shift) & 511);
            if (*entry == 0)
            {
                if (!create)
                {
                    return null;
                }

                ulong created = NewTableOrZero();
                if (created == 0)
                {
                    return null;
                }

                *entry = created | (ulong)(PageBits.Present | PageBits.Writable);
            }

            table = Table(*entry);
        }

        return table + ((virtualAddress >> 12) & 511);
    }

    internal static ulong* Table(ulong entry) => (ulong*)DirectMap.Pointer(entry & (ulong)PageBits.Address);

    private static ulong NewTable()
    {
        ulong table = NewTableOrZero();
        if (table == 0)
        {
            Panic.Halt("no memory for the kernel's page tables"u8);
        }

        return table;
    }

    private static ulong NewTableOrZero()
    {
        if (!FrameAllocator.TryAllocate(out uint frame))
        {
            return 0;
        }

        Asm.ClearPage(DirectMap.FramePointer(frame));
        return (ulong)frame << 12;
    }
}
