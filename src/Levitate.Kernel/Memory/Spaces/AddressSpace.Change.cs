using System;
using System.Runtime.CompilerServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

// Removing mappings and changing their protection.
public sealed partial class AddressSpace
{
    /// <summary>Up to this many pages are released by way of a small buffer.</summary>
    private const int FewPages = 16;

    /// <summary>munmap: what is mapped in the range goes away; what is not does not matter.</summary>
    /// <returns>EINVAL for an unaligned start, an empty range or one past user space; ENOMEM when a split would make too many mappings.</returns>
    public Errno Unmap(UserAddress start, ulong length)
    {
        if (start.PageOffset != 0 || length == 0 || start.Value > UserLayout.End || length > UserLayout.End - start.Value)
        {
            return Errno.EINVAL;
        }

        using (EnterExclusive())
        {
            return UnmapLocked(start.Value, start.Value + RoundUpToPage(length));
        }
    }

    /// <summary>
    /// Unmaps all that is left of a file that was mapped whole at an address, as far as it lies where it was: the first such
    /// one from there on (shmdt).
    /// </summary>
    /// <param name="start">The address.</param>
    /// <param name="sizeOf">How many bytes of the file were mapped.</param>
    /// <returns>The file, without a reference; EINVAL where there is none.</returns>
    internal Result<TFile> UnmapWhole<TFile>(UserAddress start, Func<TFile, long> sizeOf)
        where TFile : class, IMappableFile
    {
        using (EnterExclusive())
        {
            TFile? found = null;
            ulong end = UserLayout.End;
            for (int i = _mappings.FirstEndingAfter(start.Value); i < _mappings.Count && _mappings[i].Start < end;)
            {
                MemoryMapping mapping = _mappings[i];
                bool isAtItsPlace = mapping.Start >= start.Value && mapping.Start - start.Value == (ulong)mapping.FilePage << PageSize.Shift;
                if (!isAtItsPlace || mapping.File is not TFile file || (found is not null && !ReferenceEquals(file, found)))
                {
                    i++;
                    continue;
                }

                found = file;
                end = start.Value + RoundUpToPage((ulong)sizeOf(file));
                Errno error = UnmapLocked(mapping.Start, mapping.End);
                if (error != Errno.None)
                {
                    return error;
                }
            }

            return found is not null ? found : Errno.EINVAL;
        }
    }

    /// <summary>mprotect. What lies before the first error is changed, as on Linux.</summary>
    /// <returns>EINVAL for an unaligned start; ENOMEM where something in the range is not mapped, too many mappings would result, or RLIMIT_DATA is exceeded; EACCES where the mapping may not get that access.</returns>
    public Errno Protect(UserAddress start, ulong length, PageAccess access)
    {
        if (start.PageOffset != 0)
        {
            return Errno.EINVAL;
        }

        if (length == 0)
        {
            return Errno.None;
        }

        if (!UserLayout.IsUserRange(start.Value, length))
        {
            return Errno.ENOMEM;
        }

        using (EnterExclusive())
        {
            return ProtectLocked(start.Value, start.Value + RoundUpToPage(length), access);
        }
    }

    /// <summary>mprotect with PROT_GROWSDOWN: from the beginning of the stack mapping that holds <paramref name="start"/>; EINVAL where it is none.</summary>
    internal Errno ProtectStack(UserAddress start, ulong length, PageAccess access)
    {
        if (start.PageOffset != 0 || !UserLayout.IsUserRange(start.Value, length))
        {
            return start.PageOffset != 0 ? Errno.EINVAL : Errno.ENOMEM;
        }

        using (EnterExclusive())
        {
            ulong end = start.Value + RoundUpToPage(length);
            int index = _mappings.FirstEndingAfter(start.Value);
            if (index == _mappings.Count || _mappings[index].Start >= end)
            {
                return Errno.ENOMEM;
            }

            return _mappings[index].GrowsDown ? ProtectLocked(_mappings[index].Start, end, access) : Errno.EINVAL;
        }
    }

    private Errno ProtectLocked(ulong start, ulong end, PageAccess access)
    {
        ulong address = start;
        while (address < end)
        {
            MemoryMapping? mapping = _mappings.Find(address);
            if (mapping is null)
            {
                return Errno.ENOMEM;
            }

            ulong stop = Math.Min(end, mapping.End);
            if (mapping.Access != access)
            {
                Errno error = ProtectPart(mapping, address, stop, access);
                if (error != Errno.None)
                {
                    return error;
                }
            }

            address = stop;
        }

        return Errno.None;
    }

    private Errno ProtectPart(MemoryMapping mapping, ulong start, ulong end, PageAccess access)
    {
        if ((access & ~mapping.MaximumAccess) != 0)
        {
            return Errno.EACCES;
        }

        bool becomesData = !mapping.IsData && !mapping.IsShared && !mapping.GrowsDown && (access & PageAccess.Write) != 0;
        long pages = (long)((end - start) >> PageSize.Shift);
        if (becomesData && !MayGrow(0, pages, isReserved: false))
        {
            return Errno.ENOMEM;
        }

        if (!IsolateRange(start, end, out int index))
        {
            return Errno.ENOMEM;
        }

        mapping = _mappings[index];
        Account(mapping, -1);
        mapping.Access = access;
        Account(mapping, +1);
        _pageTable.ProtectRange(new UserAddress(start), new UserAddress(end), mapping.HardwareAccess);
        MergeAround(index);
        return Errno.None;
    }

    /// <summary>Splits mappings so that the part of [start, end) in one mapping becomes a mapping of its own. False when there would be too many.</summary>
    private bool IsolateRange(ulong start, ulong end, out int index)
    {
        index = _mappings.FirstEndingAfter(start);
        MemoryMapping mapping = _mappings[index];
        int splits = (mapping.Start < start ? 1 : 0) + (mapping.End > end ? 1 : 0);
        if (_mappings.Count + splits > MaximumMappings)
        {
            return false;
        }

        if (mapping.End > end)
        {
            Split(index, end);
        }

        if (mapping.Start < start)
        {
            Split(index++, start);
        }

        return true;
    }

    private void MergeAround(int index)
    {
        MergeWithNext(index);
        MergeWithNext(index - 1);
    }

    /// <summary>Cuts a mapping in two at an address inside; the pages stay.</summary>
    private void Split(int index, ulong address)
    {
        _mappings.Reserve();
        MemoryMapping low = _mappings[index];
        MemoryMapping high = low.CloneTo(this, address, low.End, low.FilePageAt(address));
        low.End = address;
        Attach(high);
        _mappings.Insert(index + 1, high);
    }

    private Errno UnmapLocked(ulong start, ulong end)
    {
        int first = _mappings.FirstEndingAfter(start);
        if (first == _mappings.Count || _mappings[first].Start >= end)
        {
            return Errno.None;
        }

        int last = _mappings.FirstEndingAfter(end - 1);
        bool splitsFirst = _mappings[first].Start < start;
        bool splitsLast = last < _mappings.Count && _mappings[last].Start < end && _mappings[last].End > end;
        if (splitsFirst && splitsLast && first == last && _mappings.Count >= MaximumMappings)
        {
            return Errno.ENOMEM;
        }

        if (splitsLast)
        {
            Split(last, end);
        }

        if (splitsFirst)
        {
            Split(first, start);
            first++;
        }

        int count = 0;
        while (first + count < _mappings.Count && _mappings[first + count].Start < end)
        {
            count++;
        }

        (start, end) = (_mappings[first].Start, _mappings[first + count - 1].End);
        RemoveMappings(first, count);
        ReleaseTables(first, start, end);
        return Errno.None;
    }

    private void RemoveMappings(int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            MemoryMapping mapping = _mappings[i];
            Account(mapping, -1);
            ReleasePages(mapping.Start, mapping.End);
            Detach(mapping);
        }

        _mappings.RemoveRange(first, count);
    }

    /// <summary>Frees the page tables that nothing can need around [start, end), which was unmapped before the mapping of that index.</summary>
    private void ReleaseTables(int index, ulong start, ulong end)
    {
        ulong gapStart = index > 0 ? _mappings[index - 1].End : 0;
        ulong gapEnd = index < _mappings.Count ? _mappings[index].Start : UserLayout.End;

        // Most gaps are smaller than what one table reaches.
        const ulong Reach = 2UL << 20;
        ulong first = Math.Max(start & ~(Reach - 1), (gapStart + Reach - 1) & ~(Reach - 1));
        ulong last = Math.Min((end + Reach - 1) & ~(Reach - 1), gapEnd & ~(Reach - 1));
        if (first < last)
        {
            _pageTable.ReleaseTables(new UserAddress(start), new UserAddress(end), new UserAddress(gapStart), new UserAddress(gapEnd));
        }
    }

    /// <summary>Unmaps the present pages of a range within one mapping and gives back their frames.</summary>
    private void ReleasePages(ulong start, ulong end)
    {
        // Most mappings are small, and all that is reserved on the stack is cleared first.
        if (end - start <= FewPages * PageSize.Bytes)
        {
            ReleaseFewPages(start, end);
        }
        else
        {
            ReleaseManyPages(start, end);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReleaseFewPages(ulong start, ulong end) => ReleasePages(start, end, stackalloc FrameNumber[FewPages]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReleaseManyPages(ulong start, ulong end) => ReleasePages(start, end, stackalloc FrameNumber[256]);

    private void ReleasePages(ulong start, ulong end, Span<FrameNumber> frames)
    {
        var position = new UserAddress(start);
        var limit = new UserAddress(end);
        _peakResidentPages = Math.Max(_peakResidentPages, _residentPages);
        while (position < limit)
        {
            int count = _pageTable.UnmapRange(position, limit, frames, out position);
            _frames.Release(frames[..count]);
            _residentPages -= count;
        }
    }

    /// <summary>For a file that shrinks: lets go of the pages that map [firstPage, endPage) of it, copies included.</summary>
    internal void UnmapFilePages(PageCache cache, long firstPage, long endPage)
    {
        using (_lock.Enter())
        {
            for (int i = 0; i < _mappings.Count; i++)
            {
                MemoryMapping mapping = _mappings[i];
                if (mapping.Cache == cache && PartOfFile(mapping, firstPage, endPage, out ulong start, out ulong end))
                {
                    ReleasePages(start, end);
                }
            }
        }
    }

    /// <summary>For a hole punched into a file: lets go of these frames of it wherever they are mapped; private copies stay.</summary>
    internal void UnmapFileFrames(PageCache cache, ReadOnlySpan<long> pages, ReadOnlySpan<FrameNumber> frames)
    {
        using (_lock.Enter())
        {
            for (int i = 0; i < _mappings.Count; i++)
            {
                if (_mappings[i].Cache != cache)
                {
                    continue;
                }

                for (int j = 0; j < pages.Length; j++)
                {
                    if (PartOfFile(_mappings[i], pages[j], pages[j] + 1, out ulong start, out ulong end)
                        && _pageTable.Find(new UserAddress(start)) is { IsPresent: true } present
                        && present.Frame == frames[j])
                    {
                        ReleasePages(start, end);
                    }
                }
            }
        }
    }

    private static bool PartOfFile(MemoryMapping mapping, long firstPage, long endPage, out ulong start, out ulong end)
    {
        long first = Math.Max(firstPage, mapping.FilePage) - mapping.FilePage;
        long limit = Math.Min(endPage - mapping.FilePage, mapping.Pages);
        start = mapping.Start + ((ulong)Math.Max(first, 0) << PageSize.Shift);
        end = mapping.Start + ((ulong)Math.Max(limit, 0) << PageSize.Shift);
        return first < limit;
    }
}
