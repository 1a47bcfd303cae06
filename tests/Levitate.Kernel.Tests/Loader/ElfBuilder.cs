using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>A program header to be, every field free to be wrong.</summary>
internal sealed class ElfBuilderSegment
{
    public ElfSegmentType Type { get; set; } = ElfSegmentType.PT_LOAD;

    public ElfSegmentFlags Flags { get; set; } = ElfSegmentFlags.PF_R;

    public ulong Offset { get; set; }

    public ulong VirtualAddress { get; set; }

    public ulong FileSize { get; set; }

    public ulong MemorySize { get; set; }

    public ulong Alignment { get; set; } = 0x1000;
}

/// <summary>
/// Builds small ELF64 files that really run: they exit with <see cref="ProgramStatus"/> or, as an interpreter, with
/// <see cref="InterpreterStatus"/>. Every field can be set wrong.
/// </summary>
internal sealed class ElfBuilder
{
    public const int ProgramStatus = 42;
    public const int InterpreterStatus = 43;
    public const ulong FixedBase = 0x400000;
    public const int CodeOffset = 0x800;
    public const int DataOffset = 0x1000;
    public const int InterpOffset = 0x900;

    public byte Class { get; set; } = 2;

    public byte Data { get; set; } = 1;

    public byte IdentVersion { get; set; } = 1;

    public byte OsAbi { get; set; }

    public ElfType Type { get; set; } = ElfType.ET_EXEC;

    public ushort Machine { get; set; } = ElfHeader.EM_X86_64;

    public uint Version { get; set; } = 1;

    public ulong Entry { get; set; }

    public ulong ProgramHeaderOffset { get; set; } = ElfHeader.Size;

    public ulong SectionHeaderOffset { get; set; }

    public uint Flags { get; set; }

    public ushort HeaderSize { get; set; } = ElfHeader.Size;

    public ushort ProgramHeaderSize { get; set; } = ElfProgramHeader.Size;

    /// <summary>e_phnum; null for the true number.</summary>
    public ushort? ProgramHeaderCount { get; set; }

    public ushort SectionHeaderCount { get; set; }

    /// <summary>The file's length; content past it is cut off, and zeros fill up to it.</summary>
    public int Length { get; set; } = DataOffset + 0x100;

    public int ExitStatus { get; set; } = ProgramStatus;

    /// <summary>Whether the program first writes its stack, from the stack pointer to the end, to its standard output.</summary>
    public bool DumpsStack { get; set; }

    public List<ElfBuilderSegment> Segments { get; } = [];

    /// <summary>Bytes put at places of the file after everything else.</summary>
    public List<(int Offset, byte[] Bytes)> Patches { get; } = [];

    /// <summary>The executable segment of the three kinds below.</summary>
    public ElfBuilderSegment Text => Segments[0];

    /// <summary>The writable segment of the three kinds below, with a bss.</summary>
    public ElfBuilderSegment DataSegment => Segments[1];

    /// <summary>The PT_INTERP of <see cref="Dynamic"/>.</summary>
    public ElfBuilderSegment Interp => Segments[2];

    /// <summary>A static program, ET_EXEC at 0x400000 or ET_DYN.</summary>
    public static ElfBuilder Static(ElfType type = ElfType.ET_EXEC)
    {
        ulong start = type == ElfType.ET_EXEC ? FixedBase : 0;
        var builder = new ElfBuilder { Type = type, Entry = start + CodeOffset };
        builder.Segments.Add(new() { Flags = ElfSegmentFlags.PF_R | ElfSegmentFlags.PF_X, VirtualAddress = start, FileSize = 0x1000, MemorySize = 0x1000 });
        builder.Segments.Add(new() { Flags = ElfSegmentFlags.PF_R | ElfSegmentFlags.PF_W, Offset = DataOffset, VirtualAddress = start + 0x1000, FileSize = 0x100, MemorySize = 0x2000 });
        return builder;
    }

    /// <summary>A program with a PT_INTERP.</summary>
    public static ElfBuilder Dynamic(string interpreter, ElfType type = ElfType.ET_EXEC)
    {
        ElfBuilder builder = Static(type);
        byte[] path = Encoding.UTF8.GetBytes(interpreter + "\0");
        builder.Patches.Add((InterpOffset, path));
        builder.Segments.Add(new() { Type = ElfSegmentType.PT_INTERP, Offset = InterpOffset, VirtualAddress = builder.Text.VirtualAddress + InterpOffset, FileSize = (ulong)path.Length, MemorySize = (ulong)path.Length, Alignment = 1 });
        return builder;
    }

    /// <summary>A dynamic linker of a kind.</summary>
    public static ElfBuilder Interpreter(ElfType type = ElfType.ET_DYN)
    {
        ElfBuilder builder = Static(type);
        builder.ExitStatus = InterpreterStatus;
        return builder;
    }

    public ElfBuilderSegment Add(ElfSegmentType type, ElfSegmentFlags flags = ElfSegmentFlags.PF_R)
    {
        var segment = new ElfBuilderSegment { Type = type, Flags = flags };
        Segments.Add(segment);
        return segment;
    }

    /// <summary>The file.</summary>
    public byte[] Build()
    {
        int tableEnd = ElfHeader.Size + Segments.Count * ElfProgramHeader.Size;
        byte[] bytes = new byte[Math.Max(Math.Max(Length, DataOffset + 0x100), tableEnd)];
        WriteCode(bytes.AsSpan(CodeOffset));
        WriteHeader(bytes);
        for (int i = 0; i < Segments.Count; i++)
        {
            WriteSegment(bytes.AsSpan(ElfHeader.Size + i * ElfProgramHeader.Size), Segments[i]);
        }

        foreach ((int offset, byte[] patch) in Patches)
        {
            patch.CopyTo(bytes.AsSpan(offset));
        }

        return bytes.AsSpan(0, Length).ToArray();
    }

    private void WriteCode(Span<byte> bytes)
    {
        // Page by page, up to the first that is not there: a pipe takes none of a page that faults on the way.
        ReadOnlySpan<byte> dump =
        [
            0x48, 0x89, 0xe6,                   // mov rsi, rsp
            0x48, 0x89, 0xf2,                   // mov rdx, rsi
            0x48, 0xf7, 0xda,                   // neg rdx
            0x81, 0xe2, 0xff, 0x0f, 0, 0,       // and edx, 0xfff
            0xbf, 1, 0, 0, 0,                   // next: mov edi, 1
            0xb8, 1, 0, 0, 0,                   // mov eax, 1 (write)
            0x0f, 0x05,                         // syscall
            0x48, 0x85, 0xc0,                   // test rax, rax
            0x78, 0x0a,                         // js done
            0x48, 0x01, 0xd6,                   // add rsi, rdx
            0xba, 0, 0x10, 0, 0,                // mov edx, 0x1000
            0xeb, 0xe5,                         // jmp next; done:
        ];

        // mov edi, status; mov eax, 60 (exit); syscall
        ReadOnlySpan<byte> exit = [0xbf, (byte)ExitStatus, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];
        if (DumpsStack)
        {
            dump.CopyTo(bytes);
            bytes = bytes[dump.Length..];
        }

        exit.CopyTo(bytes);
    }

    private void WriteHeader(Span<byte> bytes)
    {
        "\x7f"u8.CopyTo(bytes);
        "ELF"u8.CopyTo(bytes[1..]);
        bytes[4] = Class;
        bytes[5] = Data;
        bytes[6] = IdentVersion;
        bytes[7] = OsAbi;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[16..], (ushort)Type);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[18..], Machine);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Entry);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], ProgramHeaderOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], SectionHeaderOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[48..], Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[52..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[54..], ProgramHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[56..], ProgramHeaderCount ?? (ushort)Segments.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[60..], SectionHeaderCount);
    }

    private static void WriteSegment(Span<byte> bytes, ElfBuilderSegment segment)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)segment.Type);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], (uint)segment.Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], segment.Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], segment.VirtualAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], segment.VirtualAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], segment.FileSize);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], segment.MemorySize);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[48..], segment.Alignment);
    }
}
