using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Pipes;

/// <summary>splice, tee and vmsplice: moving bytes into and out of pipes. They are copied, within the kernel.</summary>
internal static class SpliceSyscalls
{
    private const SpliceFlags Known = SpliceFlags.SPLICE_F_MOVE | SpliceFlags.SPLICE_F_NONBLOCK | SpliceFlags.SPLICE_F_MORE | SpliceFlags.SPLICE_F_GIFT;

    /// <summary>Moves bytes between a pipe and another file.</summary>
    /// <returns>The bytes moved; EINVAL where neither is a pipe, both are the same, or the target appends; ESPIPE for a pipe's offset; EBADF; EAGAIN.</returns>
    /// <remarks>Linux: splice(2).</remarks>
    [Syscall(275)]
    internal static SyscallResult Splice(UserThread caller, int inFd, UserAddress inOffset, int outFd, UserAddress outOffset, ulong length, SpliceFlags flags)
    {
        if (length == 0)
        {
            return SyscallResult.Success;
        }

        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        if (!Transfer.Get(caller, inFd).TryGet(out FileDescription? source, out Errno error))
        {
            return error;
        }

        if (!Transfer.Get(caller, outFd).TryGet(out FileDescription? target, out error))
        {
            return Transfer.Abandon(source, error);
        }

        bool nonBlocking = (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0;
        int count = (int)Math.Min(length, IoArguments.MaximumCount);
        Result<long> result = (source as PipeDescription, target as PipeDescription) switch
        {
            ({ } from, { } to) => BetweenPipes(caller, from, inOffset, to, outOffset, count, nonBlocking, keeps: false),
            ({ } from, null) => FromPipe(caller, from, inOffset, target, outOffset, count, nonBlocking || from.IsNonBlocking),
            (null, { } to) => ToPipe(caller, source, inOffset, to, outOffset, count, nonBlocking || to.IsNonBlocking),
            _ => Errno.EINVAL,
        };
        if (result.Succeeded && result.Value > 0)
        {
            FileEvents.OfFile(source, InotifyMask.IN_ACCESS);
            FileEvents.OfFile(target, InotifyMask.IN_MODIFY);
        }

        source.Release();
        target.Release();
        return result.TryGet(out long done, out error) ? done : error;
    }

    /// <summary>Copies bytes from pipe to pipe and leaves them in the first.</summary>
    /// <returns>The bytes copied; EINVAL where one is no pipe or both are the same; EBADF; EAGAIN.</returns>
    /// <remarks>Linux: tee(2).</remarks>
    [Syscall(276)]
    internal static SyscallResult Tee(UserThread caller, int inFd, int outFd, ulong length, SpliceFlags flags)
    {
        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        if (length == 0)
        {
            return SyscallResult.Success;
        }

        if (!Transfer.Get(caller, inFd).TryGet(out FileDescription? source, out Errno error))
        {
            return error;
        }

        if (!Transfer.Get(caller, outFd).TryGet(out FileDescription? target, out error))
        {
            return Transfer.Abandon(source, error);
        }

        bool nonBlocking = (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0;
        int count = (int)Math.Min(length, IoArguments.MaximumCount);
        Result<long> result = !source.CanRead || !target.CanWrite ? Errno.EBADF
            : source is PipeDescription from && target is PipeDescription to ? BetweenPipes(caller, from, default, to, default, count, nonBlocking, keeps: true)
            : Errno.EINVAL;
        source.Release();
        target.Release();
        return result.TryGet(out long done, out error) ? done : error;
    }

    /// <summary>Moves user memory into a pipe, as much as there is room for, or a pipe's bytes into user memory.</summary>
    /// <returns>The bytes moved; EBADF for what is no pipe; EINVAL; EAGAIN; EFAULT.</returns>
    /// <remarks>Linux: vmsplice(2). The memory is copied, so it may be changed at once.</remarks>
    [Syscall(278)]
    internal static SyscallResult Vmsplice(UserThread caller, int fd, UserAddress vector, ulong count, SpliceFlags flags)
    {
        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (file is not PipeDescription pipe)
        {
            return Transfer.Abandon(file, Errno.EBADF);
        }

        Span<UserSegment> buffer = stackalloc UserSegment[IoArguments.StackSegments];
        error = IoArguments.ReadVector(caller, vector, count, buffer, out ReadOnlySpan<UserSegment> segments);
        var cursor = new IoCursor(caller.Memory, segments);
        if (error != Errno.None || cursor.Remaining == 0)
        {
            return Transfer.Abandon(file, error);
        }

        bool nonBlocking = file.IsNonBlocking || (flags & SpliceFlags.SPLICE_F_NONBLOCK) != 0;
        Result<long> result = file.CanWrite ? FillFromUser(caller, pipe.Pipe, ref cursor, nonBlocking) : DrainToUser(caller, pipe.Pipe, ref cursor, nonBlocking);
        file.Release();
        return result.TryGet(out long done, out error) ? done : error;
    }

    private static Result<long> DrainToUser(UserThread caller, Pipe pipe, ref IoCursor cursor, bool nonBlocking)
    {
        Result<long> result = pipe.TryRead(ref cursor);
        return result.Error == Errno.EAGAIN && !nonBlocking ? pipe.AwaitBytes(caller, ref cursor) : result;
    }

    private static Result<long> FillFromUser(UserThread caller, Pipe pipe, ref IoCursor cursor, bool nonBlocking)
    {
        if (!pipe.BeginFill(caller, nonBlocking).TryGet(out _, out Errno error))
        {
            return error;
        }

        error = pipe.Fill(ref cursor);
        pipe.EndFill();
        return error != Errno.None && cursor.Done == 0 ? error : cursor.Result;
    }

    private static Result<long> BetweenPipes(UserThread caller, PipeDescription from, UserAddress inOffset, PipeDescription to, UserAddress outOffset, int count, bool nonBlocking, bool keeps)
    {
        if (!inOffset.IsNull || !outOffset.IsNull)
        {
            return Errno.ESPIPE;
        }

        if (!from.CanRead || !to.CanWrite)
        {
            return Errno.EBADF;
        }

        if (ReferenceEquals(from.Pipe, to.Pipe))
        {
            return Errno.EINVAL;
        }

        nonBlocking |= from.IsNonBlocking || to.IsNonBlocking;
        if (!from.Pipe.BeginTake(caller, nonBlocking).TryGet(out int available, out Errno error) || available == 0)
        {
            return error != Errno.None ? error : 0L;
        }

        // Each pipe has one end reserved by now, in the order of the arguments: two threads that splice in a circle wait for
        // each other until a signal comes, as those do who write and read in a circle.
        long done = 0;
        if (to.Pipe.BeginFill(caller, nonBlocking).TryGet(out int room, out error))
        {
            done = Copy(from.Pipe, to.Pipe, Math.Min(count, room), keeps, out error);
            to.Pipe.EndFill();
        }

        from.Pipe.EndTake();
        return done > 0 || error == Errno.None ? done : error;
    }

    private static long Copy(Pipe from, Pipe to, int count, bool keeps, out Errno error)
    {
        Span<byte> buffer = stackalloc byte[PageSize.Bytes];
        error = Errno.None;
        int done = 0;
        while (done < count && error == Errno.None)
        {
            int got = from.Peek(buffer[..Math.Min(buffer.Length, count - done)], keeps ? done : 0);
            var cursor = new IoCursor(buffer[..got]);
            error = got == 0 ? Errno.None : to.Fill(ref cursor);
            done += (int)cursor.Done;
            if (!keeps)
            {
                from.Skip((int)cursor.Done);
            }

            if (cursor.Done == 0)
            {
                break;
            }
        }

        return done;
    }

    private static Result<long> FromPipe(UserThread caller, PipeDescription from, UserAddress inOffset, FileDescription target, UserAddress outOffset, int count, bool nonBlocking)
    {
        if (!inOffset.IsNull || (!outOffset.IsNull && !target.HasPosition))
        {
            return inOffset.IsNull ? Errno.EINVAL : Errno.ESPIPE;
        }

        if (!ReadOffset(caller, target, outOffset).TryGet(out long writeAt, out Errno error))
        {
            return error;
        }

        if (!from.CanRead || !target.CanWrite)
        {
            return Errno.EBADF;
        }

        if (writeAt < 0 || (target.Flags & OpenFlags.O_APPEND) != 0)
        {
            return Errno.EINVAL;
        }

        if (!from.Pipe.BeginTake(caller, nonBlocking).TryGet(out int available, out error) || available == 0)
        {
            return error != Errno.None ? error : 0L;
        }

        long done = TakeTo(caller, from.Pipe, target, ref writeAt, count, out error);
        from.Pipe.EndTake();
        Errno stored = StoreOffset(caller, target, outOffset, writeAt);
        return stored != Errno.None ? stored : done > 0 || error == Errno.None ? done : error;
    }

    private static long TakeTo(UserThread caller, Pipe from, FileDescription target, ref long writeAt, int count, out Errno error)
    {
        Span<byte> buffer = stackalloc byte[PageSize.Bytes];
        error = Errno.None;
        long done = 0;
        while (done < count)
        {
            int got = from.Peek(buffer[..(int)Math.Min(buffer.Length, count - done)], 0);
            var cursor = new IoCursor(buffer[..got]);
            if (got == 0)
            {
                break;
            }

            if (!target.Write(caller, ref cursor, ref writeAt).TryGet(out long put, out error))
            {
                error = Transfer.FailWrite(caller, error).Error;
                break;
            }

            from.Skip((int)put);
            writeAt += put;
            done += put;

            // A file that took a part is tried once more, so that its limit is told.
            bool isStopped = put < got && (put == 0 || target is not RegularDescription);
            if (isStopped || caller.HasPendingSignal)
            {
                break;
            }
        }

        return done;
    }

    private static Result<long> ToPipe(UserThread caller, FileDescription source, UserAddress inOffset, PipeDescription to, UserAddress outOffset, int count, bool nonBlocking)
    {
        if (!outOffset.IsNull || (!inOffset.IsNull && !source.HasPosition))
        {
            return outOffset.IsNull ? Errno.EINVAL : Errno.ESPIPE;
        }

        if (!ReadOffset(caller, source, inOffset).TryGet(out long readAt, out Errno error))
        {
            return error;
        }

        if (!source.CanRead || !to.CanWrite)
        {
            return Errno.EBADF;
        }

        if (readAt < 0 || source is DirectoryDescription)
        {
            return Errno.EINVAL;
        }

        if (!to.Pipe.BeginFill(caller, nonBlocking).TryGet(out int room, out error))
        {
            return error;
        }

        long done = FillFrom(caller, source, ref readAt, to.Pipe, Math.Min(count, room), out error);
        to.Pipe.EndFill();
        Errno stored = StoreOffset(caller, source, inOffset, readAt);
        return stored != Errno.None ? stored : done > 0 || error == Errno.None ? done : error;
    }

    private static long FillFrom(UserThread caller, FileDescription source, ref long readAt, Pipe to, int count, out Errno error)
    {
        Span<byte> buffer = stackalloc byte[PageSize.Bytes];
        error = Errno.None;
        long done = 0;
        while (done < count)
        {
            int asked = (int)Math.Min(buffer.Length, count - done);
            var read = new IoCursor(buffer[..asked]);
            if (!source.Read(caller, ref read, readAt).TryGet(out long got, out error) || got == 0)
            {
                break;
            }

            // There is room, as writing is reserved; only memory may lack.
            var cursor = new IoCursor(buffer[..(int)got]);
            error = to.Fill(ref cursor);
            readAt += cursor.Done;
            done += cursor.Done;
            if (error != Errno.None || got < asked || !source.HasPosition || caller.HasPendingSignal)
            {
                break;
            }
        }

        return done;
    }

    private static Result<long> ReadOffset(UserThread caller, FileDescription file, UserAddress offset) =>
        offset.IsNull ? file.Position : caller.Memory.Read<long>(offset);

    private static Errno StoreOffset(UserThread caller, FileDescription file, UserAddress offset, long value)
    {
        if (!offset.IsNull)
        {
            return caller.Memory.Write(offset, value);
        }

        if (file.HasPosition)
        {
            file.Position = value;
        }

        return Errno.None;
    }
}

/// <summary>Flags of splice(2). What is moved is copied all the same, so that only SPLICE_F_NONBLOCK makes a difference.</summary>
[Flags]
internal enum SpliceFlags : uint
{
    None = 0,
    SPLICE_F_MOVE = 1,
    SPLICE_F_NONBLOCK = 2,
    SPLICE_F_MORE = 4,
    SPLICE_F_GIFT = 8,
}
