using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Loader;

/// <summary>
/// Where one PT_LOAD goes: pages of the file, zeros in the last of them past the segment's content, and anonymous pages
/// for the rest. Later segments replace earlier ones where they overlap, as MAP_FIXED does under Linux.
/// </summary>
/// <param name="HeaderIndex">The program header's place in its table.</param>
/// <param name="Start">The first page.</param>
/// <param name="FileLength">Bytes mapped from the file, whole pages; 0 for none.</param>
/// <param name="FileOffset">The file offset of the first page.</param>
/// <param name="Access">The protection of the file's pages.</param>
/// <param name="ZeroStart">Where the zeros begin in the last page of the file.</param>
/// <param name="ZeroLength">How many bytes of zeros are stored there; 0 for none.</param>
/// <param name="AnonymousStart">The first anonymous page.</param>
/// <param name="AnonymousLength">Bytes of anonymous pages, whole pages; 0 for none.</param>
/// <param name="AnonymousAccess">Their protection: Linux makes them writable whatever p_flags says.</param>
public sealed record SegmentPlacement(
    int HeaderIndex,
    UserAddress Start,
    ulong FileLength,
    long FileOffset,
    PageAccess Access,
    UserAddress ZeroStart,
    ulong ZeroLength,
    UserAddress AnonymousStart,
    ulong AnonymousLength,
    PageAccess AnonymousAccess)
{
    private const ulong PageMask = PageSize.Bytes - 1;

    /// <summary>The first byte past the segment's pages.</summary>
    public UserAddress End => AnonymousLength == 0 ? Start + FileLength : AnonymousStart + AnonymousLength;

    /// <summary>Why a PT_LOAD can be placed nowhere, or null. What this lets pass, <see cref="Create"/> computes without overflow.</summary>
    internal static string? FindFault(in ElfProgramHeader header, long fileLength)
    {
        if (header.FileSize > header.MemorySize)
        {
            return $"is larger in the file (0x{header.FileSize:x}) than in memory (0x{header.MemorySize:x})";
        }

        if (header.VirtualAddress >= UserLayout.End || header.MemorySize > UserLayout.End - header.VirtualAddress)
        {
            return $"(0x{header.MemorySize:x} bytes at 0x{header.VirtualAddress:x}) reaches past the end of user space";
        }

        if (header.FileSize == 0)
        {
            return null;
        }

        // FileSize is at most UserLayout.End here, so that the sums below stay under 2^64.
        if (header.Offset > long.MaxValue - header.FileSize - PageSize.Bytes)
        {
            return $"lies at the impossible file offset 0x{header.Offset:x}";
        }

        if (((header.Offset ^ header.VirtualAddress) & PageMask) != 0)
        {
            return $"has file offset 0x{header.Offset:x} and address 0x{header.VirtualAddress:x}, which differ within the page";
        }

        // The zeros past the content would have to be stored in a page that the file does not have.
        ulong contentEnd = header.Offset + header.FileSize;
        return ZeroTailLength(header) != 0 && (contentEnd & ~PageMask) >= (ulong)fileLength
            ? $"ends at file offset 0x{contentEnd:x}, past the end of the file (0x{fileLength:x})"
            : null;
    }

    /// <summary>Places a PT_LOAD that has no fault.</summary>
    /// <param name="index">The header's place in its table.</param>
    /// <param name="header">The program header.</param>
    /// <param name="bias">What is added to its addresses (mod 2^64), page-aligned.</param>
    internal static SegmentPlacement Create(int index, in ElfProgramHeader header, ulong bias)
    {
        ulong address = unchecked(header.VirtualAddress + bias);
        ulong start = address & ~PageMask;
        ulong fileLength = header.FileSize == 0 ? 0 : RoundUp((address & PageMask) + header.FileSize);
        ulong zeroStart = address + header.FileSize;
        ulong anonymousStart = header.FileSize == 0 ? start : RoundUp(zeroStart);
        ulong memoryEnd = RoundUp(address + header.MemorySize);
        bool hasAnonymous = header.MemorySize > header.FileSize && memoryEnd > anonymousStart;
        PageAccess access = ToAccess(header.Flags);
        return new SegmentPlacement(
            index,
            new UserAddress(start),
            fileLength,
            header.FileSize == 0 ? 0 : (long)(header.Offset & ~PageMask),
            access,
            new UserAddress(zeroStart),
            ZeroTailLength(header),
            new UserAddress(anonymousStart),
            hasAnonymous ? memoryEnd - anonymousStart : 0,
            PageAccess.Read | PageAccess.Write | (access & PageAccess.Execute));
    }

    /// <summary>Rounds up to whole pages; the value is known to be far from 2^64.</summary>
    internal static ulong RoundUp(ulong value) => (value + PageMask) & ~PageMask;

    /// <summary>How many zeros are stored behind the content in the file's last page. A page that is not writable keeps what the file has there, as under Linux.</summary>
    private static ulong ZeroTailLength(in ElfProgramHeader header)
    {
        bool hasTail = header.FileSize != 0 && header.MemorySize > header.FileSize && (header.Flags & ElfSegmentFlags.PF_W) != 0;
        return hasTail ? unchecked(0 - (header.VirtualAddress + header.FileSize)) & PageMask : 0;
    }

    private static PageAccess ToAccess(ElfSegmentFlags flags)
    {
        PageAccess access = PageAccess.None;
        access |= (flags & ElfSegmentFlags.PF_R) != 0 ? PageAccess.Read : 0;
        access |= (flags & ElfSegmentFlags.PF_W) != 0 ? PageAccess.Write : 0;
        access |= (flags & ElfSegmentFlags.PF_X) != 0 ? PageAccess.Execute : 0;
        return access;
    }
}
