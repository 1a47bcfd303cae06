using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

// Copies for fork.
public sealed partial class AddressSpace
{
    /// <summary>
    /// A copy for fork: private pages are shared until one side stores to them; of mappings that hold nothing but a
    /// file's own pages, only the mapping is copied, because a child that executes another program will never look.
    /// </summary>
    /// <returns>The copy with one reference; ENOMEM.</returns>
    public Result<AddressSpace> Fork()
    {
        if (!Create(_machine).TryGet(out AddressSpace child, out Errno error))
        {
            return error;
        }

        bool isComplete = false;
        try
        {
            using (EnterExclusive())
            using (child.EnterExclusive())
            {
                isComplete = CopyTo(child);
            }
        }
        finally
        {
            // An exception, too, must not cost the frames: the kernel's own memory may have run out.
            if (!isComplete)
            {
                child.Release();
            }
        }

        return isComplete ? child : Errno.ENOMEM;
    }

    private bool CopyTo(AddressSpace child)
    {
        child._barrierRegistrations = _barrierRegistrations;
        child.StackLimit = StackLimit;
        child.AddressSpaceLimit = AddressSpaceLimit;
        child.DataLimit = DataLimit;
        (child._breakStart, child._break) = (_breakStart, _break);
        child._layout = _layout;
        if (_programFile is not null)
        {
            child.SetProgramFile(_programFile);
        }

        for (int i = 0; i < _mappings.Count; i++)
        {
            MemoryMapping mapping = _mappings[i];
            if ((mapping.Traits & MappingTraits.DontFork) != 0)
            {
                continue;
            }

            // Locks are not inherited (mlock(2)).
            MemoryMapping copy = mapping.CloneTo(child, mapping.Start, mapping.End, mapping.FilePage);
            copy.Traits &= ~(MappingTraits.Locked | MappingTraits.LockedOnFault);
            bool sharesPages = mapping.HasPrivatePages && (mapping.Traits & MappingTraits.WipeOnFork) == 0;
            copy.HasPrivatePages = sharesPages;
            child._mappings.Reserve();
            child.Account(copy, +1);
            child._mappings.Insert(child._mappings.Count, copy);
            Attach(copy);
            if (!sharesPages)
            {
                continue;
            }

            // A truncation that comes meanwhile must look for the child, too: it is known to the cache before it gets pages.
            copy.Cache?.NoteFork();
            var (start, end) = (new UserAddress(mapping.Start), new UserAddress(mapping.End));
            bool isComplete = _pageTable.TryShareRange(child._pageTable, start, end, copyOnWrite: true, out long shared);
            child._residentPages += shared;
            if (!isComplete)
            {
                return false;
            }
        }

        return true;
    }
}
