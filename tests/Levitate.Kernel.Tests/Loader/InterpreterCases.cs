using System;
using System.Text;
using Levitate.Kernel.Abi;
using static Levitate.Kernel.Abi.Errno;
using static Levitate.Kernel.Tests.Loader.LinuxOutcome;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>Programs whose PT_INTERP is wrong or odd, and files that are no good as interpreters.</summary>
internal static class InterpreterCases
{
    public static void Add(ElfCaseList list)
    {
        AddLengths(list);
        AddPlaces(list);
        AddPaths(list);
        AddSeveral(list);
        AddFiles(list);
    }

    private static void AddLengths(ElfCaseList list)
    {
        foreach (ulong length in new ulong[] { 0, 1, 4097, 0x10000, 1UL << 32, 1UL << 63, ulong.MaxValue })
        {
            list.Dynamic($"PT_INTERP of {length} bytes", Refuses, ENOEXEC, b => b.Interp.FileSize = length);
        }

        list.Dynamic("PT_INTERP one byte short of its NUL", Refuses, ENOEXEC, b => b.Interp.FileSize--);
        list.Dynamic("PT_INTERP with a NUL too many", Runs, None, b => b.Interp.FileSize++);
        list.Dynamic("PT_INTERP of 4096 bytes, the rest zeros", Runs, None, b =>
        {
            b.Interp.FileSize = 4096;
            b.Length = 0x3000;
        });
        list.Dynamic("PT_INTERP whose p_memsz is 0", Runs, None, b => b.Interp.MemorySize = 0);
        list.Dynamic("PT_INTERP whose p_memsz is 2^64 - 1", Runs, None, b => b.Interp.MemorySize = ulong.MaxValue);
        list.Dynamic("PT_INTERP with junk behind its NUL and no last NUL", Refuses, ENOEXEC, b =>
        {
            b.Patches.Add(((int)(b.Interp.Offset + b.Interp.FileSize), "junk"u8.ToArray()));
            b.Interp.FileSize += 4;
        });
        list.Dynamic("PT_INTERP with junk and a NUL behind its NUL", Runs, None, b =>
        {
            b.Patches.Add(((int)(b.Interp.Offset + b.Interp.FileSize), "junk\0"u8.ToArray()));
            b.Interp.FileSize += 5;
        });
    }

    private static void AddPlaces(ElfCaseList list)
    {
        foreach (ulong offset in new ulong[] { 0x10ff, 0x1100, 0x10000, 1UL << 32, 1UL << 62 })
        {
            list.Dynamic($"PT_INTERP at offset 0x{offset:x}, past the end of the file", Refuses, EIO, b => b.Interp.Offset = offset);
        }

        foreach (ulong offset in new ulong[] { long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 0xfff })
        {
            list.Dynamic($"PT_INTERP at the impossible offset 0x{offset:x}", Refuses, EINVAL, b => b.Interp.Offset = offset);
        }

        list.Dynamic("PT_INTERP at an address that is nowhere", Runs, None, b => b.Interp.VirtualAddress = 0xdead_beef_dead_beef);
        list.Dynamic("PT_INTERP in zeros: the empty path, which is the working directory", Refuses, EACCES, b => b.Interp.Offset = 0x400);
        list.Dynamic("PT_INTERP and bad segments: the path is looked at first", Refuses, EACCES, b =>
        {
            b.Interp.Offset = 0x400;
            b.DataSegment.VirtualAddress = 0xffff_ffff_8000_0000;
        });
    }

    private static void AddPaths(ElfCaseList list)
    {
        list.Bytes("PT_INTERP names nothing", Refuses, ENOENT, path => ElfBuilder.Dynamic(path).Build());
        list.Bytes("PT_INTERP names a directory", Refuses, EACCES, path => ElfBuilder.Dynamic(path.Replace("interpreter", "directory", StringComparison.Ordinal)).Build());
        list.Bytes("PT_INTERP names a file without x permission", Refuses, EACCES, path => ElfBuilder.Dynamic(path.Replace("interpreter", "plain", StringComparison.Ordinal)).Build());
        list.Bytes("PT_INTERP goes through a file", Refuses, ENOTDIR, path => ElfBuilder.Dynamic(path.Replace("interpreter", "plain/interpreter", StringComparison.Ordinal)).Build());
        list.Bytes("PT_INTERP names itself through a loop", Refuses, ELOOP, path => ElfBuilder.Dynamic(path.Replace("interpreter", "loop", StringComparison.Ordinal)).Build());
        list.Bytes("PT_INTERP has a name of 256 bytes", Refuses, ENAMETOOLONG, path => ElfBuilder.Dynamic(path.Replace("interpreter", new string('x', 256), StringComparison.Ordinal)).Build());
        list.Bytes("PT_INTERP is the program itself", Runs, None, path => ElfBuilder.Dynamic(path.Replace("interpreter", "program", StringComparison.Ordinal), ElfType.ET_DYN).Build());
    }

    private static void AddSeveral(ElfCaseList list)
    {
        list.Dynamic("a second PT_INTERP that names nothing", Runs, None, b => Duplicate(b, before: false, "/nowhere\0"));
        list.Dynamic("a first PT_INTERP that names nothing", Refuses, ENOENT, b => Duplicate(b, before: true, "/nowhere\0"));
        list.Dynamic("a second PT_INTERP without NUL", Runs, None, b => Duplicate(b, before: false, "/nowhere"));
        list.Dynamic("a first PT_INTERP without NUL", Refuses, ENOEXEC, b => Duplicate(b, before: true, "/nowhere"));
        list.Dynamic("PT_INTERP before the PT_LOADs", Runs, None, b => (b.Segments[0], b.Segments[2]) = (b.Segments[2], b.Segments[0]));
        list.DynamicPie("PT_INTERP before the PT_LOADs", Runs, None, b => (b.Segments[0], b.Segments[2]) = (b.Segments[2], b.Segments[0]));
    }

    private static void AddFiles(ElfCaseList list)
    {
        list.InterpreterBytes("nothing is wrong", Runs, None, () => ElfBuilder.Interpreter().Build());
        list.InterpreterBytes("empty", Refuses, EIO, () => []);
        list.InterpreterBytes("a short script", Refuses, EIO, () => "#!/bin/sh\n"u8.ToArray());
        list.InterpreterBytes("a script", Refuses, ELIBBAD, () => Encoding.ASCII.GetBytes("#!/bin/sh\n" + new string('#', 100)));
        list.InterpreterBytes("a text of 63 bytes", Refuses, EIO, () => Encoding.ASCII.GetBytes(new string('x', 63)));
        list.InterpreterBytes("a text of 64 bytes", Refuses, ELIBBAD, () => Encoding.ASCII.GetBytes(new string('x', 64)));
        list.InterpreterBytes("4096 zeros", Refuses, ELIBBAD, () => new byte[4096]);
        list.InterpreterBytes("with a PT_INTERP of its own, which is ignored", Runs, None, () =>
        {
            ElfBuilder builder = ElfBuilder.Dynamic("/nowhere", ElfType.ET_DYN);
            builder.ExitStatus = ElfBuilder.InterpreterStatus;
            return builder.Build();
        });
        list.InterpreterBytes("with a broken PT_INTERP of its own, which is ignored", Runs, None, () =>
        {
            ElfBuilder builder = ElfBuilder.Dynamic("/nowhere", ElfType.ET_DYN);
            builder.ExitStatus = ElfBuilder.InterpreterStatus;
            builder.Interp.Offset = builder.Interp.FileSize = ulong.MaxValue;
            return builder.Build();
        });
    }

    private static void Duplicate(ElfBuilder builder, bool before, string path)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(path);
        builder.Patches.Add((0xb00, bytes));
        var segment = new ElfBuilderSegment { Type = ElfSegmentType.PT_INTERP, Offset = 0xb00, FileSize = (ulong)bytes.Length, MemorySize = (ulong)bytes.Length };
        builder.Segments.Insert(before ? 2 : 3, segment);
    }
}
