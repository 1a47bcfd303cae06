using System;
using Levitate.Kernel.Abi;
using static Levitate.Kernel.Abi.Errno;
using static Levitate.Kernel.Tests.Loader.LinuxOutcome;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>Files whose segments are wrong or odd.</summary>
internal static class SegmentCases
{
    public static void Add(ElfCaseList list)
    {
        AddToAll(list.Static, ENOEXEC, ElfBuilder.FixedBase, withoutCode: Dies);
        AddToAll(list.DynamicPie, ENOEXEC, 0, withoutCode: Runs);
        AddToAll(list.Interpreter, ELIBBAD, 0, withoutCode: Dies);
        AddAddresses(list);
        AddSpecialSegments(list);
        AddOrders(list);
    }

    /// <summary>What goes wrong in the same way in programs and in interpreters.</summary>
    private static void AddToAll(Action<string, LinuxOutcome, Errno, Action<ElfBuilder>> add, Errno malformed, ulong start, LinuxOutcome withoutCode)
    {
        add("data one byte larger in the file than in memory", Dies, malformed, b => b.DataSegment.FileSize = b.DataSegment.MemorySize + 1);
        add("text one byte larger in the file than in memory", Dies, malformed, b => b.Text.FileSize++);
        add("data of 2^64 - 1 bytes in the file", Dies, malformed, b => b.DataSegment.FileSize = ulong.MaxValue);
        add("data of 2^64 - 1 bytes in the file and in memory", Dies, malformed, b => b.DataSegment.FileSize = b.DataSegment.MemorySize = ulong.MaxValue);
        add("data of 2^63 bytes in the file and in memory", Dies, malformed, b => b.DataSegment.FileSize = b.DataSegment.MemorySize = 1UL << 63);
        foreach (int shift in new[] { 47, 48, 62, 63 })
        {
            add($"bss of 2^{shift} bytes", Dies, malformed, b => b.DataSegment.MemorySize = 1UL << shift);
        }

        add("bss of 2^64 - 1 bytes", Dies, malformed, b => b.DataSegment.MemorySize = ulong.MaxValue);
        add("bss that wraps around to the data", Dies, malformed, b => b.DataSegment.MemorySize = 0 - b.DataSegment.VirtualAddress);
        foreach (ulong step in new ulong[] { 1, 8, 0x800, 0xfff })
        {
            add($"data's offset and address differ by 0x{step:x} within the page", Dies, malformed, b => b.DataSegment.VirtualAddress += step);
        }

        add("data without content at an odd offset", Runs, None, b =>
        {
            b.DataSegment.FileSize = 0;
            b.DataSegment.Offset = 0x123;
        });
        add("data without content at an impossible offset", Runs, None, b =>
        {
            b.DataSegment.FileSize = 0;
            b.DataSegment.Offset = ulong.MaxValue;
        });
        foreach (ulong offset in new ulong[] { 1UL << 63, ulong.MaxValue - 0xfff, long.MaxValue - 0xfff })
        {
            add($"data at file offset 0x{offset:x}", Dies, malformed, b => b.DataSegment.Offset = offset);
        }

        add("data with a bss past the end of the file", Dies, malformed, b => b.DataSegment.Offset = 0x10000);
        add("data without a bss past the end of the file", Runs, None, b =>
        {
            b.DataSegment.Offset = 0x10000;
            b.DataSegment.MemorySize = b.DataSegment.FileSize;
        });
        add("read-only data with a bss past the end of the file", Varies, None, b =>
        {
            b.DataSegment.Offset = 0x10000;
            b.DataSegment.Flags = ElfSegmentFlags.PF_R;
        });
        add("data ends exactly at a page, with a bss", Runs, None, b =>
        {
            b.DataSegment.FileSize = 0x1000;
            b.DataSegment.MemorySize = 0x3000;
            b.Length = 0x2000;
        });
        add("data empty", Runs, None, b => b.DataSegment.FileSize = b.DataSegment.MemorySize = 0);
        add("text without code in the file", withoutCode, None, b => b.Text.FileSize = 0);
        add("no PT_LOAD", withoutCode, malformed, b => b.Text.Type = b.DataSegment.Type = ElfSegmentType.PT_NULL);
        add("text not executable", withoutCode, None, b => b.Text.Flags = ElfSegmentFlags.PF_R);
        add("text with PF_X alone", Runs, None, b => b.Text.Flags = ElfSegmentFlags.PF_X);
        add("text with all flags", Runs, None, b => b.Text.Flags = (ElfSegmentFlags)uint.MaxValue);
        add("data without flags", Varies, None, b => b.DataSegment.Flags = 0);
        add("data with PF_W alone", Varies, None, b => b.DataSegment.Flags = ElfSegmentFlags.PF_W);
        foreach (ulong alignment in new ulong[] { 0, 1, 3, 0x1001, 0x200000, ulong.MaxValue })
        {
            add($"p_align 0x{alignment:x}", Runs, None, b => b.Text.Alignment = b.DataSegment.Alignment = alignment);
        }

        add("data in the kernel's half", Dies, malformed, b => b.DataSegment.VirtualAddress = 0xffff_ffff_8000_0000);
        add("data at the last page of all", Dies, malformed, b => b.DataSegment.VirtualAddress = 0xffff_ffff_ffff_f000);
        add("data at the first address that is not canonical", Dies, malformed, b => b.DataSegment.VirtualAddress = 0x8000_0000_0000);
        add("data at the end of user space", Dies, malformed, b => b.DataSegment.VirtualAddress = 0x7fff_ffff_f000);
        add("data up to one page past user space", Dies, malformed, b => b.DataSegment.VirtualAddress = 0x7fff_ffff_e000);
        add("both segments at the same place, the code last", Runs, None, b =>
        {
            b.DataSegment.VirtualAddress = start;
            (b.Segments[0], b.Segments[1]) = (b.Segments[1], b.Segments[0]);
        });
        add("data over the code", withoutCode, None, b =>
        {
            b.DataSegment.VirtualAddress = start;
            b.DataSegment.FileSize = b.DataSegment.MemorySize = 0x1000;
        });
    }

    private static void AddAddresses(ElfCaseList list)
    {
        // Linux lets root map below vm.mmap_min_addr, which is 65536 or less; we let nobody map below 65536.
        list.Static("segments from null", Varies, ENOEXEC, b => MoveTo(b, 0));
        list.Static("segments from 0x1000", Varies, ENOEXEC, b => MoveTo(b, 0x1000));
        list.Static("segments from 0xf000", Varies, ENOEXEC, b => MoveTo(b, 0xf000));
        list.Static("segments from 0x10000", Runs, None, b => MoveTo(b, 0x10000));
        list.Static("segments at 2^46", Runs, None, b => MoveTo(b, 1UL << 46));
        list.Static("segments below the kernel's window", Runs, None, b => MoveTo(b, 0x6000_0000_0000 - 0x3000));
        list.Static("segments up to the kernel's window and one page into it", Runs, ENOEXEC, b => MoveTo(b, 0x6000_0000_0000 - 0x2000));
        list.Static("segments in the kernel's window", Runs, ENOEXEC, b => MoveTo(b, 0x6000_0000_0000));
        list.Static("segments at the kernel's window's end less a page", Runs, ENOEXEC, b => MoveTo(b, 0x6080_0000_0000 - 0x1000));
        list.Static("segments past the kernel's window", Runs, None, b => MoveTo(b, 0x6080_0000_0000));
        list.Static("segments at the interpreter's usual place", Runs, None, b => MoveTo(b, 0x7f00_0000_0000));
        list.Dynamic("segments at the interpreter's usual place", Runs, None, b => MoveTo(b, 0x7f00_0000_0000));
        list.Static("segments in the kernel's half", Dies, ENOEXEC, b => MoveTo(b, 0xffff_8000_0000_0000));
        list.Static("segments not canonical", Dies, ENOEXEC, b => MoveTo(b, 0x8000_0000_0000));
        list.Static("segments at the end of user space", Dies, ENOEXEC, b => MoveTo(b, 0x7fff_ffff_f000));
        list.Static("segments where the stack will be", Varies, ENOEXEC, b => MoveTo(b, 0x7fff_ffff_0000));
        list.DynamicPie("linked at 0x400000", Runs, None, b => MoveTo(b, 0x400000));
        list.DynamicPie("linked at the kernel's window", Runs, None, b => MoveTo(b, 0x6000_0000_0000));
        list.StaticPie("linked at 0x400000", Varies, None, b => MoveTo(b, 0x400000));
        list.DynamicPie("p_align 2^40", Runs, None, b => b.Text.Alignment = 1UL << 40);
        list.DynamicPie("p_align 2^63", Varies, ENOEXEC, b => b.Text.Alignment = 1UL << 63);
        list.Interpreter("linked at 0x400000", Runs, None, b => MoveTo(b, 0x400000));
        list.InterpreterBytes("ET_EXEC elsewhere", Runs, None, () =>
        {
            ElfBuilder builder = ElfBuilder.Interpreter(ElfType.ET_EXEC);
            MoveTo(builder, 0x800000);
            return builder.Build();
        });
        list.InterpreterBytes("ET_EXEC over the program", Runs, ELIBBAD, () => ElfBuilder.Interpreter(ElfType.ET_EXEC).Build());
    }

    private static void AddSpecialSegments(ElfCaseList list)
    {
        foreach (ElfSegmentType type in new[] { ElfSegmentType.PT_NULL, ElfSegmentType.PT_DYNAMIC, ElfSegmentType.PT_NOTE, ElfSegmentType.PT_SHLIB, ElfSegmentType.PT_PHDR, ElfSegmentType.PT_TLS, ElfSegmentType.PT_GNU_EH_FRAME, ElfSegmentType.PT_GNU_STACK, ElfSegmentType.PT_GNU_RELRO, ElfSegmentType.PT_GNU_PROPERTY, (ElfSegmentType)8, (ElfSegmentType)0x6000_0000, (ElfSegmentType)0x7000_0000, (ElfSegmentType)0x7fff_ffff, (ElfSegmentType)0x8000_0000, (ElfSegmentType)uint.MaxValue })
        {
            string name = Enum.IsDefined(type) ? type.ToString() : $"0x{(uint)type:x}";
            list.Static($"a segment of type {name} full of nonsense", Runs, None, b => AddNonsense(b, type));
        }

        list.StaticPie("PT_TLS full of nonsense", Runs, None, b => AddNonsense(b, ElfSegmentType.PT_TLS));
        list.Static("executable stack", Runs, None, b => b.Add(ElfSegmentType.PT_GNU_STACK, ElfSegmentFlags.PF_R | ElfSegmentFlags.PF_W | ElfSegmentFlags.PF_X));
        list.Static("two PT_GNU_STACK", Runs, None, b =>
        {
            b.Add(ElfSegmentType.PT_GNU_STACK, ElfSegmentFlags.PF_X);
            b.Add(ElfSegmentType.PT_GNU_STACK);
        });
    }

    private static void AddOrders(ElfCaseList list)
    {
        Action<ElfBuilder> descending = b => (b.Segments[0], b.Segments[1]) = (b.Segments[1], b.Segments[0]);
        list.Static("segments in descending order", Runs, None, descending);
        list.DynamicPie("segments in descending order", Runs, None, descending);
        list.StaticPie("segments in descending order", Varies, None, descending);
        list.Static("the same segment a hundred times", Runs, None, b => Repeat(b, 100));
        list.Static("the same segment a thousand times", Runs, None, b => Repeat(b, 1000));
        list.Static("a bss over the code, the code again", Runs, None, b =>
        {
            b.Segments.Add(new() { VirtualAddress = ElfBuilder.FixedBase, MemorySize = 0x1000, Flags = ElfSegmentFlags.PF_R | ElfSegmentFlags.PF_W });
            b.Segments.Add(b.Text);
        });
        list.Static("a bss over the code", Dies, None, b =>
            b.Segments.Add(new() { VirtualAddress = ElfBuilder.FixedBase, MemorySize = 0x1000, Flags = ElfSegmentFlags.PF_R | ElfSegmentFlags.PF_W }));
        list.Static("a segment far away", Runs, None, b =>
            b.Segments.Add(new() { VirtualAddress = 0x5000_0000_0000, FileSize = 0x100, MemorySize = 0x100 }));
        list.DynamicPie("segments 2^47 apart", Dies, ENOEXEC, b => b.DataSegment.VirtualAddress = 0x7fff_0000_0000);
        list.DynamicPie("segments 2^44 apart, the second in the kernel's window", Runs, ENOEXEC, b => b.DataSegment.VirtualAddress = 0x6000_0000_0000 - 0x5555_5555_4000);
    }

    private static void Repeat(ElfBuilder builder, int times)
    {
        for (int i = 0; i < times; i++)
        {
            builder.Segments.Add(builder.DataSegment);
        }

        builder.Segments.Add(builder.Text);
        int tableEnd = ElfHeader.Size + builder.Segments.Count * ElfProgramHeader.Size;
        if (tableEnd <= ElfBuilder.CodeOffset)
        {
            return;
        }

        // The table covers the usual place of the code: put that behind it, in a text segment of its own.
        int page = (tableEnd + 0xfff) & ~0xfff;
        builder.Length = page + 0x1000;
        builder.Patches.Add((page + ElfBuilder.CodeOffset, ElfBuilder.Static().Build().AsSpan(ElfBuilder.CodeOffset, 12).ToArray()));
        builder.Text.Offset = (ulong)page;
    }

    private static void AddNonsense(ElfBuilder builder, ElfSegmentType type)
    {
        ElfBuilderSegment segment = builder.Add(type);
        segment.Offset = 0xdead_beef_dead_beef;
        segment.VirtualAddress = 0xffff_ffff_ffff_fff1;
        segment.FileSize = ulong.MaxValue;
        segment.MemorySize = 3;
        segment.Alignment = 0x7777;
    }

    private static void MoveTo(ElfBuilder builder, ulong address)
    {
        ulong difference = unchecked(address - builder.Text.VirtualAddress);
        builder.Entry += difference;
        foreach (ElfBuilderSegment segment in builder.Segments)
        {
            segment.VirtualAddress += difference;
        }
    }
}
