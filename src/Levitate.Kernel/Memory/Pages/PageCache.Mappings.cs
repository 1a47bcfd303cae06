using System;
using System.Collections.Generic;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

// The mappings of the file, for truncation.
public sealed partial class PageCache
{
    // Guarded by _lock.
    private MemoryMapping? _firstMapping;
    private long _forks;
    private bool _tailMayBeDirty;

    /// <summary>Whether anybody maps the file.</summary>
    internal bool IsMapped
    {
        get
        {
            using (_lock.Enter())
            {
                return _firstMapping is not null;
            }
        }
    }

    /// <summary>Whether anybody maps the file so that stores reach it, or could after mprotect.</summary>
    internal bool HasWritableMappings
    {
        get
        {
            using (_lock.Enter())
            {
                for (MemoryMapping? mapping = _firstMapping; mapping is not null; mapping = mapping.NextOfCache)
                {
                    if (mapping.IsShared && (mapping.MaximumAccess & PageAccess.Write) != 0)
                    {
                        return true;
                    }
                }

                return false;
            }
        }
    }

    /// <summary>Lets truncation find a mapping. Called with the lock of its address space held.</summary>
    internal void AddMapping(MemoryMapping mapping)
    {
        using (_lock.Enter())
        {
            mapping.NextOfCache = _firstMapping;
            mapping.PreviousOfCache = null;
            if (_firstMapping is not null)
            {
                _firstMapping.PreviousOfCache = mapping;
            }

            _firstMapping = mapping;
            _tailMayBeDirty |= mapping.IsShared;
        }
    }

    /// <summary>Takes a mapping out again.</summary>
    internal void RemoveMapping(MemoryMapping mapping)
    {
        using (_lock.Enter())
        {
            if (mapping.PreviousOfCache is { } previous)
            {
                previous.NextOfCache = mapping.NextOfCache;
            }
            else
            {
                _firstMapping = mapping.NextOfCache;
            }

            if (mapping.NextOfCache is { } next)
            {
                next.PreviousOfCache = mapping.PreviousOfCache;
            }

            mapping.NextOfCache = mapping.PreviousOfCache = null;
        }
    }

    /// <summary>Says that present pages are about to be copied to another address space.</summary>
    internal void NoteFork()
    {
        using (_lock.Enter())
        {
            _forks++;
        }
    }

    /// <summary>Whether a page has a frame.</summary>
    internal bool IsResident(long index)
    {
        using (_lock.Enter())
        {
            return _pages.TryGet(index, out _);
        }
    }

    /// <summary>Whether a page's frame is that one.</summary>
    internal bool Holds(long index, FrameNumber frame)
    {
        using (_lock.Enter())
        {
            return _pages.TryGet(index, out FrameNumber own) && own == frame;
        }
    }

    /// <summary>How many of its pages are present in a mapping: they themselves, not copies. With the lock of the mapping's address space held.</summary>
    internal long CountPresent(MemoryMapping mapping, IPageTable pageTable)
    {
        long first = mapping.FilePage, end = first + (long)((mapping.End - mapping.Start) >> PageSize.Shift), count = 0;
        using (_lock.Enter())
        {
            foreach (long group in _pages.GroupsIn(first, end))
            {
                for (long page = Math.Max(first, group); page < Math.Min(end, group + FrameMap.GroupPages); page++)
                {
                    MappedPage present = pageTable.Find(new UserAddress(mapping.Start + ((ulong)(page - first) << PageSize.Shift)));
                    count += present.IsPresent && _pages.TryGet(page, out FrameNumber frame) && frame == present.Frame ? 1 : 0;
                }
            }
        }

        return count;
    }

    /// <summary>The frames of those of a few neighbouring pages of the file that have one, each with a reference added for the caller.</summary>
    /// <param name="first">The first page.</param>
    /// <param name="frames">Takes the frames; at most 32.</param>
    /// <returns>A bit for each page that has a frame.</returns>
    internal uint GetResidentPages(long first, Span<FrameNumber> frames)
    {
        uint resident = 0;
        using (_lock.Enter())
        {
            long count = Math.Min(frames.Length, PageCount(_length) - first);
            for (int i = 0; i < count; i++)
            {
                if (_pages.TryGet(first + i, out frames[i]))
                {
                    _frames.AddReference(frames[i]);
                    resident |= 1u << i;
                }
            }
        }

        return resident;
    }

    /// <summary>
    /// Makes [offset, offset + length) zeros and gives back the frames of whole pages (FALLOC_FL_PUNCH_HOLE,
    /// MADV_REMOVE); the length of the file stays.
    /// </summary>
    public void PunchHole(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long end = offset > MaximumLength - length ? MaximumLength : offset + length;
        long firstWhole = (offset >> PageSize.Shift) + ((offset & (PageSize.Bytes - 1)) != 0 ? 1 : 0);
        long endWhole = end >> PageSize.Shift;
        using (_lock.Enter())
        {
            if (firstWhole > endWhole)
            {
                ClearPart(offset, (int)(end - offset));
                return;
            }

            ClearPart(offset, (int)((firstWhole << PageSize.Shift) - offset));
            ClearPart(endWhole << PageSize.Shift, (int)(end - (endWhole << PageSize.Shift)));
        }

        PunchPages(firstWhole, endWhole);
    }

    /// <summary>Once over what is there at the beginning: whoever fills the hole meanwhile does not keep this from ending.</summary>
    private void PunchPages(long first, long end)
    {
        List<long> groups;
        using (_lock.Enter())
        {
            groups = _pages.GroupsIn(first, end);
        }

        var pages = new long[FrameMap.GroupPages];
        var frames = new FrameNumber[FrameMap.GroupPages];
        foreach (long group in groups)
        {
            int count;
            using (_lock.Enter())
            {
                count = _pages.Remove(Math.Max(first, group), Math.Min(end, group + FrameMap.GroupPages), pages, frames);
            }

            if (count > 0)
            {
                // The frames are kept until no mapping has them, so that their numbers stay theirs.
                ForEachSpace(space => space.UnmapFileFrames(this, pages.AsSpan(0, count), frames.AsSpan(0, count)));
                _frames.Release(frames.AsSpan(0, count));
                Uncount(count);
            }
        }
    }

    /// <summary>Unmaps pages everywhere that were taken out of the cache. Called without locks.</summary>
    private void UnmapEverywhere(long first, long end) => ForEachSpace(space => space.UnmapFilePages(this, first, end));

    /// <summary>
    /// Calls for every address space that maps the file. A fault that runs meanwhile does not find the pages any more:
    /// it holds its address space's lock from asking the cache until the page is mapped. Only a fork may carry a page
    /// into an address space that was not known yet; so after one, look again.
    /// </summary>
    private void ForEachSpace(Action<AddressSpace> action)
    {
        while (true)
        {
            HashSet<AddressSpace>? spaces = null;
            long forks;
            using (_lock.Enter())
            {
                forks = _forks;
                for (MemoryMapping? mapping = _firstMapping; mapping is not null; mapping = mapping.NextOfCache)
                {
                    (spaces ??= []).Add(mapping.Space);
                }
            }

            if (spaces is null)
            {
                return;
            }

            foreach (AddressSpace space in spaces)
            {
                action(space);
            }

            using (_lock.Enter())
            {
                if (_forks == forks)
                {
                    return;
                }
            }
        }
    }

    private void ClearPart(long offset, int length)
    {
        if (length > 0 && _pages.TryGet(offset >> PageSize.Shift, out FrameNumber frame))
        {
            _frames.Bytes(frame).Slice((int)(offset & (PageSize.Bytes - 1)), length).Clear();
        }
    }
}
