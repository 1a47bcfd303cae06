using System;

namespace Levitate.Kernel.Platform;

/// <summary>What user mode may do with a page.</summary>
[Flags]
public enum PageAccess
{
    /// <summary>Nothing: the page stays present for the kernel's books but user mode faults (PROT_NONE).</summary>
    None = 0,

    /// <summary>Loads.</summary>
    Read = 1,

    /// <summary>Stores.</summary>
    Write = 2,

    /// <summary>Instruction fetches.</summary>
    Execute = 4,
}

/// <summary>A page as a page table has it.</summary>
/// <param name="IsPresent">Whether a frame is mapped at all.</param>
/// <param name="Frame">That frame.</param>
/// <param name="Access">What user mode may do.</param>
/// <param name="IsDirty">Whether the hardware saw a store since the page was mapped or last cleaned.</param>
public readonly record struct MappedPage(bool IsPresent, FrameNumber Frame, PageAccess Access, bool IsDirty);

/// <summary>
/// The hardware's translation of one address space. It knows nothing of reference counts: who maps a frame has taken
/// a reference for it, and who gets one back from <see cref="UnmapRange"/> releases it. The owner's lock guards all members.
/// Every member leaves no stale translation on any CPU when it returns.
/// </summary>
public interface IPageTable : IDisposable
{
    /// <summary>Maps a page that is not present. False when there is no memory for the tables; nothing has changed then.</summary>
    bool TryMap(UserAddress page, FrameNumber frame, PageAccess access);

    /// <summary>Replaces frame and access of a present page (copy-on-write, write upgrade).</summary>
    void Replace(UserAddress page, FrameNumber frame, PageAccess access);

    /// <summary>What is mapped at a page.</summary>
    MappedPage Find(UserAddress page);

    /// <summary>
    /// Looks for the next present page of [start, end), both page-aligned, through no more than one table of entries, so that
    /// the caller decides for how long it looks.
    /// </summary>
    /// <param name="start">The first page to look at; below <paramref name="end"/>.</param>
    /// <param name="end">The first one not to look at.</param>
    /// <param name="next">The page; where there is none, where to go on: beyond <paramref name="start"/>, at most <paramref name="end"/>.</param>
    bool TryFindNext(UserAddress start, UserAddress end, out UserAddress next);

    /// <summary>Whether the hardware saw an access to a page since it was mapped.</summary>
    bool IsAccessed(UserAddress page);

    /// <summary>How many frames the tables themselves take, without the root.</summary>
    long CountTables();

    /// <summary>
    /// Unmaps present pages from <paramref name="start"/> (page-aligned) up to <paramref name="end"/>, at most as many as
    /// <paramref name="unmapped"/> holds, and stores their frames there.
    /// </summary>
    /// <param name="next">Where to go on; equals <paramref name="end"/> when the range is done.</param>
    /// <returns>How many frames were stored.</returns>
    int UnmapRange(UserAddress start, UserAddress end, Span<FrameNumber> unmapped, out UserAddress next);

    /// <summary>
    /// Frees the tables of [start, end) whose whole reach lies in [gapStart, gapEnd), where nothing is mapped any more.
    /// </summary>
    void ReleaseTables(UserAddress start, UserAddress end, UserAddress gapStart, UserAddress gapEnd);

    /// <summary>
    /// Sets the access of every present page in the range, except that <see cref="PageAccess.Write"/> is only ever kept
    /// where it was, never added: a page that must still be copied on write gets its right to write by a fault.
    /// </summary>
    void ProtectRange(UserAddress start, UserAddress end, PageAccess access);

    /// <summary>Moves the present pages of a range elsewhere (mremap). False when there is no memory for the tables; nothing has changed then.</summary>
    bool TryMoveRange(UserAddress source, UserAddress destination, ulong length);

    /// <summary>
    /// For fork: maps the present pages of the range in <paramref name="child"/> too, adding a reference to each frame.
    /// With <paramref name="copyOnWrite"/> both sides lose <see cref="PageAccess.Write"/>. False when there is no memory
    /// for the tables; the child then holds part of the range.
    /// </summary>
    /// <param name="child">The other table; its owner's lock is held, too.</param>
    /// <param name="start">Page-aligned.</param>
    /// <param name="end">Page-aligned.</param>
    /// <param name="copyOnWrite">Whether both sides lose the right to write.</param>
    /// <param name="shared">How many pages the child got.</param>
    bool TryShareRange(IPageTable child, UserAddress start, UserAddress end, bool copyOnWrite, out long shared);

    /// <summary>Reads and clears the dirty mark of a page.</summary>
    bool TestAndClearDirty(UserAddress page);
}
