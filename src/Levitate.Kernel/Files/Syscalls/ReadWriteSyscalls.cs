using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>read and write in all their forms.</summary>
internal static class ReadWriteSyscalls
{
    /// <summary>Reads at the file's position.</summary>
    [Syscall(0)]
    internal static SyscallResult Read(UserThread caller, int fd, UserAddress buffer, ulong count)
    {
        BorrowedFile file = Transfer.BorrowToRead(caller, fd);
        if (file.Description is null)
        {
            return Errno.EBADF;
        }

        Errno error = IoArguments.Check(buffer, count);
        if (error != Errno.None)
        {
            return Transfer.Abandon(file, error);
        }

        var cursor = new IoCursor(caller.Memory, buffer, (long)Math.Min(count, IoArguments.MaximumCount));
        return Transfer.Read(caller, file, ref cursor);
    }

    /// <summary>Writes at the file's position, or at its end with O_APPEND.</summary>
    [Syscall(1)]
    internal static SyscallResult Write(UserThread caller, int fd, UserAddress buffer, ulong count)
    {
        BorrowedFile file = Transfer.BorrowToWrite(caller, fd);
        if (file.Description is null)
        {
            return Errno.EBADF;
        }

        Errno error = IoArguments.Check(buffer, count);
        if (error != Errno.None)
        {
            return Transfer.Abandon(file, error);
        }

        var cursor = new IoCursor(caller.Memory, buffer, (long)Math.Min(count, IoArguments.MaximumCount));
        return Transfer.Write(caller, file, ref cursor);
    }

    /// <summary>Reads at an offset and leaves the position alone.</summary>
    [Syscall(17)]
    internal static SyscallResult Pread64(UserThread caller, int fd, UserAddress buffer, ulong count, long offset)
    {
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        BorrowedFile file = Transfer.BorrowToRead(caller, fd);
        if (file.Description is null)
        {
            return Errno.EBADF;
        }

        Errno error = IoArguments.Check(buffer, count);
        if (error != Errno.None)
        {
            return Transfer.Abandon(file, error);
        }

        var cursor = new IoCursor(caller.Memory, buffer, (long)Math.Min(count, IoArguments.MaximumCount));
        return Transfer.ReadAt(caller, file, ref cursor, offset);
    }

    /// <summary>Writes at an offset and leaves the position alone; a file with O_APPEND is appended to all the same.</summary>
    [Syscall(18)]
    internal static SyscallResult Pwrite64(UserThread caller, int fd, UserAddress buffer, ulong count, long offset)
    {
        if (offset < 0)
        {
            return Errno.EINVAL;
        }

        BorrowedFile file = Transfer.BorrowToWrite(caller, fd);
        if (file.Description is null)
        {
            return Errno.EBADF;
        }

        Errno error = IoArguments.Check(buffer, count);
        if (error != Errno.None)
        {
            return Transfer.Abandon(file, error);
        }

        var cursor = new IoCursor(caller.Memory, buffer, (long)Math.Min(count, IoArguments.MaximumCount));
        return Transfer.WriteAt(caller, file, ref cursor, offset);
    }

    /// <summary>Reads into several buffers.</summary>
    [Syscall(19)]
    internal static SyscallResult Readv(UserThread caller, int fd, UserAddress vector, ulong count) =>
        ReadVector(caller, fd, vector, count, Transfer.AtPosition);

    /// <summary>Writes from several buffers.</summary>
    [Syscall(20)]
    internal static SyscallResult Writev(UserThread caller, int fd, UserAddress vector, ulong count) =>
        WriteVector(caller, fd, vector, count, Transfer.AtPosition);

    /// <summary>Reads into several buffers at an offset.</summary>
    [Syscall(295)]
    internal static SyscallResult Preadv(UserThread caller, int fd, UserAddress vector, ulong count, long offset) =>
        offset < 0 ? Errno.EINVAL : ReadVector(caller, fd, vector, count, offset);

    /// <summary>Writes from several buffers at an offset.</summary>
    [Syscall(296)]
    internal static SyscallResult Pwritev(UserThread caller, int fd, UserAddress vector, ulong count, long offset) =>
        offset < 0 ? Errno.EINVAL : WriteVector(caller, fd, vector, count, offset);

    /// <summary>Like preadv with flags; an offset of -1 is the file's position.</summary>
    [Syscall(327, Unsupported = "RWF_NOWAIT: EOPNOTSUPP")]
    internal static SyscallResult Preadv2(UserThread caller, int fd, UserAddress vector, ulong count, long offset, ulong offsetHigh, ReadWriteFlags flags) =>
        CheckFlags(offset, flags, ReadWriteFlags.None) is not Errno.None and var error ? error : ReadVector(caller, fd, vector, count, offset);

    /// <summary>Like pwritev with flags; an offset of -1 is the file's position.</summary>
    [Syscall(328, Unsupported = "RWF_NOWAIT: EOPNOTSUPP")]
    internal static SyscallResult Pwritev2(UserThread caller, int fd, UserAddress vector, ulong count, long offset, ulong offsetHigh, ReadWriteFlags flags) =>
        CheckFlags(offset, flags, ReadWriteFlags.RWF_APPEND) is not Errno.None and var error ? error : WriteVector(caller, fd, vector, count, offset, (flags & ReadWriteFlags.RWF_APPEND) != 0);

    /// <summary>Moves a file's position.</summary>
    [Syscall(8)]
    internal static SyscallResult Lseek(UserThread caller, int fd, long offset, SeekFrom whence)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if ((uint)whence > (uint)SeekFrom.SEEK_HOLE)
        {
            return Transfer.Abandon(file, Errno.EINVAL);
        }

        Result<long> position;
        using (file.PositionLock.Enter())
        {
            position = file.Seek(caller, offset, whence);
            if (position.Succeeded)
            {
                file.Position = position.Value;
            }
        }

        file.Release();
        return position.TryGet(out long value, out error) ? value : error;
    }

    /// <summary>RWF_HIPRI, RWF_DSYNC and RWF_SYNC say nothing new where all files are in memory.</summary>
    private static Errno CheckFlags(long offset, ReadWriteFlags flags, ReadWriteFlags more)
    {
        const ReadWriteFlags Supported = ReadWriteFlags.RWF_HIPRI | ReadWriteFlags.RWF_DSYNC | ReadWriteFlags.RWF_SYNC;
        return (flags & ~(Supported | more)) != 0 ? Errno.EOPNOTSUPP : offset < -1 ? Errno.EINVAL : Errno.None;
    }

    private static SyscallResult ReadVector(UserThread caller, int fd, UserAddress vector, ulong count, long offset)
    {
        BorrowedFile file = Transfer.BorrowToRead(caller, fd);
        if (file.Description is null)
        {
            return Errno.EBADF;
        }

        Span<UserSegment> buffer = stackalloc UserSegment[IoArguments.StackSegments];
        Errno error = IoArguments.ReadVector(caller, vector, count, buffer, out ReadOnlySpan<UserSegment> segments);
        if (error != Errno.None)
        {
            return Transfer.Abandon(file, error);
        }

        var cursor = new IoCursor(caller.Memory, segments);
        return offset == Transfer.AtPosition ? Transfer.Read(caller, file, ref cursor) : Transfer.ReadAt(caller, file, ref cursor, offset);
    }

    private static SyscallResult WriteVector(UserThread caller, int fd, UserAddress vector, ulong count, long offset, bool appends = false)
    {
        BorrowedFile file = Transfer.BorrowToWrite(caller, fd);
        if (file.Description is null)
        {
            return Errno.EBADF;
        }

        Span<UserSegment> buffer = stackalloc UserSegment[IoArguments.StackSegments];
        Errno error = IoArguments.ReadVector(caller, vector, count, buffer, out ReadOnlySpan<UserSegment> segments);
        if (error != Errno.None)
        {
            return Transfer.Abandon(file, error);
        }

        var cursor = new IoCursor(caller.Memory, segments) { Appends = appends };
        return offset == Transfer.AtPosition ? Transfer.Write(caller, file, ref cursor) : Transfer.WriteAt(caller, file, ref cursor, offset);
    }
}

/// <summary>Flags of preadv2(2) and pwritev2(2).</summary>
[Flags]
internal enum ReadWriteFlags
{
    None = 0,
    RWF_HIPRI = 1,
    RWF_DSYNC = 2,
    RWF_SYNC = 4,
    RWF_NOWAIT = 8,
    RWF_APPEND = 16,
}
