using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Copies between files within the kernel.</summary>
internal static class CopySyscalls
{
    /// <summary>Copies from a file with a position to any file.</summary>
    /// <remarks>Linux: sendfile(2).</remarks>
    [Syscall(40)]
    internal static SyscallResult Sendfile(UserThread caller, int outFd, int inFd, UserAddress offset, ulong count)
    {
        long start = Transfer.AtPosition;
        if (!offset.IsNull)
        {
            if (!caller.Memory.Read<long>(offset).TryGet(out start, out Errno fault))
            {
                return fault;
            }

            if (start < 0)
            {
                return Errno.EINVAL;
            }
        }

        if (!Transfer.BeginRead(caller, inFd).TryGet(out FileDescription? source, out Errno error))
        {
            return error;
        }

        if (!Transfer.BeginWrite(caller, outFd).TryGet(out FileDescription? target, out error))
        {
            return Transfer.Abandon(source, error);
        }

        long done = 0;
        if (!source.HasPosition)
        {
            error = offset.IsNull ? Errno.EINVAL : Errno.ESPIPE;
        }
        else if (source is DirectoryDescription || (target.Flags & OpenFlags.O_APPEND) != 0 || (long)count < 0)
        {
            error = Errno.EINVAL;
        }
        else
        {
            long readAt = start == Transfer.AtPosition ? source.Position : start;
            long writeAt = target.Position;
            error = Copy(caller, source, ref readAt, target, ref writeAt, Math.Min((long)count, IoArguments.MaximumCount), goesOn: true, out done);
            target.Position = writeAt;
            if (start == Transfer.AtPosition)
            {
                source.Position = readAt;
            }
            else if (caller.Memory.Write(offset, readAt) is not Errno.None and var fault)
            {
                error = fault;
                done = 0;
            }
        }

        Tell(caller, source, target, done);
        source.Release();
        target.Release();
        return done > 0 || error == Errno.None ? done : error;
    }

    /// <summary>Copies between two regular files.</summary>
    /// <remarks>Linux: copy_file_range(2).</remarks>
    [Syscall(326, Name = "copy_file_range")]
    internal static SyscallResult CopyFileRange(UserThread caller, int inFd, UserAddress inOffset, int outFd, UserAddress outOffset, ulong length, uint flags)
    {
        if (!Transfer.BeginRead(caller, inFd).TryGet(out FileDescription? source, out Errno error))
        {
            return error;
        }

        if (!Transfer.BeginWrite(caller, outFd).TryGet(out FileDescription? target, out error))
        {
            return Transfer.Abandon(source, error);
        }

        SyscallResult result = CopyRange(caller, source, inOffset, target, outOffset, length, flags);
        source.Release();
        target.Release();
        return result;
    }

    private static SyscallResult CopyRange(UserThread caller, FileDescription source, UserAddress inOffset, FileDescription target, UserAddress outOffset, ulong length, uint flags)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        if (source is DirectoryDescription || target is DirectoryDescription)
        {
            return Errno.EISDIR;
        }

        if (source is not RegularDescription || target is not RegularDescription)
        {
            return Errno.EINVAL;
        }

        if ((target.Flags & OpenFlags.O_APPEND) != 0)
        {
            return Errno.EBADF;
        }

        long readAt = source.Position, writeAt = target.Position;
        Errno error = Errno.None;
        if ((!inOffset.IsNull && !caller.Memory.Read<long>(inOffset).TryGet(out readAt, out error))
            || (!outOffset.IsNull && !caller.Memory.Read<long>(outOffset).TryGet(out writeAt, out error)))
        {
            return error;
        }

        // Offsets and length are added as numbers without sign: a little below 0 is an overflow, far below it is invalid.
        if (ulong.MaxValue - (ulong)readAt < length || ulong.MaxValue - (ulong)writeAt < length)
        {
            return Errno.EOVERFLOW;
        }

        if (readAt < 0 || writeAt < 0)
        {
            return Errno.EINVAL;
        }

        // What lies behind the end is not copied, so it overlaps with nothing.
        long count = Math.Min((long)Math.Min(length, IoArguments.MaximumCount), Math.Max(source.Inode.Size - readAt, 0));
        if (writeAt > long.MaxValue - count)
        {
            return Errno.EFBIG;
        }

        if (ReferenceEquals(source.Inode, target.Inode) && readAt < writeAt + count && writeAt < readAt + count)
        {
            return Errno.EINVAL;
        }

        error = Copy(caller, source, ref readAt, target, ref writeAt, count, goesOn: false, out long done);
        Tell(caller, source, target, done);
        Errno stored = Store(caller, source, inOffset, readAt);
        stored = stored != Errno.None ? stored : Store(caller, target, outOffset, writeAt);
        return stored != Errno.None ? stored : done > 0 || error == Errno.None ? done : error;
    }

    private static Errno Store(UserThread caller, FileDescription file, UserAddress offset, long value)
    {
        if (!offset.IsNull)
        {
            return caller.Memory.Write(offset, value);
        }

        file.Position = value;
        return Errno.None;
    }

    /// <summary>Copies until the source ends, the target takes no more, or a signal comes. Both offsets move by what was copied.</summary>
    /// <param name="caller">The caller, who gets SIGXFSZ where the target may not grow.</param>
    /// <param name="source">What is read.</param>
    /// <param name="readAt">Where.</param>
    /// <param name="target">What is written.</param>
    /// <param name="writeAt">Where.</param>
    /// <param name="count">How many bytes at most.</param>
    /// <param name="goesOn">Whether a file that took a part is tried once more, as sendfile does on Linux, so that its limit is told at once.</param>
    /// <param name="done">How many were copied.</param>
    private static Errno Copy(UserThread caller, FileDescription source, ref long readAt, FileDescription target, ref long writeAt, long count, bool goesOn, out long done)
    {
        Span<byte> buffer = stackalloc byte[PageSize.Bytes];
        done = 0;
        while (done < count)
        {
            var read = new IoCursor(buffer[..(int)Math.Min(buffer.Length, count - done)]);
            if (!source.Read(caller, ref read, readAt).TryGet(out long got, out Errno error) || got == 0)
            {
                return error;
            }

            var write = new IoCursor(buffer[..(int)got]);
            if (!target.Write(caller, ref write, ref writeAt).TryGet(out long put, out error))
            {
                return Transfer.FailWrite(caller, error).Error;
            }

            readAt += put;
            writeAt += put;
            done += put;
            if (put < got && !(goesOn && put > 0 && target is RegularDescription))
            {
                return Errno.None;
            }

            if (caller.HasPendingSignal)
            {
                return Errno.ERESTARTSYS;
            }
        }

        return Errno.None;
    }

    private static void Tell(UserThread caller, FileDescription source, FileDescription target, long done)
    {
        caller.Io += new IoCounts { ReadBytes = done, WrittenBytes = done, Reads = 1, Writes = 1 };
        if (done > 0)
        {
            FileEvents.OfFile(source, InotifyMask.IN_ACCESS);
            FileEvents.OfFile(target, InotifyMask.IN_MODIFY);
        }
    }
}
