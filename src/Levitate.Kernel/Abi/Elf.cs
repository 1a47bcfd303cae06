using System.Runtime.InteropServices;

namespace Levitate.Kernel.Abi;

/// <summary>The kind of an ELF file (e_type).</summary>
/// <remarks>Linux: elf(5), uapi/linux/elf.h.</remarks>
public enum ElfType : ushort
{
    ET_NONE = 0,
    ET_REL = 1,
    ET_EXEC = 2,
    ET_DYN = 3,
    ET_CORE = 4,
}

/// <summary>The kind of a program header (p_type).</summary>
public enum ElfSegmentType : uint
{
    PT_NULL = 0,
    PT_LOAD = 1,
    PT_DYNAMIC = 2,
    PT_INTERP = 3,
    PT_NOTE = 4,
    PT_SHLIB = 5,
    PT_PHDR = 6,
    PT_TLS = 7,
    PT_GNU_EH_FRAME = 0x6474e550,
    PT_GNU_STACK = 0x6474e551,
    PT_GNU_RELRO = 0x6474e552,
    PT_GNU_PROPERTY = 0x6474e553,
}

/// <summary>What a segment's memory is for (p_flags).</summary>
[System.Flags]
public enum ElfSegmentFlags : uint
{
    None = 0,
    PF_X = 1,
    PF_W = 2,
    PF_R = 4,
}

/// <summary>The header of an ELF64 file (Elf64_Ehdr).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct ElfHeader
{
    /// <summary>sizeof(Elf64_Ehdr).</summary>
    public const int Size = 64;

    /// <summary>e_machine of x86-64.</summary>
    public const ushort EM_X86_64 = 62;

    private const uint ElfMagic = 0x464c457f;

    /// <summary>The first four bytes: 0x7f 'E' 'L' 'F'.</summary>
    public readonly uint Magic;

    /// <summary>EI_CLASS: 2 for 64-bit.</summary>
    public readonly byte Class;

    /// <summary>EI_DATA: 1 for little-endian.</summary>
    public readonly byte Data;

    /// <summary>EI_VERSION: 1.</summary>
    public readonly byte IdentVersion;

    /// <summary>EI_OSABI: 0 System V, 3 GNU.</summary>
    public readonly byte OsAbi;

    /// <summary>EI_ABIVERSION and padding.</summary>
    public readonly ulong Padding;

    /// <summary>e_type.</summary>
    public readonly ElfType Type;

    /// <summary>e_machine.</summary>
    public readonly ushort Machine;

    /// <summary>e_version.</summary>
    public readonly uint Version;

    /// <summary>e_entry.</summary>
    public readonly ulong Entry;

    /// <summary>e_phoff.</summary>
    public readonly ulong ProgramHeaderOffset;

    /// <summary>e_shoff.</summary>
    public readonly ulong SectionHeaderOffset;

    /// <summary>e_flags.</summary>
    public readonly uint Flags;

    /// <summary>e_ehsize.</summary>
    public readonly ushort HeaderSize;

    /// <summary>e_phentsize.</summary>
    public readonly ushort ProgramHeaderSize;

    /// <summary>e_phnum.</summary>
    public readonly ushort ProgramHeaderCount;

    /// <summary>e_shentsize.</summary>
    public readonly ushort SectionHeaderSize;

    /// <summary>e_shnum.</summary>
    public readonly ushort SectionHeaderCount;

    /// <summary>e_shstrndx.</summary>
    public readonly ushort SectionNameIndex;

    /// <summary>Whether the first four bytes are an ELF file's.</summary>
    public bool HasMagic => Magic == ElfMagic;
}

/// <summary>A program header of an ELF64 file (Elf64_Phdr).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct ElfProgramHeader
{
    /// <summary>sizeof(Elf64_Phdr).</summary>
    public const int Size = 56;

    /// <summary>p_type.</summary>
    public readonly ElfSegmentType Type;

    /// <summary>p_flags.</summary>
    public readonly ElfSegmentFlags Flags;

    /// <summary>p_offset.</summary>
    public readonly ulong Offset;

    /// <summary>p_vaddr.</summary>
    public readonly ulong VirtualAddress;

    /// <summary>p_paddr; nobody uses it.</summary>
    public readonly ulong PhysicalAddress;

    /// <summary>p_filesz.</summary>
    public readonly ulong FileSize;

    /// <summary>p_memsz.</summary>
    public readonly ulong MemorySize;

    /// <summary>p_align.</summary>
    public readonly ulong Alignment;
}
