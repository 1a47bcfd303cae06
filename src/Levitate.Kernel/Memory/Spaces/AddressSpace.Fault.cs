using System;
using System.Numerics;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

// Demand paging, copy-on-write and the growth of stacks.
public sealed partial class AddressSpace
{
    /// <summary>
    /// Pages of a file that one fault may map (Linux: fault_around_bytes, 64 KiB): where the cache has the neighbours
    /// anyway, mapping them costs a tenth of the faults that it saves.
    /// </summary>
    private const int FaultAroundPages = 16;

    /// <summary>Resolves a page fault of user mode or of a user copy. Allocates no managed memory, but where a file's cache gets its
    /// first page in a group of 64: room for the group.</summary>
    /// <param name="address">Where; any value.</param>
    /// <param name="access">What was tried: Read, Write or Execute.</param>
    public FaultResolution HandleFault(UserAddress address, PageAccess access)
    {
        if (!UserLayout.IsUserRange(address.Value, 1))
        {
            return FaultResolution.NotMapped;
        }

        using (_lock.Enter())
        {
            MemoryMapping? mapping = _mappings.Find(address.Value) ?? GrowStack(address.Value);
            if (mapping is null)
            {
                return FaultResolution.NotMapped;
            }

            return mapping.Allows(access)
                ? FaultIn(mapping, address.PageStart, (access & PageAccess.Write) != 0, out _)
                : FaultResolution.AccessDenied;
        }
    }

    /// <summary>
    /// Faults pages of a range in by that access; None: by the one that a program will want in the end, a store where the
    /// mapping is private and writable. Stops at the first page that fails.
    /// </summary>
    private FaultResolution Populate(ulong start, ulong end, PageAccess access)
    {
        // The lock is given up now and then, so that the other threads are not shut out by a large range.
        const ulong Stride = 64 * PageSize.Bytes;
        for (ulong address = start; address < end; address += Stride)
        {
            using (_lock.Enter())
            {
                for (ulong page = address; page < Math.Min(end, address + Stride); page += PageSize.Bytes)
                {
                    FaultResolution resolution = PopulatePage(page, access);
                    if (resolution != FaultResolution.Resolved)
                    {
                        return resolution;
                    }
                }
            }
        }

        return FaultResolution.Resolved;
    }

    private FaultResolution PopulatePage(ulong page, PageAccess access)
    {
        MemoryMapping? mapping = _mappings.Find(page);
        if (mapping is null)
        {
            return FaultResolution.NotMapped;
        }

        if (mapping.Access == PageAccess.None || !mapping.Allows(access))
        {
            return FaultResolution.AccessDenied;
        }

        bool isWrite = access == PageAccess.None
            ? !mapping.IsShared && (mapping.Access & PageAccess.Write) != 0
            : (access & PageAccess.Write) != 0;
        return FaultIn(mapping, new UserAddress(page), isWrite, out _);
    }

    /// <summary>
    /// Makes a page present, and writable in the sense of the mapping where <paramref name="isWrite"/>: of a private
    /// mapping, a frame of its own. The access was checked; the page-table entry never gets more than the mapping has.
    /// </summary>
    /// <param name="mapping">The mapping of the page.</param>
    /// <param name="page">The page.</param>
    /// <param name="isWrite">Whether the frame is to be stored to.</param>
    /// <param name="frame">The frame that is mapped now, valid while the lock is held.</param>
    private FaultResolution FaultIn(MemoryMapping mapping, UserAddress page, bool isWrite, out FrameNumber frame)
    {
        MappedPage present = _pageTable.Find(page);
        if (present.IsPresent)
        {
            frame = present.Frame;
            return FaultOnPresent(mapping, page, isWrite, present.Access, ref frame);
        }

        if (mapping.Cache is not null)
        {
            return FaultInFilePage(mapping, page, isWrite, out frame);
        }

        if (!_frames.TryAllocateZeroed(out frame))
        {
            return FaultResolution.OutOfMemory;
        }

        mapping.HasPrivatePages = true;
        return MapNewPage(page, frame, mapping.HardwareAccess);
    }

    /// <summary>A fault on a page that is there: a store to a shared frame of a private mapping, or a fault that another thread resolved first.</summary>
    private FaultResolution FaultOnPresent(MemoryMapping mapping, UserAddress page, bool isWrite, PageAccess access, ref FrameNumber frame)
    {
        PageAccess wanted = mapping.HardwareAccess;
        if (!isWrite || (access & PageAccess.Write) != 0)
        {
            return FaultResolution.Resolved;
        }

        if (mapping.IsShared || _frames.ReferenceCount(frame) == 1)
        {
            // Nobody else has the frame (the cache's own frames count twice): it needs no copy.
            if (access != wanted)
            {
                _pageTable.Replace(page, frame, wanted);
            }

            return FaultResolution.Resolved;
        }

        if (!_frames.TryAllocate(out FrameNumber copy))
        {
            return FaultResolution.OutOfMemory;
        }

        _frames.Bytes(frame).CopyTo(_frames.Bytes(copy));
        _pageTable.Replace(page, copy, wanted);
        _frames.Release(frame);
        mapping.HasPrivatePages = true;
        frame = copy;
        return FaultResolution.Resolved;
    }

    private FaultResolution FaultInFilePage(MemoryMapping mapping, UserAddress page, bool isWrite, out FrameNumber frame)
    {
        if (!mapping.Cache!.GetPage(mapping.FilePageAt(page.Value)).TryGet(out frame, out Errno error))
        {
            return error is Errno.EFAULT or Errno.ENOSPC ? FaultResolution.BeyondEndOfFile : FaultResolution.OutOfMemory;
        }

        if (mapping.IsShared)
        {
            if (isWrite)
            {
                // As on Linux for files that are never written back: the first store to a page dates the file.
                mapping.File!.NoteStore();
            }

            return MapNewPage(page, frame, mapping.HardwareAccess);
        }

        if (!isWrite)
        {
            FaultResolution resolution = MapNewPage(page, frame, mapping.HardwareAccess & ~PageAccess.Write);
            if (resolution == FaultResolution.Resolved)
            {
                FaultAround(mapping, page.Value);
            }

            return resolution;
        }

        FrameNumber original = frame;
        if (!_frames.TryAllocate(out frame))
        {
            _frames.Release(original);
            return FaultResolution.OutOfMemory;
        }

        _frames.Bytes(original).CopyTo(_frames.Bytes(frame));
        _frames.Release(original);
        mapping.HasPrivatePages = true;
        return MapNewPage(page, frame, mapping.HardwareAccess);
    }

    private FaultResolution MapNewPage(UserAddress page, FrameNumber frame, PageAccess access)
    {
        if (!_pageTable.TryMap(page, frame, access))
        {
            _frames.Release(frame);
            return FaultResolution.OutOfMemory;
        }

        _residentPages++;
        return FaultResolution.Resolved;
    }

    /// <summary>Maps the neighbours of a page of a private file mapping that the cache holds, read-only.</summary>
    private void FaultAround(MemoryMapping mapping, ulong page)
    {
        const ulong WindowBytes = FaultAroundPages * PageSize.Bytes;
        ulong start = Math.Max(page & ~(WindowBytes - 1), mapping.Start);
        ulong end = Math.Min((page & ~(WindowBytes - 1)) + WindowBytes, mapping.End);
        Span<FrameNumber> frames = stackalloc FrameNumber[FaultAroundPages];
        frames = frames[..(int)((end - start) >> PageSize.Shift)];
        uint resident = mapping.Cache!.GetResidentPages(mapping.FilePageAt(start), frames);
        PageAccess access = mapping.HardwareAccess & ~PageAccess.Write;
        while (resident != 0)
        {
            int i = BitOperations.TrailingZeroCount(resident);
            resident &= resident - 1;
            var neighbour = new UserAddress(start + ((ulong)i << PageSize.Shift));
            if (!_pageTable.Find(neighbour).IsPresent && _pageTable.TryMap(neighbour, frames[i], access))
            {
                _residentPages++;
            }
            else
            {
                _frames.Release(frames[i]);
            }
        }
    }

    /// <summary>Extends the stack above an address down to it, if there is one and the limits allow it.</summary>
    private MemoryMapping? GrowStack(ulong address)
    {
        int index = _mappings.FirstEndingAfter(address);
        if (index == _mappings.Count || !_mappings[index].GrowsDown)
        {
            return null;
        }

        MemoryMapping stack = _mappings[index];
        ulong start = address & ~(ulong)(PageSize.Bytes - 1);
        ulong growth = stack.Start - start;
        long pages = (long)(growth >> PageSize.Shift);
        bool isAllowed = start >= UserLayout.MinimumAddress
            && UserLayout.IsUserRange(start, growth)
            && stack.End - start <= StackLimit
            && MayGrow(pages, 0, isReserved: true)
            && (stack.File is null || stack.FilePage >= pages);
        if (!isAllowed)
        {
            return null;
        }

        // A neighbour that cannot be accessed is a guard of its own; another stack shares the gap (both as on Linux).
        MemoryMapping? below = index > 0 ? _mappings[index - 1] : null;
        if (below is { GrowsDown: false } && below.Access != PageAccess.None && start - below.End < StackGuardBytes)
        {
            return null;
        }

        Account(stack, -1);
        stack.Start = start;
        stack.FilePage -= stack.File is null ? 0 : pages;
        Account(stack, +1);
        return stack;
    }
}
