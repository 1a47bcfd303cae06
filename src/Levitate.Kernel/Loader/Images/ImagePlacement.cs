using System;
using System.Collections.Generic;
using System.Numerics;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Loader;

/// <summary>Where one ELF file goes: its segments' mappings and its entry point.</summary>
public sealed class ImagePlacement
{
    /// <summary>Past this address is the stack's: its largest default size (8 MiB) and a guard gap of 1 MiB (Linux: stack_guard_gap).</summary>
    private const ulong SegmentsEnd = UserLayout.StackTop - (9 << 20);

    private ImagePlacement(ElfImage image, ulong bias, IReadOnlyList<SegmentPlacement> segments)
    {
        Image = image;
        Bias = bias;
        Segments = segments;
        Start = new UserAddress(UserLayout.End);
        foreach (SegmentPlacement segment in segments)
        {
            Start = segment.Start < Start ? segment.Start : Start;
            End = segment.End > End ? segment.End : End;
        }
    }

    /// <summary>The file's headers.</summary>
    public ElfImage Image { get; }

    /// <summary>What is added to the file's addresses, modulo 2^64; 0 for ET_EXEC.</summary>
    public ulong Bias { get; }

    /// <summary>The segments, in the order in which they are mapped.</summary>
    public IReadOnlyList<SegmentPlacement> Segments { get; }

    /// <summary>The lowest page of any segment.</summary>
    public UserAddress Start { get; }

    /// <summary>The first byte past the highest page of any segment.</summary>
    public UserAddress End { get; }

    /// <summary>The entry point.</summary>
    public UserAddress Entry => new(unchecked(Image.Header.Entry + Bias));

    /// <summary>
    /// Where the program header table lies in memory: in the last PT_LOAD that holds e_phoff. Where none does, it is the
    /// bias: Linux adds that to zero.
    /// </summary>
    public UserAddress ProgramHeaders
    {
        get
        {
            ulong offset = Image.Header.ProgramHeaderOffset;
            ulong address = 0;
            foreach (ElfProgramHeader header in Image.ProgramHeaders)
            {
                if (header.Type == ElfSegmentType.PT_LOAD && header.Offset <= offset && offset - header.Offset < header.FileSize)
                {
                    address = offset - header.Offset + header.VirtualAddress;
                }
            }

            return new UserAddress(unchecked(address + Bias));
        }
    }

    /// <summary>Where code and data of a main program lie, by the bytes that its file has of them, beside a stack that begins there.</summary>
    internal ProgramLayout GetLayout(UserAddress stackStart)
    {
        ulong codeStart = ulong.MaxValue, codeEnd = 0, dataStart = 0, dataEnd = 0;
        foreach (ElfProgramHeader header in Image.ProgramHeaders)
        {
            if (header.Type != ElfSegmentType.PT_LOAD)
            {
                continue;
            }

            // What was placed lies in user space, its bytes too: no sum overflows.
            ulong start = unchecked(header.VirtualAddress + Bias), end = start + header.FileSize;
            if ((header.Flags & ElfSegmentFlags.PF_X) != 0)
            {
                codeStart = Math.Min(codeStart, start);
                codeEnd = Math.Max(codeEnd, end);
            }

            dataStart = Math.Max(dataStart, start);
            dataEnd = Math.Max(dataEnd, end);
        }

        return new ProgramLayout(Math.Min(codeStart, codeEnd), codeEnd, dataStart, dataEnd, stackStart.Value);
    }

    /// <summary>Whether any segment of the other image lies within this image's extent.</summary>
    internal bool Overlaps(ImagePlacement other)
    {
        foreach (SegmentPlacement segment in other.Segments)
        {
            if (Start < segment.End && segment.Start < End)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Places an image.</summary>
    /// <param name="image">Its headers.</param>
    /// <param name="wantedBase">Where the lowest page of a position-independent image is to go; lowered to the largest p_align.</param>
    internal static LoadResult<ImagePlacement> Create(ElfImage image, ulong wantedBase)
    {
        ulong lowest = ulong.MaxValue;
        ulong alignment = PageSize.Bytes;
        for (int i = 0; i < image.ProgramHeaders.Count; i++)
        {
            ElfProgramHeader header = image.ProgramHeaders[i];
            if (header.Type != ElfSegmentType.PT_LOAD)
            {
                continue;
            }

            if (SegmentPlacement.FindFault(header, image.FileLength) is string fault)
            {
                return image.Malformed($"segment {i} {fault}");
            }

            ulong page = header.VirtualAddress & ~(ulong)(PageSize.Bytes - 1);
            lowest = page < lowest ? page : lowest;
            alignment = BitOperations.IsPow2(header.Alignment) && header.Alignment > alignment ? header.Alignment : alignment;
        }

        if (lowest == ulong.MaxValue)
        {
            return image.Malformed("it has no PT_LOAD segment");
        }

        ulong bias = image.IsPositionIndependent ? unchecked((wantedBase & ~(alignment - 1)) - lowest) : 0;
        return Place(image, bias);
    }

    private static LoadResult<ImagePlacement> Place(ElfImage image, ulong bias)
    {
        var segments = new List<SegmentPlacement>();
        for (int i = 0; i < image.ProgramHeaders.Count; i++)
        {
            ElfProgramHeader header = image.ProgramHeaders[i];
            if (header.Type != ElfSegmentType.PT_LOAD || header.MemorySize == 0)
            {
                continue;
            }

            ulong address = unchecked(header.VirtualAddress + bias);
            if (FindPlacementFault(address, header.MemorySize) is string fault)
            {
                return image.Malformed($"segment {i} (0x{header.MemorySize:x} bytes at 0x{address:x}) {fault}");
            }

            segments.Add(SegmentPlacement.Create(i, header, bias));
        }

        var placement = new ImagePlacement(image, bias, segments);
        if (segments.Count == 0)
        {
            return image.Malformed("all its PT_LOAD segments are empty");
        }

        return placement;
    }

    private static string? FindPlacementFault(ulong address, ulong length)
    {
        if (address < UserLayout.MinimumAddress)
        {
            return $"lies below the lowest address that may be mapped, 0x{UserLayout.MinimumAddress:x}";
        }

        if (address >= SegmentsEnd || length > SegmentsEnd - address)
        {
            return $"reaches into the stack's room from 0x{SegmentsEnd:x} or past user space";
        }

        ulong start = address & ~(ulong)(PageSize.Bytes - 1);
        return UserLayout.IsUserRange(start, SegmentPlacement.RoundUp(address + length) - start)
            ? null
            : $"reaches into the kernel's window at 0x{UserLayout.KernelWindowStart:x}";
    }
}
