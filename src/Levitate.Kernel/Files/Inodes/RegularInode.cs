using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files;

/// <summary>A regular file whose content is its page cache.</summary>
public sealed partial class RegularInode : Inode
{
    private KernelLock _writeLock = new(LockOrder.RegularInodeWrite);
    private int _writers;

    /// <inheritdoc/>
    public RegularInode(FileSystem fileSystem, ulong number, uint permissions, uint userId, uint groupId, uint linkCount)
        : base(fileSystem, number, FileMode.S_IFREG | permissions, userId, groupId, linkCount)
    {
        Pages = new PageCache(fileSystem.Machine.Frames, fileSystem.Budget);
    }

    /// <summary>The content.</summary>
    public PageCache Pages { get; }

    /// <summary>
    /// Makes writes and changes of length one after the other. Order: after <see cref="FileDescription.PositionLock"/>,
    /// before the address space's and the page cache's: user memory is copied from under it.
    /// </summary>
    internal ref KernelLock WriteLock => ref _writeLock;

    /// <inheritdoc/>
    public override RegularInode Content => this;

    /// <summary>Whether it is being executed, so that opens for writing are ETXTBSY; a moment's view.</summary>
    internal bool IsExecuting => Volatile.Read(ref _writers) < 0;

    /// <inheritdoc/>
    public override long Size => Pages.Length;

    /// <inheritdoc/>
    public override long Blocks => Pages.ResidentPages * (PageSize.Bytes / 512);

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        if (!TryAcquire())
        {
            return Errno.ENOENT;
        }

        if ((flags & OpenFlags.O_ACCMODE) is OpenFlags.O_WRONLY or OpenFlags.O_RDWR && !TryBeginWriting())
        {
            Release();
            return Errno.ETXTBSY;
        }

        return new RegularDescription(this, location, flags);
    }

    /// <inheritdoc/>
    public override Errno SetLength(long length)
    {
        using (WriteLock.Enter())
        {
            Errno error = CheckLength(length);
            error = error != Errno.None ? error : Pages.SetLength(length);
            if (error == Errno.None)
            {
                MarkModified();
            }

            return error;
        }
    }

    /// <summary>fallocate: makes sure that there is memory for a range, and, unless its length is to stay, that the file reaches to its end.</summary>
    /// <returns>ENOSPC; EPERM where that is sealed.</returns>
    internal Errno Allocate(long offset, long length, bool keepsLength)
    {
        using (WriteLock.Enter())
        {
            long oldLength = Pages.Length, end = offset + length;
            if (end > oldLength && CheckLength(end) != Errno.None)
            {
                return Errno.EPERM;
            }

            long firstPage = offset >> PageSize.Shift, endPage = PageCache.PageCount(end);
            if (endPage - firstPage > FileSystem.Machine.Frames.FreeFrames + Pages.ResidentPages)
            {
                return Errno.ENOSPC;
            }

            Errno error = Errno.None;
            for (long page = firstPage; page < endPage && error == Errno.None; page++)
            {
                error = Pages.Reserve(page);
            }

            if (error != Errno.None)
            {
                Pages.ReleasePastEnd(firstPage);
                return Errno.ENOSPC;
            }

            if (end > oldLength && !keepsLength)
            {
                _ = Pages.SetLength(end);
            }

            MarkModified();
            return Errno.None;
        }
    }

    /// <summary>fallocate: makes a range zeros and gives its memory back; EPERM where that is sealed.</summary>
    internal Errno PunchHole(long offset, long length)
    {
        using (WriteLock.Enter())
        {
            if (IsSealedForWriting)
            {
                return Errno.EPERM;
            }

            Pages.PunchHole(offset, length);
            MarkModified();
            return Errno.None;
        }
    }

    /// <summary>Counts an open for writing; false where the file is being executed.</summary>
    internal bool TryBeginWriting() => TryMove(ref _writers, 1);

    /// <summary>Takes back <see cref="TryBeginWriting"/>.</summary>
    internal void EndWriting() => Interlocked.Decrement(ref _writers);

    /// <summary>Forbids opens for writing while the file is executed; false where it is open for writing.</summary>
    internal bool TryBeginExecuting() => TryMove(ref _writers, -1);

    /// <summary>Takes back <see cref="TryBeginExecuting"/>.</summary>
    internal void EndExecuting() => Interlocked.Increment(ref _writers);

    /// <inheritdoc/>
    protected override void OnUnreferenced() => Pages.Dispose();

    /// <summary>Moves a counter away from zero in one direction, never across it.</summary>
    private static bool TryMove(ref int counter, int step)
    {
        int value = Volatile.Read(ref counter);
        while (value == 0 || value > 0 == step > 0)
        {
            int seen = Interlocked.CompareExchange(ref counter, value + step, value);
            if (seen == value)
            {
                return true;
            }

            value = seen;
        }

        return false;
    }
}
