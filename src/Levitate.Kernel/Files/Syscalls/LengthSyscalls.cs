using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Changing the length of files, and saying that their content matters: truncate, fallocate, fsync, fadvise.</summary>
internal static class LengthSyscalls
{
    /// <summary>Sets a file's length.</summary>
    [Syscall(76)]
    internal static SyscallResult Truncate(UserThread caller, UserAddress path, long length)
    {
        if (length < 0)
        {
            return Errno.EINVAL;
        }

        if (!PathArguments.Find(caller, path).TryGet(out Location found, out Errno error))
        {
            return error;
        }

        Inode inode = found.Inode;
        if (inode.Content is null)
        {
            return inode is DirectoryInode ? Errno.EISDIR : Errno.EINVAL;
        }

        error = found.CheckWritable();
        error = error != Errno.None ? error : Permissions.Check(inode, caller.Credentials, AccessKinds.Write);
        if (error != Errno.None)
        {
            return error;
        }

        if (!inode.TryAcquire())
        {
            return Errno.ENOENT;
        }

        error = inode.Content.IsExecuting ? Errno.ETXTBSY : inode.PrepareChange();
        RegularInode file = inode.Content;
        if (error != Errno.None)
        {
            inode.Release();
            return error;
        }

        if (file.TryBeginWriting())
        {
            error = SetLength(caller, file, length);
            file.EndWriting();
            if (error == Errno.None)
            {
                FileEvents.OfPlace(found, InotifyMask.IN_MODIFY);
            }
        }
        else
        {
            error = Errno.ETXTBSY;
        }

        inode.Release();
        return error;
    }

    /// <summary>Sets an open file's length.</summary>
    [Syscall(77)]
    internal static SyscallResult Ftruncate(UserThread caller, int fd, long length)
    {
        if (length < 0)
        {
            return Errno.EINVAL;
        }

        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        error = file.CanWrite && file.Inode.Content is { } regular ? SetLength(caller, regular, length) : Errno.EINVAL;
        return EndChange(file, error);
    }

    /// <summary>Reserves space in a file, or makes holes in it.</summary>
    /// <remarks>Linux: fallocate(2).</remarks>
    [Syscall(285, Unsupported = "FALLOC_FL_COLLAPSE_RANGE, ZERO_RANGE, INSERT_RANGE, UNSHARE_RANGE: EOPNOTSUPP, as tmpfs")]
    internal static SyscallResult Fallocate(UserThread caller, int fd, AllocationMode mode, long offset, long length)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        return EndChange(file, CheckedAllocate(caller, file, mode, offset, length));
    }

    /// <summary>Waits until a file's content is stored. It is where it will stay.</summary>
    [Syscall(74)]
    internal static SyscallResult Fsync(UserThread caller, int fd)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        return Transfer.Abandon(file, file is RegularDescription or DirectoryDescription ? Errno.None : Errno.EINVAL);
    }

    /// <summary>Like fsync, without the times.</summary>
    [Syscall(75)]
    internal static SyscallResult Fdatasync(UserThread caller, int fd) => Fsync(caller, fd);

    /// <summary>Begins to store a range of a file, or waits until it is. It is where it will stay, so the checks are all of it.</summary>
    /// <returns>EBADF; EINVAL for unknown flags, and a range that is negative or ends past the largest offset; ESPIPE for what is no file or directory.</returns>
    /// <remarks>Linux: sync_file_range(2).</remarks>
    [Syscall(277, Name = "sync_file_range")]
    internal static SyscallResult SyncFileRange(UserThread caller, int fd, long offset, long count, uint flags)
    {
        const uint SYNC_FILE_RANGE_WAIT_BEFORE = 1, SYNC_FILE_RANGE_WRITE = 2, SYNC_FILE_RANGE_WAIT_AFTER = 4;
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        bool isBad = (flags & ~(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER)) != 0 || offset < 0 || count < 0 || count > long.MaxValue - offset;
        bool isFile = file.Inode.Type is FileMode.S_IFREG or FileMode.S_IFDIR or FileMode.S_IFBLK;
        return Transfer.Abandon(file, isBad ? Errno.EINVAL : isFile ? Errno.None : Errno.ESPIPE);
    }

    /// <summary>Stores everything. All file systems are in memory.</summary>
    [Syscall(162)]
    internal static SyscallResult Sync(UserThread caller) => SyscallResult.Success;

    /// <summary>Stores everything of one file system.</summary>
    [Syscall(306)]
    internal static SyscallResult Syncfs(UserThread caller, int fd) =>
        Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error) ? Transfer.Abandon(file, Errno.None) : error;

    /// <summary>Reads ahead. Everything is in memory already.</summary>
    [Syscall(187)]
    internal static SyscallResult Readahead(UserThread caller, int fd, long offset, ulong count)
    {
        if (!Transfer.BeginRead(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        return Transfer.Abandon(file, file is RegularDescription ? Errno.None : Errno.EINVAL);
    }

    /// <summary>Takes advice on how a file will be read. There is nothing that it would change.</summary>
    [Syscall(221)]
    internal static SyscallResult Fadvise64(UserThread caller, int fd, long offset, long length, int advice)
    {
        const int POSIX_FADV_NOREUSE = 5;
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        error = file.Inode.Type == FileMode.S_IFIFO ? Errno.ESPIPE
            : length < 0 || advice is < 0 or > POSIX_FADV_NOREUSE ? Errno.EINVAL
            : Errno.None;
        return Transfer.Abandon(file, error);
    }

    private static SyscallResult EndChange(FileDescription file, Errno error)
    {
        if (error == Errno.None)
        {
            FileEvents.OfFile(file, InotifyMask.IN_MODIFY);
        }

        return Transfer.Abandon(file, error);
    }

    private static Errno SetLength(UserThread caller, RegularInode file, long length)
    {
        Errno error = CheckLimit(caller, file, length);
        if (error != Errno.None)
        {
            return error;
        }

        if (!caller.Credentials.Has(Capability.CAP_FSETID))
        {
            file.DropSetIds();
        }

        return file.SetLength(length);
    }

    /// <summary>Whether a file may reach so far; it always may as far as it does already.</summary>
    private static Errno CheckLimit(UserThread caller, RegularInode file, long length)
    {
        if (length <= file.Size || (ulong)length <= caller.Process.Limits.FileSize)
        {
            return Errno.None;
        }

        caller.SendOwnSignal(SignalNumber.SIGXFSZ);
        return Errno.EFBIG;
    }

    private static Errno CheckedAllocate(UserThread caller, FileDescription file, AllocationMode mode, long offset, long length)
    {
        const AllocationMode Supported = AllocationMode.FALLOC_FL_KEEP_SIZE | AllocationMode.FALLOC_FL_PUNCH_HOLE;
        if (offset < 0 || length <= 0)
        {
            return Errno.EINVAL;
        }

        if ((mode & ~Supported) != 0 || mode == AllocationMode.FALLOC_FL_PUNCH_HOLE)
        {
            return Errno.EOPNOTSUPP;
        }

        if (!file.CanWrite)
        {
            return Errno.EBADF;
        }

        if (file.Inode.Content is not { } regular)
        {
            return file.Inode.Type switch
            {
                FileMode.S_IFIFO => Errno.ESPIPE,
                FileMode.S_IFDIR => Errno.EISDIR,
                _ => Errno.ENODEV,
            };
        }

        if (offset > long.MaxValue - length)
        {
            return Errno.EFBIG;
        }

        if ((mode & AllocationMode.FALLOC_FL_PUNCH_HOLE) != 0)
        {
            return regular.PunchHole(offset, length);
        }

        // The limit holds for pages past the end, too.
        Errno error = CheckLimit(caller, regular, offset + length);
        return error != Errno.None ? error : regular.Allocate(offset, length, keepsLength: (mode & AllocationMode.FALLOC_FL_KEEP_SIZE) != 0);
    }
}

/// <summary>Modes of fallocate(2).</summary>
[Flags]
internal enum AllocationMode
{
    None = 0,
    FALLOC_FL_KEEP_SIZE = 1,
    FALLOC_FL_PUNCH_HOLE = 2,
    FALLOC_FL_COLLAPSE_RANGE = 8,
    FALLOC_FL_ZERO_RANGE = 16,
    FALLOC_FL_INSERT_RANGE = 32,
    FALLOC_FL_UNSHARE_RANGE = 64,
}
