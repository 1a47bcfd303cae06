using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

// mremap.
public sealed partial class AddressSpace
{
    /// <summary>mremap: resizes a mapping, in place or elsewhere; the pages move, nothing is copied.</summary>
    /// <param name="oldAddress">Page-aligned.</param>
    /// <param name="oldLength">Bytes; 0 makes a second mapping of the same shared pages.</param>
    /// <param name="newLength">Bytes.</param>
    /// <param name="flags">MREMAP_*.</param>
    /// <param name="newAddress">The place with MREMAP_FIXED, a hint with MREMAP_DONTUNMAP.</param>
    /// <returns>EINVAL, EFAULT where the old range is not in one mapping, ENOMEM, EAGAIN past RLIMIT_MEMLOCK, EPERM below the minimum address.</returns>
    public Result<UserAddress> Remap(UserAddress oldAddress, ulong oldLength, ulong newLength, RemapFlags flags, UserAddress newAddress)
    {
        const RemapFlags Known = RemapFlags.MREMAP_MAYMOVE | RemapFlags.MREMAP_FIXED | RemapFlags.MREMAP_DONTUNMAP;
        bool isPlaced = (flags & (RemapFlags.MREMAP_FIXED | RemapFlags.MREMAP_DONTUNMAP)) != 0;
        if ((flags & ~Known) != 0
            || (isPlaced && (flags & RemapFlags.MREMAP_MAYMOVE) == 0)
            || ((flags & RemapFlags.MREMAP_DONTUNMAP) != 0 && oldLength != newLength)
            || oldAddress.PageOffset != 0
            || newLength == 0)
        {
            return Errno.EINVAL;
        }

        if (newLength > UserLayout.End || oldLength > UserLayout.End)
        {
            return isPlaced ? Errno.EINVAL : newLength > UserLayout.End ? Errno.ENOMEM : Errno.EFAULT;
        }

        (oldLength, newLength) = (RoundUpToPage(oldLength), RoundUpToPage(newLength));
        Result<UserAddress> result;
        bool populate;
        using (EnterExclusive())
        {
            MemoryMapping? mapping = _mappings.Find(oldAddress.Value);
            if (mapping is null)
            {
                return Errno.EFAULT;
            }

            populate = (mapping.Traits & (MappingTraits.Locked | MappingTraits.LockedOnFault)) == MappingTraits.Locked;
            result = isPlaced
                ? RemapTo(mapping, oldAddress.Value, oldLength, newLength, flags, newAddress.Value)
                : Resize(mapping, oldAddress.Value, oldLength, newLength, mayMove: (flags & RemapFlags.MREMAP_MAYMOVE) != 0);
        }

        if (populate && result.Succeeded && newLength > oldLength)
        {
            _ = Populate(result.Value.Value + oldLength, result.Value.Value + newLength, PageAccess.None);
        }

        return result;
    }

    private Result<UserAddress> Resize(MemoryMapping mapping, ulong start, ulong oldLength, ulong newLength, bool mayMove)
    {
        Errno error;
        if (oldLength >= newLength)
        {
            // A shrinking range may reach over several mappings.
            error = oldLength > UserLayout.End - start ? Errno.EINVAL : oldLength == newLength ? Errno.None : UnmapLocked(start + newLength, start + oldLength);
            return error == Errno.None ? new UserAddress(start) : error;
        }

        error = CheckResize(mapping, start, oldLength, newLength);
        if (error != Errno.None)
        {
            return error;
        }

        ulong newEnd = start + newLength;
        if (oldLength == mapping.End - start && UserLayout.IsUserRange(start, newLength) && !_mappings.Overlaps(mapping.End, newEnd))
        {
            // A mapping like this one right behind it becomes a part of it.
            Insert(mapping.CloneTo(this, mapping.End, newEnd, mapping.FilePageAt(mapping.End)));
            return new UserAddress(start);
        }

        if (!mayMove)
        {
            return Errno.ENOMEM;
        }

        return FindPlace(0, newLength, MappingOptions.None).TryGet(out ulong place, out error)
            ? Move(mapping, start, oldLength, place, newLength, keepsOld: false)
            : error;
    }

    private Result<UserAddress> RemapTo(MemoryMapping mapping, ulong start, ulong oldLength, ulong newLength, RemapFlags flags, ulong newStart)
    {
        bool isFixed = (flags & RemapFlags.MREMAP_FIXED) != 0;
        if ((newStart & (PageSize.Bytes - 1)) != 0
            || newLength > UserLayout.End
            || newStart > UserLayout.End - newLength
            || (start < newStart + newLength && newStart < start + oldLength))
        {
            return Errno.EINVAL;
        }

        Errno error = CheckResize(mapping, start, Math.Min(oldLength, newLength), newLength);
        bool keepsOld = (flags & RemapFlags.MREMAP_DONTUNMAP) != 0;
        if (error == Errno.None && keepsOld && !MayGrow(mapping.Pages, 0, isReserved: false))
        {
            error = Errno.ENOMEM;
        }

        if (error != Errno.None
            || !FindPlace(newStart, newLength, isFixed ? MappingOptions.Fixed : MappingOptions.None).TryGet(out ulong place, out error))
        {
            return error;
        }

        if (_mappings.Count + 2 > MaximumMappings)
        {
            return Errno.ENOMEM;
        }

        error = UnmapLocked(place, place + newLength);
        if (error == Errno.None && oldLength > newLength)
        {
            error = UnmapLocked(start + newLength, start + oldLength);
            oldLength = newLength;
        }

        if (error != Errno.None)
        {
            return error;
        }

        // Unmapping may have split mappings around, so look again for the one at hand; or have ended it, where an old
        // length of 0 asks for a second mapping of it in its own place.
        return _mappings.Find(start) is { } current ? Move(current, start, oldLength, place, newLength, keepsOld) : Errno.EFAULT;
    }

    private Errno CheckResize(MemoryMapping mapping, ulong start, ulong oldLength, ulong newLength)
    {
        if (oldLength == 0 && !mapping.IsShared)
        {
            return Errno.EINVAL;
        }

        if (oldLength > mapping.End - start)
        {
            return Errno.EFAULT;
        }

        long growth = (long)((newLength - oldLength) >> PageSize.Shift);
        if (growth == 0)
        {
            return Errno.None;
        }

        if (mapping.File is not null && mapping.FilePageAt(start) > (long.MaxValue >> PageSize.Shift) - (long)(newLength >> PageSize.Shift))
        {
            return Errno.EINVAL;
        }

        if (mapping.IsLocked && !MayLock(growth))
        {
            return Errno.EAGAIN;
        }

        return MayGrow(growth, mapping.IsData ? growth : 0, isReserved: mapping.IsData) ? Errno.None : Errno.ENOMEM;
    }

    private Result<UserAddress> Move(MemoryMapping mapping, ulong start, ulong oldLength, ulong newStart, ulong newLength, bool keepsOld)
    {
        if (_mappings.Count > MaximumMappings - 3
            || !_pageTable.TryMoveRange(new UserAddress(start), new UserAddress(newStart), oldLength))
        {
            return Errno.ENOMEM;
        }

        // Both places count for a moment, which is no peak.
        long peak = Math.Max(_peakMappedPages, _mappedPages);
        MemoryMapping moved = mapping.CloneTo(this, newStart, newStart + newLength, mapping.FilePageAt(start));
        moved.Traits &= ~MappingTraits.InitialStack;
        Insert(moved);
        if (keepsOld)
        {
            SetTraits(start, start + oldLength, MappingTraits.None, MappingTraits.Locked | MappingTraits.LockedOnFault);
        }
        else if (oldLength != 0)
        {
            UnmapLocked(start, start + oldLength);
            _peakMappedPages = peak;
        }

        return new UserAddress(newStart);
    }
}
