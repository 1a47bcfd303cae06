using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

// madvise, mlock, mincore, msync.
public sealed partial class AddressSpace
{
    /// <summary>madvise. What lies before the first error is advised.</summary>
    /// <returns>EINVAL for advice that is unknown or does not fit the mapping, ENOMEM where something in the range is not mapped, EACCES for MADV_REMOVE without the right to write, EFAULT past the end of a file.</returns>
    internal Errno Advise(UserAddress start, ulong length, MemoryAdvice advice)
    {
        if (start.PageOffset != 0 || (length != 0 && RoundUpToPage(length) == 0))
        {
            return Errno.EINVAL;
        }

        ulong end = unchecked(start.Value + RoundUpToPage(length));
        if (end < start.Value)
        {
            return Errno.EINVAL;
        }

        return advice switch
        {
            _ when end == start.Value => Errno.None,
            MemoryAdvice.MADV_POPULATE_READ => PopulateRange(start.Value, end, PageAccess.Read),
            MemoryAdvice.MADV_POPULATE_WRITE => PopulateRange(start.Value, end, PageAccess.Write),
            MemoryAdvice.MADV_REMOVE => RemoveFilePages(start.Value, end),
            _ => AdviseMappings(start.Value, end, advice),
        };
    }

    /// <summary>mlock, munlock and their like for a range: ENOMEM where something is not mapped or past the limit, EAGAIN where there is no frame.</summary>
    internal Errno Lock(UserAddress start, ulong length, bool isLocked, bool onFault)
    {
        ulong first = start.PageStart.Value;
        ulong end = unchecked(first + RoundUpToPage(length + (ulong)start.PageOffset));
        if (end < first)
        {
            return Errno.EINVAL;
        }

        MappingTraits traits = !isLocked ? MappingTraits.None : onFault ? MappingTraits.Locked | MappingTraits.LockedOnFault : MappingTraits.Locked;
        using (EnterExclusive())
        {
            if (isLocked && !MayLock((long)((end - first) >> PageSize.Shift)))
            {
                return Errno.ENOMEM;
            }

            Errno error = SetTraits(first, end, traits, MappingTraits.Locked | MappingTraits.LockedOnFault);
            if (error != Errno.None)
            {
                return error;
            }
        }

        return !isLocked || onFault ? Errno.None : LockError(Populate(first, end, PageAccess.None));
    }

    /// <summary>mlockall and munlockall.</summary>
    internal Errno LockAll(bool current, bool future, bool onFault)
    {
        MappingTraits traits = onFault ? MappingTraits.Locked | MappingTraits.LockedOnFault : MappingTraits.Locked;
        using (EnterExclusive())
        {
            if (current && (ulong)_mappedPages > LockedLimit >> PageSize.Shift)
            {
                return Errno.ENOMEM;
            }

            _futureTraits = future ? traits : MappingTraits.None;
            ulong address = 0;
            int index;
            while ((current || !future) && (index = _mappings.FirstEndingAfter(address)) < _mappings.Count)
            {
                (ulong start, ulong end) = (_mappings[index].Start, _mappings[index].End);
                SetTraits(start, end, current ? traits : MappingTraits.None, MappingTraits.Locked | MappingTraits.LockedOnFault);
                address = end;
            }
        }

        if (!current || onFault)
        {
            return Errno.None;
        }

        // Failures to populate are no failures of mlockall.
        foreach (MappingInfo mapping in GetMappings())
        {
            _ = Populate(mapping.Start.Value, mapping.End.Value, PageAccess.None);
        }

        return Errno.None;
    }

    /// <summary>mincore: sets a byte for each page to 1 where an access would find its content in memory. ENOMEM where something is not mapped.</summary>
    internal Errno GetResidency(UserAddress start, Span<byte> vector)
    {
        using (_lock.Enter())
        {
            for (int i = 0; i < vector.Length; i++)
            {
                UserAddress page = start + ((ulong)i << PageSize.Shift);
                if (_mappings.Find(page.Value) is not { } mapping)
                {
                    return Errno.ENOMEM;
                }

                bool isResident = _pageTable.Find(page).IsPresent || mapping.Cache?.IsResident(mapping.FilePageAt(page.Value)) == true;
                vector[i] = isResident ? (byte)1 : (byte)0;
            }
        }

        return Errno.None;
    }

    /// <summary>
    /// msync: checks the range. Every file lies in memory only, so that what a shared mapping stored is where fsync
    /// would take it. ENOMEM where something is not mapped, EBUSY for MS_INVALIDATE of locked memory.
    /// </summary>
    internal Errno Synchronize(UserAddress start, ulong length, bool invalidates)
    {
        ulong end = start.Value + RoundUpToPage(length);
        Errno error = Errno.None;
        using (_lock.Enter())
        {
            ulong address = start.Value;
            for (int i = _mappings.FirstEndingAfter(address); address < end; i++)
            {
                if (i == _mappings.Count)
                {
                    return Errno.ENOMEM;
                }

                error = _mappings[i].Start > address ? Errno.ENOMEM : error;
                if (invalidates && _mappings[i].IsLocked && _mappings[i].Start < end)
                {
                    return Errno.EBUSY;
                }

                address = _mappings[i].End;
            }
        }

        return error;
    }

    private Errno AdviseMappings(ulong start, ulong end, MemoryAdvice advice)
    {
        (MappingTraits set, MappingTraits clear) = advice switch
        {
            MemoryAdvice.MADV_DONTFORK => (MappingTraits.DontFork, MappingTraits.None),
            MemoryAdvice.MADV_DOFORK => (MappingTraits.None, MappingTraits.DontFork),
            MemoryAdvice.MADV_WIPEONFORK => (MappingTraits.WipeOnFork, MappingTraits.None),
            MemoryAdvice.MADV_KEEPONFORK => (MappingTraits.None, MappingTraits.WipeOnFork),
            MemoryAdvice.MADV_DONTDUMP => (MappingTraits.DontDump, MappingTraits.None),
            MemoryAdvice.MADV_DODUMP => (MappingTraits.None, MappingTraits.DontDump),
            _ => default,
        };
        Errno gap = Errno.None;
        using (EnterExclusive())
        {
            ulong address = start;
            while (address < end)
            {
                int index = _mappings.FirstEndingAfter(address);
                if (index == _mappings.Count || _mappings[index].Start >= end)
                {
                    return Errno.ENOMEM;
                }

                MemoryMapping mapping = _mappings[index];
                gap = mapping.Start > address ? Errno.ENOMEM : gap;
                address = Math.Max(address, mapping.Start);
                ulong stop = Math.Min(end, mapping.End);
                Errno error = CheckAdvice(mapping, advice);
                if (error == Errno.None)
                {
                    error = (set | clear) != 0 ? SetTraits(address, stop, set, clear) : Errno.None;
                }

                if (error != Errno.None)
                {
                    return error;
                }

                if (advice is MemoryAdvice.MADV_DONTNEED or MemoryAdvice.MADV_DONTNEED_LOCKED or MemoryAdvice.MADV_FREE)
                {
                    // MADV_FREE leaves open when the pages go: at once is a valid answer.
                    ReleasePages(address, stop);
                }

                address = stop;
            }
        }

        return gap;
    }

    private static Errno CheckAdvice(MemoryMapping mapping, MemoryAdvice advice)
    {
        bool isValid = advice switch
        {
            MemoryAdvice.MADV_FREE => mapping.File is null,
            MemoryAdvice.MADV_WIPEONFORK => mapping.File is null && !mapping.IsShared,
            MemoryAdvice.MADV_DONTNEED or MemoryAdvice.MADV_COLD or MemoryAdvice.MADV_PAGEOUT => !mapping.IsLocked,
            _ => true,
        };
        return isValid ? Errno.None : Errno.EINVAL;
    }

    private Errno PopulateRange(ulong start, ulong end, PageAccess access) => Populate(start, end, access) switch
    {
        FaultResolution.Resolved => Errno.None,
        FaultResolution.AccessDenied => Errno.EINVAL,
        FaultResolution.BeyondEndOfFile => Errno.EFAULT,
        _ => Errno.ENOMEM,
    };

    private Errno RemoveFilePages(ulong start, ulong end)
    {
        ulong address = start;
        while (address < end)
        {
            IMappableFile file;
            long offset;
            ulong stop;
            using (_lock.Enter())
            {
                if (_mappings.Find(address) is not { } mapping)
                {
                    return Errno.ENOMEM;
                }

                if (mapping.IsLocked || mapping.File is null)
                {
                    return Errno.EINVAL;
                }

                if (!mapping.IsShared || (mapping.MaximumAccess & PageAccess.Write) == 0)
                {
                    return Errno.EACCES;
                }

                stop = Math.Min(end, mapping.End);
                offset = mapping.FilePageAt(address) << PageSize.Shift;
                file = mapping.File;
                file.Acquire();
            }

            file.Pages.PunchHole(offset, (long)(stop - address));
            file.Release();
            address = stop;
        }

        return Errno.None;
    }

    /// <summary>Changes traits of all that is mapped in a range, mapping by mapping. ENOMEM where something is not mapped or too many mappings would result.</summary>
    private Errno SetTraits(ulong start, ulong end, MappingTraits set, MappingTraits clear)
    {
        ulong address = start;
        while (address < end)
        {
            if (_mappings.Find(address) is not { } mapping)
            {
                return Errno.ENOMEM;
            }

            ulong stop = Math.Min(end, mapping.End);
            MappingTraits traits = (mapping.Traits & ~clear) | set;
            if (traits != mapping.Traits)
            {
                if (!IsolateRange(address, stop, out int index))
                {
                    return Errno.ENOMEM;
                }

                Account(_mappings[index], -1);
                _mappings[index].Traits = traits;
                Account(_mappings[index], +1);
                MergeAround(index);
            }

            address = stop;
        }

        return Errno.None;
    }

    private static Errno LockError(FaultResolution resolution) => resolution switch
    {
        FaultResolution.Resolved => Errno.None,
        FaultResolution.OutOfMemory => Errno.EAGAIN,
        _ => Errno.ENOMEM,
    };
}
