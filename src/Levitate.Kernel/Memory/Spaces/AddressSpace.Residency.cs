using System;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

/// <summary>The present pages of a range, counted, and what share of them is the address space's.</summary>
internal struct PageCounts
{
    /// <summary>Fractions of a byte that <see cref="Share"/> counts.</summary>
    public const int ShareShift = 12;

    /// <summary>All of them.</summary>
    public long Resident;

    /// <summary>A file's own pages, or those of shared memory; the others are anonymous.</summary>
    public long OfFiles;

    /// <summary>Those that are mapped more than once, here or elsewhere.</summary>
    public long Shared;

    /// <summary>Those that the hardware saw an access to since they were mapped.</summary>
    public long Referenced;

    /// <summary>The sum of the pages' sizes, each divided by how often it is mapped, in 1/4096 of a byte.</summary>
    public ulong Share;

    /// <summary>Of that, those of <see cref="OfFiles"/>.</summary>
    public ulong ShareOfFiles;

    /// <summary>The sum of both.</summary>
    public static PageCounts operator +(in PageCounts left, in PageCounts right) => new()
    {
        Resident = left.Resident + right.Resident,
        OfFiles = left.OfFiles + right.OfFiles,
        Shared = left.Shared + right.Shared,
        Referenced = left.Referenced + right.Referenced,
        Share = left.Share + right.Share,
        ShareOfFiles = left.ShareOfFiles + right.ShareOfFiles,
    };
}

// What of an address space is present, and whose it is.
public sealed partial class AddressSpace
{
    /// <summary>
    /// How many present pages are a file's own, or of memory that is shared, and not copies (Linux: MM_FILEPAGES and
    /// MM_SHMEMPAGES). Looks at every page of such files that is in memory, a mapping at a time: for procfs.
    /// </summary>
    internal long CountFilePages()
    {
        long count = 0;
        for (ulong address = 0; ;)
        {
            using (_lock.Enter())
            {
                int next = _mappings.FirstEndingAfter(address);
                if (next == _mappings.Count)
                {
                    return count;
                }

                MemoryMapping mapping = _mappings[next];
                address = mapping.End;
                count += mapping.Cache?.CountPresent(mapping, _pageTable) ?? 0;
            }
        }
    }

    /// <summary>
    /// Looks at every present page of a range, some at a time: for procfs. How often a page is mapped is what its frame's
    /// count says, less the file's own hold on it; who holds it otherwise (a pipe that it was spliced into) counts like a mapping.
    /// </summary>
    internal PageCounts CountPages(UserAddress start, UserAddress end)
    {
        const int Stride = 256;
        PageCounts counts = default;
        UserAddress at = start;
        while (at < end)
        {
            using (_lock.Enter())
            {
                for (int i = 0; i < Stride && at < end; i++)
                {
                    if (_pageTable.TryFindNext(at, end, out at))
                    {
                        CountPage(at, ref counts);
                        at += PageSize.Bytes;
                    }
                }
            }
        }

        return counts;
    }

    private void CountPage(UserAddress page, ref PageCounts counts)
    {
        FrameNumber frame = _pageTable.Find(page).Frame;
        int holders = _frames.ReferenceCount(frame);

        // A frame with one holder is no cache's: that would be a second one.
        bool isOfFile = holders > 1 && _mappings.Find(page.Value) is { Cache: { } cache } mapping && cache.Holds(mapping.FilePageAt(page.Value), frame);
        int mappings = Math.Max(isOfFile ? holders - 1 : holders, 1);
        ulong share = ((ulong)PageSize.Bytes << PageCounts.ShareShift) / (ulong)mappings;
        counts.Resident++;
        counts.OfFiles += isOfFile ? 1 : 0;
        counts.Shared += mappings > 1 ? 1 : 0;
        counts.Referenced += _pageTable.IsAccessed(page) ? 1 : 0;
        counts.Share += share;
        counts.ShareOfFiles += isOfFile ? share : 0;
    }
}
