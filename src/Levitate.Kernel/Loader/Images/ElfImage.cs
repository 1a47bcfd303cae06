using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Loader;

/// <summary>What a file is loaded as: it decides the errno of a refusal.</summary>
public enum ImageRole
{
    /// <summary>The main program: malformed is ENOEXEC.</summary>
    Program,

    /// <summary>The dynamic linker that PT_INTERP names: malformed is ELIBBAD.</summary>
    Interpreter,
}

/// <summary>
/// The parsed headers of an ELF64 x86-64 file. Everything here comes from the file and is hostile: a value is checked
/// where it is used, by <see cref="Read"/> for what Linux checks before the point of no return, by <see cref="LoadPlan"/>
/// for all that decides where segments go.
/// </summary>
/// <remarks>
/// Linux checks magic, type, machine and the program header table, and ignores EI_CLASS, EI_DATA, e_version, e_ehsize
/// and everything of sections; so do we.
/// </remarks>
public sealed class ElfImage
{
    /// <summary>The most bytes that a program header table may have (Linux: 65536).</summary>
    private const int MaximumTableSize = 65536;

    /// <summary>The longest PT_INTERP, NUL included (Linux: PATH_MAX).</summary>
    private const int MaximumInterpreterLength = 4096;

    private readonly ElfProgramHeader[] _programHeaders;

    private ElfImage(ElfHeader header, ElfProgramHeader[] programHeaders, long fileLength, ImageRole role)
    {
        Header = header;
        _programHeaders = programHeaders;
        FileLength = fileLength;
        Role = role;
    }

    /// <summary>The file's header.</summary>
    public ElfHeader Header { get; }

    /// <summary>The program headers in the file's order.</summary>
    public IReadOnlyList<ElfProgramHeader> ProgramHeaders => _programHeaders;

    /// <summary>The file's size in bytes when its headers were read.</summary>
    public long FileLength { get; }

    /// <summary>What the file is loaded as.</summary>
    public ImageRole Role { get; }

    /// <summary>Whether the image may lie anywhere (ET_DYN).</summary>
    public bool IsPositionIndependent => Header.Type == ElfType.ET_DYN;

    /// <summary>Whether the stack must be executable: the last PT_GNU_STACK decides, and none at all means no (Linux since 5.8 on x86-64).</summary>
    public bool WantsExecutableStack
    {
        get
        {
            bool executable = false;
            foreach (ElfProgramHeader segment in _programHeaders)
            {
                if (segment.Type == ElfSegmentType.PT_GNU_STACK)
                {
                    executable = (segment.Flags & ElfSegmentFlags.PF_X) != 0;
                }
            }

            return executable;
        }
    }

    /// <summary>Reads and checks the headers.</summary>
    /// <param name="file">The file.</param>
    /// <param name="role">What it is loaded as.</param>
    /// <returns>
    /// The image; ENOEXEC for a malformed program, ELIBBAD for a malformed interpreter, and EIO for an interpreter that is
    /// shorter than an ELF header. (A program that is shorter is padded with zeros, as Linux does.)
    /// </returns>
    public static LoadResult<ElfImage> Read(IImageReader file, ImageRole role)
    {
        long fileLength = file.Length;
        Span<byte> bytes = stackalloc byte[ElfHeader.Size];
        bytes.Clear();
        bool isShort = ReadFully(file, 0, bytes) < ElfHeader.Size;
        if (isShort && role == ImageRole.Interpreter)
        {
            return new LoadRefusal(Errno.EIO, "the interpreter is shorter than an ELF header");
        }

        var header = MemoryMarshal.Read<ElfHeader>(bytes);
        if (CheckHeader(header, role) is string fault)
        {
            return Malformed(role, isShort && header.HasMagic ? $"the file has {fileLength} bytes, and an ELF header has {ElfHeader.Size}" : fault);
        }

        int size = header.ProgramHeaderCount * ElfProgramHeader.Size;
        var table = new ElfProgramHeader[header.ProgramHeaderCount];
        if (header.ProgramHeaderOffset > long.MaxValue
            || ReadFully(file, (long)header.ProgramHeaderOffset, MemoryMarshal.AsBytes(table.AsSpan())) < size)
        {
            return Malformed(role, $"its program header table (0x{size:x} bytes at 0x{header.ProgramHeaderOffset:x}) reaches past the end of the file");
        }

        return new ElfImage(header, table, fileLength, role);
    }

    /// <summary>Finds the interpreter's path: the first PT_INTERP, up to its first NUL. Null for a static program.</summary>
    /// <returns>ENOEXEC for a length under 2 or over 4096 or a missing NUL; EIO past the end of the file; EINVAL for an impossible offset.</returns>
    public LoadResult<byte[]?> FindInterpreter(IImageReader file)
    {
        foreach (ElfProgramHeader segment in _programHeaders)
        {
            if (segment.Type == ElfSegmentType.PT_INTERP)
            {
                return ReadInterpreter(file, segment);
            }
        }

        return (byte[]?)null;
    }

    /// <summary>A refusal of this image.</summary>
    internal LoadRefusal Malformed(string fault) => Malformed(Role, fault);

    private static LoadRefusal Malformed(ImageRole role, string fault) => role == ImageRole.Program
        ? new LoadRefusal(Errno.ENOEXEC, fault)
        : new LoadRefusal(Errno.ELIBBAD, $"the interpreter cannot be loaded: {fault}");

    private static string? CheckHeader(in ElfHeader header, ImageRole role)
    {
        if (!header.HasMagic)
        {
            return role == ImageRole.Program ? "it is neither an ELF file nor a script" : "it is no ELF file";
        }

        if (header.Type is not (ElfType.ET_EXEC or ElfType.ET_DYN))
        {
            return $"its ELF type is {DescribeType(header.Type)}, and only executables (ET_EXEC) and shared objects (ET_DYN) run";
        }

        if (header.Machine != ElfHeader.EM_X86_64)
        {
            return $"it is for {DescribeMachine(header.Machine)}, not for x86-64";
        }

        if (header.ProgramHeaderSize != ElfProgramHeader.Size)
        {
            return $"its program headers have {header.ProgramHeaderSize} bytes each instead of {ElfProgramHeader.Size}";
        }

        int size = header.ProgramHeaderCount * ElfProgramHeader.Size;
        return size is 0 or > MaximumTableSize
            ? $"it has {header.ProgramHeaderCount} program headers, where 1 to {MaximumTableSize / ElfProgramHeader.Size} are allowed"
            : null;
    }

    private static LoadResult<byte[]?> ReadInterpreter(IImageReader file, in ElfProgramHeader segment)
    {
        if (segment.FileSize is < 2 or > MaximumInterpreterLength)
        {
            return new LoadRefusal(Errno.ENOEXEC, $"its PT_INTERP has {segment.FileSize} bytes, where 2 to {MaximumInterpreterLength} are allowed");
        }

        if (segment.Offset > long.MaxValue - segment.FileSize)
        {
            return new LoadRefusal(Errno.EINVAL, $"its PT_INTERP lies at the impossible offset 0x{segment.Offset:x}");
        }

        byte[] path = new byte[segment.FileSize];
        if (ReadFully(file, (long)segment.Offset, path) < path.Length)
        {
            return new LoadRefusal(Errno.EIO, $"its PT_INTERP (0x{segment.FileSize:x} bytes at 0x{segment.Offset:x}) reaches past the end of the file");
        }

        if (path[^1] != 0)
        {
            return new LoadRefusal(Errno.ENOEXEC, "its PT_INTERP does not end in a NUL");
        }

        return path.AsSpan(0, Array.IndexOf(path, (byte)0)).ToArray();
    }

    /// <summary>Reads until the buffer is full or the file ends; returns the count.</summary>
    internal static int ReadFully(IImageReader file, long offset, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int count = file.Read(offset + done, destination[done..]);
            if (count <= 0)
            {
                break;
            }

            done += count;
        }

        return done;
    }

    private static string DescribeType(ElfType type) => type switch
    {
        ElfType.ET_NONE => "none (ET_NONE)",
        ElfType.ET_REL => "an object file (ET_REL)",
        ElfType.ET_CORE => "a core dump (ET_CORE)",
        _ => $"0x{(ushort)type:x}",
    };

    private static string DescribeMachine(ushort machine) => machine switch
    {
        0 => "no machine",
        3 => "32-bit x86",
        8 => "MIPS",
        20 => "32-bit PowerPC",
        21 => "64-bit PowerPC",
        22 => "S/390",
        40 => "32-bit ARM",
        183 => "AArch64",
        243 => "RISC-V",
        258 => "LoongArch",
        _ => $"machine {machine}",
    };
}
