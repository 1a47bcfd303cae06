using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files;

/// <summary>An open regular file.</summary>
public class RegularDescription(RegularInode inode, Location location, OpenFlags flags) : FileDescription(location, flags, hasPosition: true), IMappableFile
{
    private RegularInode _content = inode;

    /// <summary>The file that has the content. An overlay's description may go on with another one, where it is open for reading only.</summary>
    private protected RegularInode Content
    {
        get => _content;
        set => _content = value;
    }

    /// <inheritdoc/>
    public PageCache Pages => _content.Pages;

    /// <inheritdoc/>
    public byte[] MapsPath => Location.GetPath(Location.Mount.Namespace.RootMount.Root);

    /// <inheritdoc/>
    public (ulong Device, ulong Inode) Identity => (Inode.FileSystem.Device.Value, Inode.Number);

    /// <inheritdoc/>
    public void NoteStore() => _content.MarkStored();

    /// <inheritdoc/>
    public override Result<IMappableFile?> GetMappable() => Result.Of<IMappableFile?>(this);

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        IFrameAllocator frames = _content.FileSystem.Machine.Frames;
        while (!cursor.IsFinished)
        {
            long left = Pages.Length - offset;
            if (left <= 0)
            {
                break;
            }

            int inPage = (int)(offset & (PageSize.Bytes - 1));
            int count = (int)Math.Min(left, PageSize.Bytes - inPage);
            if (Pages.TryGetResidentPage(offset >> PageSize.Shift, out FrameNumber frame))
            {
                offset += cursor.Put(frames.Bytes(frame).Slice(inPage, count));
                frames.Release(frame);
            }
            else
            {
                offset += cursor.PutZeros(count);
            }
        }

        MarkAccessed();
        return cursor.Result;
    }

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        if (cursor.Remaining == 0)
        {
            return 0;
        }

        using (_content.WriteLock.Enter())
        {
            if ((Flags & OpenFlags.O_APPEND) != 0 || cursor.Appends)
            {
                offset = Pages.Length;
            }

            ulong limit = Math.Min(caller?.Process.Limits.FileSize ?? ulong.MaxValue, (ulong)PageCache.MaximumLength);
            if ((ulong)offset >= limit)
            {
                return Errno.EFBIG;
            }

            cursor.Limit((long)(limit - (ulong)offset));
            if (!_content.CountWritable(offset, cursor.Remaining).TryGet(out long writable, out Errno error))
            {
                return error;
            }

            cursor.Limit(writable);
            if (caller is null || !caller.Credentials.Has(Capability.CAP_FSETID))
            {
                _content.DropSetIds();
            }

            error = CopyIn(ref cursor, offset);
            _content.MarkModified();
            return cursor.Done == 0 && error != Errno.None ? error : cursor.Result;
        }
    }

    /// <summary>Copies page by page. User memory is read before the page cache's lock is taken: reading may fault, and the fault may need it.</summary>
    private Errno CopyIn(ref IoCursor cursor, long offset)
    {
        Span<byte> buffer = stackalloc byte[PageSize.Bytes];
        while (!cursor.IsFinished)
        {
            int count = cursor.Take(buffer[..(PageSize.Bytes - (int)(offset & (PageSize.Bytes - 1)))]);
            if (count > 0)
            {
                if (!Pages.Write(offset, buffer[..count]).TryGet(out int written, out Errno error))
                {
                    cursor.GiveBack(count);
                    return error;
                }

                offset += written;
                if (written < count)
                {
                    cursor.GiveBack(count - written);
                    return Errno.ENOSPC;
                }
            }
        }

        return Errno.None;
    }

    /// <inheritdoc/>
    public override Result<long> Seek(UserThread caller, long offset, SeekFrom from)
    {
        long length = Pages.Length;
        long target;
        switch (from)
        {
            case SeekFrom.SEEK_SET:
                target = offset;
                break;
            case SeekFrom.SEEK_CUR:
                target = unchecked(Position + offset);
                break;
            case SeekFrom.SEEK_END:
                target = unchecked(length + offset);
                break;
            case SeekFrom.SEEK_DATA or SeekFrom.SEEK_HOLE:
                return Pages.FindExtent(offset, isData: from == SeekFrom.SEEK_DATA);
            default:
                return Errno.EINVAL;
        }

        if (target < 0)
        {
            return offset > 0 ? Errno.EOVERFLOW : Errno.EINVAL;
        }

        return target;
    }

    /// <inheritdoc/>
    protected override void OnClosed()
    {
        if (CanWrite)
        {
            _content.EndWriting();
        }
    }
}
