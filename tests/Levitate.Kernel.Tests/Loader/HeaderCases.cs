using System;
using Levitate.Kernel.Abi;
using static Levitate.Kernel.Abi.Errno;
using static Levitate.Kernel.Tests.Loader.LinuxOutcome;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>Files whose ELF header is wrong, odd or cut.</summary>
internal static class HeaderCases
{
    public static void Add(ElfCaseList list)
    {
        AddIdentification(list);
        AddTypesAndMachines(list);
        AddProgramHeaderTable(list);
        AddIgnoredFields(list);
        AddTruncations(list);
    }

    private static void AddIdentification(ElfCaseList list)
    {
        for (int i = 0; i < 4; i++)
        {
            int place = i;
            list.Static($"magic byte {i} is zero", Refuses, ENOEXEC, b => b.Patches.Add((place, [0])));
            list.Static($"magic byte {i} has its top bit flipped", Refuses, ENOEXEC, b => b.Patches.Add((place, [(byte)("\u007fELF"[place] ^ 0x80)])));
            list.Interpreter($"magic byte {i} is zero", Refuses, ELIBBAD, b => b.Patches.Add((place, [0])));
        }

        list.Static("magic in lower case", Refuses, ENOEXEC, b => b.Patches.Add((1, "elf"u8.ToArray())));

        // Linux looks at none of these three.
        foreach (byte value in new byte[] { 0, 1, 3, 255 })
        {
            list.Static($"EI_CLASS {value}", Runs, None, b => b.Class = value);
        }

        foreach (byte value in new byte[] { 0, 2, 3, 255 })
        {
            list.Static($"EI_DATA {value}", Runs, None, b => b.Data = value);
        }

        foreach (byte value in new byte[] { 0, 2, 255 })
        {
            list.Static($"EI_VERSION {value}", Runs, None, b => b.IdentVersion = value);
        }

        foreach (byte value in new byte[] { 1, 3, 9, 255 })
        {
            list.Static($"EI_OSABI {value}", Runs, None, b => b.OsAbi = value);
        }
    }

    private static void AddTypesAndMachines(ElfCaseList list)
    {
        foreach (ushort type in new ushort[] { 0, 1, 4, 5, 0x100, 0x200, 0x300, 0xfe00, 0xfeff, 0xff00, 0xffff })
        {
            list.Static($"e_type 0x{type:x}", Refuses, ENOEXEC, b => b.Type = (ElfType)type);
        }

        foreach (ElfType type in new[] { ElfType.ET_NONE, ElfType.ET_REL, ElfType.ET_CORE, (ElfType)0xffff })
        {
            list.Interpreter($"e_type {type}", Dies, ELIBBAD, b => b.Type = type);
        }

        foreach (ushort machine in new ushort[] { 0, 1, 2, 8, 15, 20, 21, 22, 40, 43, 50, 61, 63, 183, 243, 247, 258, 0x3e00, 0xffff })
        {
            list.Static($"e_machine {machine}", Refuses, ENOEXEC, b => b.Machine = machine);
        }

        foreach (ushort machine in new ushort[] { 0, 3, 40, 183, 0xffff })
        {
            list.Interpreter($"e_machine {machine}", Refuses, ELIBBAD, b => b.Machine = machine);
        }

        // A Linux with 32-bit emulation reads this as an ELF32 header, which it is not.
        list.Static("e_machine 3 (32-bit x86)", Refuses, ENOEXEC, b => b.Machine = 3);
    }

    private static void AddProgramHeaderTable(ElfCaseList list)
    {
        foreach (ushort size in new ushort[] { 0, 1, 32, 55, 57, 64, 112, 0xffff })
        {
            list.Static($"e_phentsize {size}", Refuses, ENOEXEC, b => b.ProgramHeaderSize = size);
            list.Interpreter($"e_phentsize {size}", Refuses, ELIBBAD, b => b.ProgramHeaderSize = size);
        }

        foreach (ushort count in new ushort[] { 0, 1171, 0x8000, 0xffff })
        {
            list.Static($"e_phnum {count}", Refuses, ENOEXEC, b =>
            {
                b.ProgramHeaderCount = count;
                b.Length = 0x400000;
            });
            list.Interpreter($"e_phnum {count}", Refuses, ELIBBAD, b =>
            {
                b.ProgramHeaderCount = count;
                b.Length = 0x400000;
            });
        }

        list.Static("e_phnum reaches past the end of the file", Refuses, ENOEXEC, b => b.ProgramHeaderCount = 1170);
        list.Static("e_phnum 1170, all but two PT_NULL", Runs, None, b => MoveTable(b, 1170, 0x2000));
        list.Static("e_phnum 74, one page and more", Runs, None, b => MoveTable(b, 74, 0x2000));

        foreach (ulong offset in new ulong[] { 0x1100, 0x10f0, 0x7fff_ffff, 0x1_0000_0000, long.MaxValue, long.MaxValue - 55, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 55 })
        {
            list.Static($"e_phoff 0x{offset:x}", Refuses, ENOEXEC, b => b.ProgramHeaderOffset = offset);
            list.Interpreter($"e_phoff 0x{offset:x}", Refuses, ELIBBAD, b => b.ProgramHeaderOffset = offset);
        }

        list.Static("e_phoff points at zeros: no PT_LOAD", Dies, ENOEXEC, b => b.ProgramHeaderOffset = 0x400);
        list.Static("e_phoff points at the ELF header", Varies, ENOEXEC, b => b.ProgramHeaderOffset = 0);
        list.Static("the table at an odd offset", Runs, None, b => MoveTable(b, 2, 0x2003));
    }

    private static void AddIgnoredFields(ElfCaseList list)
    {
        list.Static("nothing is wrong", Runs, None, _ => { });
        list.StaticPie("nothing is wrong", Runs, None, _ => { });
        list.Dynamic("nothing is wrong", Runs, None, _ => { });
        list.DynamicPie("nothing is wrong", Runs, None, _ => { });
        list.Static("e_version 0", Runs, None, b => b.Version = 0);
        list.Static("e_version 2", Runs, None, b => b.Version = 2);
        list.Static("e_flags all ones", Runs, None, b => b.Flags = uint.MaxValue);
        list.Static("e_ehsize 0", Runs, None, b => b.HeaderSize = 0);
        list.Static("e_ehsize 65535", Runs, None, b => b.HeaderSize = 0xffff);
        list.Static("e_shoff past the end", Runs, None, b => b.SectionHeaderOffset = ulong.MaxValue);
        list.Static("e_shnum 65535", Runs, None, b => b.SectionHeaderCount = 0xffff);
        list.Static("entry is null", Dies, None, b => b.Entry = 0);
        list.Static("entry in no segment", Dies, None, b => b.Entry = 0x1234_5678);
        list.Static("entry in data", Dies, None, b => b.Entry = ElfBuilder.FixedBase + 0x1000);
        list.Static("entry is the end of user space", Dies, ENOEXEC, b => b.Entry = 0x7fff_ffff_f000);
        list.Static("entry in the kernel's half", Dies, ENOEXEC, b => b.Entry = 0xffff_ffff_8000_0000);
        list.Static("entry not canonical", Dies, ENOEXEC, b => b.Entry = 0x8000_0000_0000);
        list.StaticPie("entry wraps around", Dies, ENOEXEC, b => b.Entry = 0xffff_0000_0000_0000);
        list.Dynamic("entry of the program in the kernel's half, where only the interpreter would jump", Runs, None, b => b.Entry = 0xffff_ffff_8000_0000);
        list.Interpreter("entry not canonical", Dies, ELIBBAD, b => b.Entry = 0x8000_0000_0000);
        list.Interpreter("entry in no segment", Dies, None, b => b.Entry = 0x10_0000_0000);
    }

    private static void AddTruncations(ElfCaseList list)
    {
        foreach (int length in new[] { 0, 1, 2, 3, 4, 5, 15, 16, 17, 18, 20, 24, 32, 40, 52, 54, 56, 57, 58, 62, 63, 64, 65, 100, 119, 120, 175 })
        {
            list.Static($"cut to {length} bytes", Refuses, ENOEXEC, b => b.Length = length);
            list.Interpreter($"cut to {length} bytes", Refuses, length < ElfHeader.Size ? EIO : ELIBBAD, b => b.Length = length);
        }

        // With the whole table, the file is mapped as far as it goes: the code is missing, or the data's zeros have no page.
        list.Static("cut behind the program headers", Dies, ENOEXEC, b => b.Length = 176);
        list.Static("cut before the data", Dies, ENOEXEC, b => b.Length = ElfBuilder.DataOffset);
        list.Static("cut behind the data's first byte", Runs, None, b => b.Length = ElfBuilder.DataOffset + 1);
        list.Static("data without a bss, cut before the data", Runs, None, b =>
        {
            b.Length = ElfBuilder.DataOffset;
            b.DataSegment.MemorySize = b.DataSegment.FileSize;
        });
        list.Bytes("a text file", Refuses, ENOEXEC, _ => "hello, world\n"u8.ToArray());
        list.Bytes("4096 zeros", Refuses, ENOEXEC, _ => new byte[4096]);
        list.Bytes("4096 bytes 0xff", Refuses, ENOEXEC, _ => Filled(0xff));
        list.Bytes("an ELF header of 0xff", Refuses, ENOEXEC, _ => [0x7f, (byte)'E', (byte)'L', (byte)'F', .. Filled(0xff)]);
    }

    private static byte[] Filled(byte value)
    {
        byte[] bytes = new byte[4096];
        Array.Fill(bytes, value);
        return bytes;
    }

    /// <summary>Puts a table of that many headers, the true ones first, elsewhere in the file.</summary>
    private static void MoveTable(ElfBuilder builder, int count, int offset)
    {
        builder.ProgramHeaderCount = (ushort)count;
        builder.ProgramHeaderOffset = (ulong)offset;
        builder.Length = offset + count * ElfProgramHeader.Size;
        byte[] table = ElfBuilder.Static().Build().AsSpan(ElfHeader.Size, 2 * ElfProgramHeader.Size).ToArray();
        builder.Patches.Add((offset, table));
    }
}
