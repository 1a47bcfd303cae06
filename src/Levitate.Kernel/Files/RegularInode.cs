using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>A regular file whose content is its page cache.</summary>
public sealed class RegularInode : Inode
{
    private int _writers;

    /// <inheritdoc/>
    public RegularInode(FileSystem fileSystem, ulong number, uint permissions, uint userId, uint groupId, uint linkCount)
        : base(fileSystem, number, FileMode.S_IFREG | permissions, userId, groupId, linkCount)
    {
        Pages = new PageCache(fileSystem.Machine.Frames);
    }

    /// <summary>The content.</summary>
    public PageCache Pages { get; }

    /// <summary>
    /// Makes writes and changes of length one after the other. Order: after <see cref="FileDescription.PositionLock"/>,
    /// before the address space's and the page cache's: user memory is copied from under it.
    /// </summary>
    internal Lock WriteLock { get; } = new();

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
        lock (WriteLock)
        {
            Errno error = Pages.SetLength(length);
            if (error == Errno.None)
            {
                MarkModified();
            }

            return error;
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
