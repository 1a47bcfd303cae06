using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

// The heap that brk moves.
public sealed partial class AddressSpace
{
    // Guarded by _lock.
    private ulong _breakStart;
    private ulong _break;

    /// <summary>Where the heap begins (the loader sets it past the main program's bss). Its end moves by brk.</summary>
    public void SetProgramBreakStart(UserAddress start)
    {
        using (_lock.Enter())
        {
            _breakStart = _break = RoundUpToPage(start.Value);
        }
    }

    /// <summary>brk: moves the heap's end where that is possible.</summary>
    /// <returns>The end as it is now: the wanted one, or the old one when it could not be had (brk(2), "C library/kernel differences").</returns>
    public UserAddress SetProgramBreak(UserAddress wanted)
    {
        bool populate;
        ulong oldEnd, newEnd;
        using (EnterExclusive())
        {
            if (wanted.Value < _breakStart || !UserLayout.IsUserRange(wanted.Value, 0) || _breakStart == 0)
            {
                return new UserAddress(_break);
            }

            (oldEnd, newEnd) = (RoundUpToPage(_break), RoundUpToPage(wanted.Value));
            bool isDone = newEnd <= oldEnd
                ? newEnd == oldEnd || UnmapLocked(newEnd, oldEnd) == Errno.None
                : GrowHeap(wanted.Value, oldEnd, newEnd);
            if (!isDone)
            {
                return new UserAddress(_break);
            }

            _break = wanted.Value;
            populate = newEnd > oldEnd && (_futureTraits & (MappingTraits.Locked | MappingTraits.LockedOnFault)) == MappingTraits.Locked;
        }

        if (populate)
        {
            _ = Populate(oldEnd, newEnd, PageAccess.None);
        }

        return wanted;
    }

    private bool GrowHeap(ulong wanted, ulong oldEnd, ulong newEnd)
    {
        // RLIMIT_DATA bounds the heap by itself, and once more as a part of all private writable memory.
        bool isAllowed = wanted - _breakStart <= DataLimit
            && UserLayout.IsUserRange(oldEnd, newEnd - oldEnd)
            && oldEnd >= UserLayout.MinimumAddress
            && _mappings.Count < MaximumMappings;
        long pages = (long)((newEnd - oldEnd) >> PageSize.Shift);
        if (!isAllowed || !MayGrow(pages, pages, isReserved: true))
        {
            return false;
        }

        // One page more than needed must be free, and a stack above keeps its gap.
        int index = _mappings.FirstEndingAfter(oldEnd);
        if (index < _mappings.Count && newEnd + PageSize.Bytes > _mappings[index].GuardedStart)
        {
            return false;
        }

        Insert(new MemoryMapping(this, oldEnd, newEnd, file: null)
        {
            Access = PageAccess.Read | PageAccess.Write,
            MaximumAccess = PageAccess.Read | PageAccess.Write | PageAccess.Execute,
            Traits = _futureTraits,
        });
        return true;
    }
}
