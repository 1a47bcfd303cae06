using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Locks;
using Levitate.Kernel.Files.Pipes;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Descriptors themselves: dup, fcntl, ioctl.</summary>
internal static class DescriptorSyscalls
{
    /// <summary>Gives an open file the lowest free descriptor too.</summary>
    [Syscall(32)]
    internal static SyscallResult Dup(UserThread caller, int fd) => DuplicateFrom(caller, fd, 0, closeOnExec: false);

    /// <summary>Makes a descriptor stand for what another does.</summary>
    [Syscall(33)]
    internal static SyscallResult Dup2(UserThread caller, int oldFd, int newFd)
    {
        if (oldFd != newFd)
        {
            return Duplicate(caller, oldFd, newFd, closeOnExec: false);
        }

        return caller.Files.GetCloseOnExec(oldFd).TryGet(out _, out Errno error) ? oldFd : error;
    }

    /// <summary>Duplicates <paramref name="oldFd"/> onto <paramref name="newFd"/>, closing what was there.</summary>
    /// <returns>The new descriptor; EINVAL when both are equal or a flag is unknown; EBADF.</returns>
    /// <remarks>Linux: dup3(2), since 2.6.27.</remarks>
    [Syscall(292)]
    internal static SyscallResult Dup3(UserThread caller, int oldFd, int newFd, OpenFlags flags) =>
        oldFd == newFd || (flags & ~OpenFlags.O_CLOEXEC) != 0
            ? Errno.EINVAL
            : Duplicate(caller, oldFd, newFd, flags == OpenFlags.O_CLOEXEC);

    /// <summary>Does various things to an open file.</summary>
    [Syscall(72, Unsupported = "F_NOTIFY, F_SETLEASE, F_GETLEASE, F_GETOWNER_UIDS: EINVAL")]
    internal static SyscallResult Fcntl(UserThread caller, int fd, FileCommand command, ulong argument)
    {
        switch (command)
        {
            case FileCommand.F_DUPFD:
                return DuplicateFrom(caller, fd, argument, closeOnExec: false);
            case FileCommand.F_DUPFD_CLOEXEC:
                return DuplicateFrom(caller, fd, argument, closeOnExec: true);
            case FileCommand.F_GETFD:
                return caller.Files.GetCloseOnExec(fd).TryGet(out bool isSet, out Errno error) ? (isSet ? 1 : 0) : error;
            case FileCommand.F_SETFD:
                return caller.Files.SetCloseOnExec(fd, (argument & 1) != 0);
        }

        if (!caller.Files.Get(fd).TryGet(out FileDescription? file, out Errno failure))
        {
            return failure;
        }

        SyscallResult result = command == FileCommand.F_GETFL ? (long)file.Flags
            : file is PathDescription ? Errno.EBADF
            : OfFile(caller, fd, file, command, argument);
        file.Release();
        return result;
    }

    /// <summary>Does what only the file's driver knows.</summary>
    [Syscall(16)]
    internal static SyscallResult Ioctl(UserThread caller, int fd, uint request, ulong argument)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        SyscallResult result = request switch
        {
            IoctlNumber.FIOCLEX => caller.Files.SetCloseOnExec(fd, true),
            IoctlNumber.FIONCLEX => caller.Files.SetCloseOnExec(fd, false),
            IoctlNumber.FIONBIO => SetNonBlocking(caller, file, argument),
            IoctlNumber.FIOASYNC => SetAsynchronous(caller, fd, file, argument),
            _ => file.Control(caller, request, argument),
        };
        file.Release();
        return result;
    }

    private static SyscallResult SetNonBlocking(UserThread caller, FileDescription file, ulong argument)
    {
        if (!caller.Memory.Read<int>(new UserAddress(argument)).TryGet(out int value, out Errno error))
        {
            return error;
        }

        file.SetFlags(value != 0 ? file.Flags | OpenFlags.O_NONBLOCK : file.Flags & ~OpenFlags.O_NONBLOCK);
        return SyscallResult.Success;
    }

    private static SyscallResult SetAsynchronous(UserThread caller, int fd, FileDescription file, ulong argument)
    {
        if (!caller.Memory.Read<int>(new UserAddress(argument)).TryGet(out int value, out Errno error))
        {
            return error;
        }

        return file.CanSignal || value == 0 ? file.SetAsynchronous(caller, fd, value != 0) : Errno.ENOTTY;
    }

    private static SyscallResult Duplicate(UserThread caller, int oldFd, int newFd, bool closeOnExec)
    {
        Result<int> result = caller.Files.Duplicate(oldFd, newFd, closeOnExec, caller.Process.Limits.OpenFiles);
        return result.TryGet(out int descriptor, out Errno error) ? descriptor : error;
    }

    private static SyscallResult DuplicateFrom(UserThread caller, int fd, ulong minimum, bool closeOnExec)
    {
        if (!caller.Files.Get(fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        ulong limit = caller.Process.Limits.OpenFiles;
        if (minimum >= limit || minimum > int.MaxValue)
        {
            file.Release();
            return minimum == 0 ? Errno.EMFILE : Errno.EINVAL;
        }

        return caller.Files.Add(file, closeOnExec, limit, (int)minimum).TryGet(out int descriptor, out error) ? descriptor : error;
    }

    private static SyscallResult OfFile(UserThread caller, int fd, FileDescription file, FileCommand command, ulong argument)
    {
        switch (command)
        {
            case FileCommand.F_SETFL:
                return SetFlags(caller, fd, file, (OpenFlags)(int)argument);
            case FileCommand.F_SETOWN or FileCommand.F_GETOWN or FileCommand.F_SETSIG or FileCommand.F_GETSIG
                or FileCommand.F_SETOWN_EX or FileCommand.F_GETOWN_EX:
                return FileOwnerCommands.Run(caller, file, command, argument);
            case FileCommand.F_GETLK or FileCommand.F_SETLK or FileCommand.F_SETLKW
                or FileCommand.F_OFD_GETLK or FileCommand.F_OFD_SETLK or FileCommand.F_OFD_SETLKW:
                return RecordLockCommands.Run(caller, fd, file, command, new UserAddress(argument));
            case FileCommand.F_GETPIPE_SZ:
                return file is PipeDescription { Pipe: var pipe } ? pipe.Capacity : Errno.EBADF;
            case FileCommand.F_SETPIPE_SZ when file is PipeDescription { Pipe: var resized }:
                bool isPrivileged = caller.Credentials.Has(Capability.CAP_SYS_RESOURCE);
                return resized.Resize((uint)argument, isPrivileged).TryGet(out int capacity, out Errno error) ? capacity : error;
            case FileCommand.F_SETPIPE_SZ:
                return Errno.EBADF;
            case FileCommand.F_GET_SEALS:
                return file.Inode is RegularInode sealable ? (int)sealable.Seals : Errno.EINVAL;
            case FileCommand.F_ADD_SEALS:
                return !file.CanWrite ? Errno.EPERM : file.Inode is RegularInode target ? target.AddSeals((FileSeals)(int)argument) : Errno.EINVAL;
            default:
                return Errno.EINVAL;
        }
    }

    private static SyscallResult SetFlags(UserThread caller, int fd, FileDescription file, OpenFlags flags)
    {
        bool addsNoAccessTime = (flags & OpenFlags.O_NOATIME) != 0 && (file.Flags & OpenFlags.O_NOATIME) == 0;
        if (addsNoAccessTime && !caller.Credentials.OwnsOrMay(file.Inode))
        {
            return Errno.EPERM;
        }

        if ((flags & OpenFlags.O_DIRECT) != 0 && file is not RegularDescription)
        {
            return Errno.EINVAL;
        }

        Errno error = file.SetAsynchronous(caller, fd, (flags & OpenFlags.O_ASYNC) != 0);
        if (error != Errno.None)
        {
            return error;
        }

        file.SetFlags(flags);
        return SyscallResult.Success;
    }
}

/// <summary>Commands of fcntl(2).</summary>
internal enum FileCommand
{
    F_DUPFD = 0,
    F_GETFD = 1,
    F_SETFD = 2,
    F_GETFL = 3,
    F_SETFL = 4,
    F_GETLK = 5,
    F_SETLK = 6,
    F_SETLKW = 7,
    F_SETOWN = 8,
    F_GETOWN = 9,
    F_SETSIG = 10,
    F_GETSIG = 11,
    F_SETOWN_EX = 15,
    F_GETOWN_EX = 16,
    F_OFD_GETLK = 36,
    F_OFD_SETLK = 37,
    F_OFD_SETLKW = 38,
    F_SETLEASE = 1024,
    F_GETLEASE = 1025,
    F_DUPFD_CLOEXEC = 1030,
    F_SETPIPE_SZ = 1031,
    F_GETPIPE_SZ = 1032,
    F_ADD_SEALS = 1033,
    F_GET_SEALS = 1034,
}
