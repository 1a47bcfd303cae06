using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

// Making and placing mappings.
public sealed partial class AddressSpace
{
    /// <summary>Maps memory. Acquires a reference on <paramref name="file"/> for as long as the mapping lives.</summary>
    /// <param name="hint">The wanted place; zero for any. Page-aligned where the options fix it, else rounded down.</param>
    /// <param name="length">Bytes, rounded up to pages here; EINVAL when 0.</param>
    /// <param name="access">The protection.</param>
    /// <param name="maximumAccess">What mprotect may later allow (a file opened read-only mapped shared never gets Write).</param>
    /// <param name="options">Placement and sharing.</param>
    /// <param name="file">The file, or null for zeros.</param>
    /// <param name="fileOffset">Page-aligned offset in the file.</param>
    /// <returns>The address; EINVAL, ENOMEM, EEXIST, EPERM below the minimum address, EOVERFLOW past the largest file offset, EAGAIN past RLIMIT_MEMLOCK.</returns>
    public Result<UserAddress> Map(UserAddress hint, ulong length, PageAccess access, PageAccess maximumAccess, MappingOptions options, IMappableFile? file, long fileOffset)
    {
        if (length == 0 || fileOffset < 0 || (fileOffset & (PageSize.Bytes - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        if (length > UserLayout.End)
        {
            return Errno.ENOMEM;
        }

        length = RoundUpToPage(length);
        if (file is not null && (ulong)fileOffset + length > 1UL << 63)
        {
            return Errno.EOVERFLOW;
        }

        MappingTraits traits = TraitsOf(options);
        SharedMemory? sharedMemory = null;
        if (file is null && (options & MappingOptions.Shared) != 0)
        {
            file = sharedMemory = new SharedMemory(_frames, (long)length);
            fileOffset = 0;
        }

        Result<UserAddress> result;
        using (EnterExclusive())
        {
            traits |= _futureTraits;
            result = MapLocked(hint.Value, length, access, maximumAccess, traits, options, file, fileOffset >> PageSize.Shift);
        }

        sharedMemory?.Release();
        bool isLocked = (traits & (MappingTraits.Locked | MappingTraits.LockedOnFault)) == MappingTraits.Locked;
        if (result.Succeeded && (isLocked || (options & MappingOptions.Populate) != 0))
        {
            // A failure to populate is no failure of mmap: the access will meet it.
            _ = Populate(result.Value.Value, result.Value.Value + length, PageAccess.None);
        }

        return result;
    }

    /// <summary>Finds room for a mapping without making it (used by mremap and shmat).</summary>
    private Result<ulong> FindPlace(ulong hint, ulong length, MappingOptions options)
    {
        if ((options & (MappingOptions.Fixed | MappingOptions.FixedNoReplace)) != 0)
        {
            return CheckFixedPlace(hint, length, (options & MappingOptions.FixedNoReplace) != 0);
        }

        if ((options & MappingOptions.Below2GiB) != 0)
        {
            return FindGap(0x4000_0000, 0x8000_0000, length, out ulong low) ? low : Errno.ENOMEM;
        }

        hint &= ~(ulong)(PageSize.Bytes - 1);
        if (hint != 0)
        {
            hint = Math.Max(hint, UserLayout.MinimumAddress);
            if (UserLayout.IsUserRange(hint, length) && FindGap(hint, hint + length, length, out ulong wanted))
            {
                return wanted;
            }
        }

        return FindGap(UserLayout.MinimumAddress, UserLayout.MappingTop, length, out ulong place)
            || FindGap(UserLayout.MappingTop, UserLayout.End, length, out place)
            ? place
            : Errno.ENOMEM;
    }

    private static ulong RoundUpToPage(ulong bytes) => (bytes + (PageSize.Bytes - 1)) & ~(ulong)(PageSize.Bytes - 1);

    private static MappingTraits TraitsOf(MappingOptions options)
    {
        MappingTraits traits = MappingTraits.None;
        traits |= (options & MappingOptions.Shared) != 0 ? MappingTraits.Shared : 0;
        traits |= (options & MappingOptions.GrowsDown) != 0 ? MappingTraits.GrowsDown : 0;
        traits |= (options & MappingOptions.InitialStack) != 0 ? MappingTraits.InitialStack : 0;
        traits |= (options & MappingOptions.Locked) != 0 ? MappingTraits.Locked : 0;
        return traits;
    }

    private Result<UserAddress> MapLocked(ulong hint, ulong length, PageAccess access, PageAccess maximumAccess, MappingTraits traits, MappingOptions options, IMappableFile? file, long filePage)
    {
        if (!FindPlace(hint, length, options).TryGet(out ulong start, out Errno error))
        {
            return error;
        }

        var mapping = new MemoryMapping(this, start, start + length, file)
        {
            Access = access,
            MaximumAccess = maximumAccess | access,
            Traits = traits,
            FilePage = filePage,
        };
        bool isReserved = (options & MappingOptions.NoReserve) == 0
            && ((access & PageAccess.Write) != 0 || file is SharedMemory)
            && (!mapping.IsShared || file is SharedMemory);
        if (mapping.IsLocked && !MayLock(mapping.Pages))
        {
            return Errno.EAGAIN;
        }

        long replaced = _mappings.PagesIn(start, start + length);
        if (_mappings.Count >= MaximumMappings || !MayGrow(mapping.Pages - replaced, mapping.IsData ? mapping.Pages : 0, isReserved))
        {
            return Errno.ENOMEM;
        }

        if (replaced != 0)
        {
            error = UnmapLocked(start, start + length);
            if (error != Errno.None)
            {
                return error;
            }
        }

        Insert(mapping);
        return new UserAddress(start);
    }

    /// <summary>
    /// Whether the address space may get that many more pages: RLIMIT_AS, RLIMIT_DATA, and (Linux's overcommit
    /// heuristic) whether a single request for memory to be written could ever be met.
    /// </summary>
    private bool MayGrow(long pages, long dataPages, bool isReserved) =>
        (pages <= 0 || (ulong)(_mappedPages + pages) <= AddressSpaceLimit >> PageSize.Shift)
        && (dataPages <= 0 || (ulong)(_dataPages + dataPages) <= DataLimit >> PageSize.Shift)
        && (!isReserved || pages <= _frames.TotalFrames);

    /// <summary>Whether that many more pages may be locked.</summary>
    private bool MayLock(long pages) => (ulong)(_lockedPages + pages) <= LockedLimit >> PageSize.Shift;

    private Result<ulong> CheckFixedPlace(ulong start, ulong length, bool mustBeFree)
    {
        if ((start & (PageSize.Bytes - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        if (!UserLayout.IsUserRange(start, length))
        {
            return Errno.ENOMEM;
        }

        if (start < UserLayout.MinimumAddress)
        {
            return Errno.EPERM;
        }

        return mustBeFree && _mappings.Overlaps(start, start + length) ? Errno.EEXIST : start;
    }

    /// <summary>Finds the highest room of <paramref name="length"/> bytes in [low, high), around the kernel's window.</summary>
    private bool FindGap(ulong low, ulong high, ulong length, out ulong start)
    {
        if (low < UserLayout.KernelWindowEnd && high > UserLayout.KernelWindowStart)
        {
            return (high > UserLayout.KernelWindowEnd && FindGap(UserLayout.KernelWindowEnd, high, length, out start))
                || FindGap(low, UserLayout.KernelWindowStart, length, out start);
        }

        return high == UserLayout.MappingTop
            ? _gapHints.Find(_mappings, low, length, out start)
            : GapHints.Find(_mappings, low, high, length, length, out start, out _);
    }

    /// <summary>Adds a mapping of free addresses, as a part of a neighbour where it can be one.</summary>
    private void Insert(MemoryMapping mapping)
    {
        int index = _mappings.FirstEndingAfter(mapping.Start);
        MemoryMapping? previous = index > 0 ? _mappings[index - 1] : null;
        MemoryMapping? next = index < _mappings.Count ? _mappings[index] : null;
        _mappings.Reserve();
        Account(mapping, +1);
        if (next is { GrowsDown: true })
        {
            // What lies in a stack's gap ends it: below there is room where there was none.
            _gapHints.NoteFreed(mapping.Start);
        }

        if (previous is not null && previous.CanAbsorb(mapping))
        {
            previous.End = mapping.End;
            previous.HasPrivatePages |= mapping.HasPrivatePages;
            MergeWithNext(index - 1);
        }
        else if (next is not null && mapping.CanAbsorb(next))
        {
            next.Start = mapping.Start;
            next.FilePage = mapping.FilePage;
            next.HasPrivatePages |= mapping.HasPrivatePages;
        }
        else
        {
            Attach(mapping);
            _mappings.Insert(index, mapping);
        }
    }

    /// <summary>Makes one mapping of two neighbours that differ in nothing. Returns whether it did.</summary>
    private bool MergeWithNext(int index)
    {
        if (index < 0 || index + 1 >= _mappings.Count || !_mappings[index].CanAbsorb(_mappings[index + 1]))
        {
            return false;
        }

        MemoryMapping next = _mappings[index + 1];
        _mappings[index].End = next.End;
        _mappings[index].HasPrivatePages |= next.HasPrivatePages;
        Detach(next);
        _mappings.RemoveRange(index + 1, 1);
        return true;
    }

    /// <summary>Takes the references that a mapping in the list holds.</summary>
    private static void Attach(MemoryMapping mapping)
    {
        mapping.File?.Acquire();
        mapping.Cache?.AddMapping(mapping);
    }

    /// <summary>Gives up what <see cref="Attach"/> took, and makes the mapping empty.</summary>
    private void Detach(MemoryMapping mapping)
    {
        mapping.End = mapping.Start;
        mapping.Cache?.RemoveMapping(mapping);
        if (mapping.File is { } file)
        {
            (_filesToRelease ??= []).Add(file);
        }
    }

    private void Account(MemoryMapping mapping, int sign)
    {
        if (sign < 0)
        {
            _gapHints.NoteFreed(mapping.End);
            _peakMappedPages = Math.Max(_peakMappedPages, _mappedPages);
        }

        long pages = mapping.Pages * sign;
        _mappedPages += pages;
        _dataPages += mapping.IsData ? pages : 0;
        _stackPages += mapping.GrowsDown ? pages : 0;
        _codePages += mapping.IsCode ? pages : 0;
        _lockedPages += mapping.IsLocked ? pages : 0;
    }
}
