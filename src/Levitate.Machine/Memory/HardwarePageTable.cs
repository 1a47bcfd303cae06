using System;
using System.Runtime.InteropServices;
using Levitate.Floor;
using Levitate.Kernel.Platform;

namespace Levitate.Machine.Memory;

/// <summary>A page table that the processor walks.</summary>
internal sealed unsafe class HardwarePageTable : IPageTable
{
    private HardwarePageTable(uint root) => Root = root;

    /// <summary>The frame of the root table; 0 once disposed.</summary>
    internal uint Root { get; private set; }

    /// <summary>An empty one; null when memory is used up.</summary>
    internal static HardwarePageTable? TryCreate() => PageTables.TryCreate(out uint root) ? new HardwarePageTable(root) : null;

    /// <inheritdoc/>
    public bool TryMap(UserAddress page, FrameNumber frame, PageAccess access) => PageTables.TryMap(Root, page.Value, frame.Value, (int)access);

    /// <inheritdoc/>
    public void Replace(UserAddress page, FrameNumber frame, PageAccess access) => PageTables.Replace(Root, page.Value, frame.Value, (int)access);

    /// <inheritdoc/>
    public MappedPage Find(UserAddress page) => PageTables.Find(Root, page.Value, out uint frame, out int access, out bool isDirty)
        ? new MappedPage(true, new FrameNumber(frame), (PageAccess)access, isDirty)
        : default;

    /// <inheritdoc/>
    public bool TryFindNext(UserAddress start, UserAddress end, out UserAddress next)
    {
        bool isFound = PageTables.TryFindNext(Root, start.Value, end.Value, out ulong page);
        next = new UserAddress(page);
        return isFound;
    }

    /// <inheritdoc/>
    public bool IsAccessed(UserAddress page) => PageTables.IsAccessed(Root, page.Value);

    /// <inheritdoc/>
    public long CountTables() => PageTables.CountTables(Root);

    /// <inheritdoc/>
    public int UnmapRange(UserAddress start, UserAddress end, Span<FrameNumber> unmapped, out UserAddress next)
    {
        fixed (uint* frames = MemoryMarshal.Cast<FrameNumber, uint>(unmapped))
        {
            int count = PageTables.UnmapRange(Root, start.Value, end.Value, frames, unmapped.Length, out ulong continuation);
            next = new UserAddress(continuation);
            return count;
        }
    }

    /// <inheritdoc/>
    public void ReleaseTables(UserAddress start, UserAddress end, UserAddress gapStart, UserAddress gapEnd) =>
        PageTables.ReleaseTables(Root, start.Value, end.Value, gapStart.Value, gapEnd.Value);

    /// <inheritdoc/>
    public void ProtectRange(UserAddress start, UserAddress end, PageAccess access) => PageTables.ProtectRange(Root, start.Value, end.Value, (int)access);

    /// <inheritdoc/>
    public bool TryMoveRange(UserAddress source, UserAddress destination, ulong length) => PageTables.TryMoveRange(Root, source.Value, destination.Value, length);

    /// <inheritdoc/>
    public bool TryShareRange(IPageTable child, UserAddress start, UserAddress end, bool copyOnWrite, out long shared) =>
        PageTables.TryShareRange(Root, ((HardwarePageTable)child).Root, start.Value, end.Value, copyOnWrite, out shared);

    /// <inheritdoc/>
    public bool TestAndClearDirty(UserAddress page) => PageTables.TestAndClearDirty(Root, page.Value);

    /// <inheritdoc/>
    public void Dispose()
    {
        uint root = Root;
        Root = 0;
        if (root != 0)
        {
            PageTables.Destroy(root);
        }
    }
}
