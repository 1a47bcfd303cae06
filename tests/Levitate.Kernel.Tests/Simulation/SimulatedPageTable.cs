using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>
/// A page table of leaf tables in a sorted list. Every leaf costs a frame, as on hardware, so that tables take part in
/// running out of memory and in the balance of frames. Breaches of <see cref="IPageTable"/>'s contract throw.
/// </summary>
public sealed class SimulatedPageTable(SimulatedFrames frames) : IPageTable
{
    private const int LeafShift = 9;
    private const int LeafPages = 1 << LeafShift;

    private struct Entry
    {
        public bool IsPresent, IsDirty, IsAccessed;
        public FrameNumber Frame;
        public PageAccess Access;
    }

    private sealed class Leaf(FrameNumber frame)
    {
        public readonly FrameNumber Frame = frame;
        public readonly Entry[] Entries = new Entry[LeafPages];
    }

    /// <summary>Guards the table against the walk of a simulated processor; a leaf lock.</summary>
    private readonly Lock _lock = new();
    private readonly SortedList<ulong, Leaf> _leaves = [];
    private bool _disposed;

    /// <summary>How many pages are present.</summary>
    public int PresentPages
    {
        get
        {
            lock (_lock)
            {
                int count = 0;
                foreach (Leaf leaf in _leaves.Values)
                {
                    foreach (ref Entry entry in leaf.Entries.AsSpan())
                    {
                        count += entry.IsPresent ? 1 : 0;
                    }
                }

                return count;
            }
        }
    }

    /// <inheritdoc/>
    public bool TryMap(UserAddress page, FrameNumber frame, PageAccess access)
    {
        frames.Disturbance?.Point();
        return TryMapAtOnce(page, frame, access);
    }

    private bool TryMapAtOnce(UserAddress page, FrameNumber frame, PageAccess access)
    {
        CheckPage(page);
        lock (_lock)
        {
            Leaf? leaf = LeafFor(page, create: true);
            if (leaf is null)
            {
                return false;
            }

            ref Entry entry = ref leaf.Entries[IndexOf(page)];
            Require(!entry.IsPresent, $"{page} is already present");
            Require(frames.ReferenceCount(frame) > 0, $"frame {frame.Value} is free");
            entry = new Entry { IsPresent = true, Frame = frame, Access = access };
            return true;
        }
    }

    /// <inheritdoc/>
    public void Replace(UserAddress page, FrameNumber frame, PageAccess access)
    {
        frames.Disturbance?.Point();
        CheckPage(page);
        lock (_lock)
        {
            Leaf? leaf = LeafFor(page, create: false);
            Require(leaf is not null && leaf.Entries[IndexOf(page)].IsPresent, $"{page} is not present");
            Require(frames.ReferenceCount(frame) > 0, $"frame {frame.Value} is free");
            ref Entry entry = ref leaf!.Entries[IndexOf(page)];
            entry = new Entry { IsPresent = true, Frame = frame, Access = access, IsDirty = entry.IsDirty && entry.Frame == frame };
        }
    }

    /// <inheritdoc/>
    public MappedPage Find(UserAddress page)
    {
        frames.Disturbance?.Point();
        CheckPage(page);
        lock (_lock)
        {
            Entry entry = LeafFor(page, create: false) is { } leaf ? leaf.Entries[IndexOf(page)] : default;
            return new MappedPage(entry.IsPresent, entry.Frame, entry.Access, entry.IsDirty);
        }
    }

    /// <inheritdoc/>
    public bool TryFindNext(UserAddress start, UserAddress end, out UserAddress next)
    {
        CheckRange(start, end);
        Require(start < end, "nowhere to look");
        lock (_lock)
        {
            ulong stop = Math.Min(end.Value, ((start.Value >> (PageSize.Shift + LeafShift)) + 1) << (PageSize.Shift + LeafShift));
            next = FirstPresent(start, new UserAddress(stop));
            return next.Value < stop;
        }
    }

    /// <inheritdoc/>
    public bool IsAccessed(UserAddress page)
    {
        CheckPage(page);
        lock (_lock)
        {
            return LeafFor(page, create: false) is { } leaf && leaf.Entries[IndexOf(page)].IsAccessed;
        }
    }

    /// <inheritdoc/>
    public long CountTables()
    {
        lock (_lock)
        {
            return _leaves.Count;
        }
    }

    /// <inheritdoc/>
    public int UnmapRange(UserAddress start, UserAddress end, Span<FrameNumber> unmapped, out UserAddress next)
    {
        CheckRange(start, end);
        Require(unmapped.Length > 0, "no room for a frame");
        lock (_lock)
        {
            int count = 0;
            for (UserAddress page = FirstPresent(start, end); page < end; page = FirstPresent(page + PageSize.Bytes, end))
            {
                if (count == unmapped.Length)
                {
                    next = page;
                    return count;
                }

                ref Entry entry = ref LeafFor(page, create: false)!.Entries[IndexOf(page)];
                unmapped[count++] = entry.Frame;
                entry = default;
            }

            next = end;
            return count;
        }
    }

    /// <inheritdoc/>
    public void ReleaseTables(UserAddress start, UserAddress end, UserAddress gapStart, UserAddress gapEnd)
    {
        Require(gapStart <= start && end <= gapEnd, "the gap must hold the range");
        lock (_lock)
        {
            Require(FirstPresent(gapStart, gapEnd) == gapEnd, "something is mapped in the gap");
            for (int i = _leaves.Count - 1; i >= 0; i--)
            {
                ulong first = _leaves.Keys[i] << (PageSize.Shift + LeafShift);
                ulong past = (_leaves.Keys[i] + 1) << (PageSize.Shift + LeafShift);
                if (first < end.Value && past > start.Value && first >= gapStart.Value && past <= gapEnd.Value)
                {
                    frames.ReleaseAtOnce(_leaves.Values[i].Frame);
                    _leaves.RemoveAt(i);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void ProtectRange(UserAddress start, UserAddress end, PageAccess access)
    {
        CheckRange(start, end);
        lock (_lock)
        {
            for (UserAddress page = FirstPresent(start, end); page < end; page = FirstPresent(page + PageSize.Bytes, end))
            {
                ref Entry entry = ref LeafFor(page, create: false)!.Entries[IndexOf(page)];
                entry.Access = access & (entry.Access | ~PageAccess.Write);
            }
        }
    }

    /// <inheritdoc/>
    public bool TryMoveRange(UserAddress source, UserAddress destination, ulong length)
    {
        CheckRange(source, source + length);
        CheckRange(destination, destination + length);
        lock (_lock)
        {
            UserAddress end = source + length;
            for (UserAddress page = FirstPresent(source, end); page < end; page = FirstPresent(page + PageSize.Bytes, end))
            {
                UserAddress target = destination + (page - source);
                if (LeafFor(target, create: true) is not { } leaf)
                {
                    return false;
                }

                Require(!leaf.Entries[IndexOf(target)].IsPresent, $"{target} is already present");
            }

            for (UserAddress page = FirstPresent(source, end); page < end; page = FirstPresent(page + PageSize.Bytes, end))
            {
                UserAddress target = destination + (page - source);
                ref Entry entry = ref LeafFor(page, create: false)!.Entries[IndexOf(page)];
                LeafFor(target, create: false)!.Entries[IndexOf(target)] = entry;
                entry = default;
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public bool TryShareRange(IPageTable child, UserAddress start, UserAddress end, bool copyOnWrite, out long shared)
    {
        shared = 0;
        CheckRange(start, end);
        lock (_lock)
        {
            for (UserAddress page = FirstPresent(start, end); page < end; page = FirstPresent(page + PageSize.Bytes, end))
            {
                ref Entry entry = ref LeafFor(page, create: false)!.Entries[IndexOf(page)];
                PageAccess access = copyOnWrite ? entry.Access & ~PageAccess.Write : entry.Access;
                if (!((SimulatedPageTable)child).TryMapAtOnce(page, entry.Frame, access))
                {
                    return false;
                }

                entry.Access = access;
                frames.AddReferenceAtOnce(entry.Frame);
                shared++;
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public bool TestAndClearDirty(UserAddress page)
    {
        CheckPage(page);
        lock (_lock)
        {
            if (LeafFor(page, create: false) is not { } leaf)
            {
                return false;
            }

            ref Entry entry = ref leaf.Entries[IndexOf(page)];
            bool dirty = entry.IsDirty;
            entry.IsDirty = false;
            return dirty;
        }
    }

    /// <summary>
    /// What a processor does for an access that stays in one page: translates, checks, and lets <paramref name="access"/>
    /// work on the bytes. False: a page fault.
    /// </summary>
    internal bool Access<TState>(UserAddress address, int length, PageAccess wanted, TState state, PageAction<TState> access)
        where TState : allows ref struct
    {
        lock (_lock)
        {
            if (LeafFor(address, create: false) is not { } leaf)
            {
                return false;
            }

            ref Entry entry = ref leaf.Entries[IndexOf(address)];
            if (!entry.IsPresent || (wanted & ~entry.Access) != 0)
            {
                return false;
            }

            entry.IsDirty |= (wanted & PageAccess.Write) != 0;
            entry.IsAccessed = true;
            access(frames.Bytes(entry.Frame).Slice(address.PageOffset, length), state);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            Require(!_disposed, "disposed twice");
            _disposed = true;
        }

        Require(PresentPages == 0, "a page table went away with pages present: their frames leak");
        foreach (Leaf leaf in _leaves.Values)
        {
            frames.ReleaseAtOnce(leaf.Frame);
        }

        _leaves.Clear();
    }

    private static int IndexOf(UserAddress page) => (int)((page.Value >> PageSize.Shift) & (LeafPages - 1));

    private Leaf? LeafFor(UserAddress page, bool create)
    {
        ulong key = page.Value >> (PageSize.Shift + LeafShift);
        if (_leaves.TryGetValue(key, out Leaf? leaf) || !create)
        {
            return leaf;
        }

        if (!frames.TryAllocateZeroed(out FrameNumber frame))
        {
            return null;
        }

        leaf = new Leaf(frame);
        _leaves.Add(key, leaf);
        return leaf;
    }

    private UserAddress FirstPresent(UserAddress start, UserAddress end)
    {
        int low = 0, high = _leaves.Count;
        ulong key = start.Value >> (PageSize.Shift + LeafShift);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _leaves.Keys[middle] < key ? (middle + 1, high) : (low, middle);
        }

        for (int i = low; i < _leaves.Count; i++)
        {
            Entry[] entries = _leaves.Values[i].Entries;
            for (int j = _leaves.Keys[i] == key ? IndexOf(start) : 0; j < LeafPages; j++)
            {
                if (entries[j].IsPresent)
                {
                    ulong page = (_leaves.Keys[i] << LeafShift | (uint)j) << PageSize.Shift;
                    return page < end.Value ? new UserAddress(page) : end;
                }
            }
        }

        return end;
    }

    private void CheckRange(UserAddress start, UserAddress end)
    {
        Require(start <= end && end.PageOffset == 0, $"[{start}, {end}) is no page range");
        Require(UserLayout.IsUserRange(start.Value, end - start), $"[{start}, {end}) is not user memory");
        CheckPage(start);
    }

    private void CheckPage(UserAddress page)
    {
        Require(page.PageOffset == 0, $"{page} is not page-aligned");
        Require(UserLayout.IsUserRange(page.Value, 0), $"{page} is not user memory");
        Require(!_disposed, "used after Dispose");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidOperationException(message);
        }
    }
}

/// <summary>Works on the part of a page that a processor's access touches.</summary>
internal delegate void PageAction<in TState>(Span<byte> bytes, TState state)
    where TState : allows ref struct;
