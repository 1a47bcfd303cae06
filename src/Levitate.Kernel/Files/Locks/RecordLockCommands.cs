using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Locks;

/// <summary>struct flock.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileLockArgument
{
    public RecordLockType Type;
    public short Whence;
    private readonly int _padding;
    public long Start;
    public long Length;
    public int ProcessId;
    private readonly int _padding2;
}

/// <summary>l_type.</summary>
internal enum RecordLockType : short
{
    F_RDLCK = 0,
    F_WRLCK = 1,
    F_UNLCK = 2,
}

/// <summary>fcntl's commands for record locks.</summary>
internal static class RecordLockCommands
{
    /// <summary>Takes, gives up or asks for a lock.</summary>
    /// <returns>EAGAIN, EDEADLK, EINVAL, EOVERFLOW, EBADF where the file is not open for the kind of lock; EFAULT.</returns>
    public static SyscallResult Run(UserThread caller, int fd, FileDescription file, FileCommand command, UserAddress address)
    {
        if (!caller.Memory.Read<FileLockArgument>(address).TryGet(out FileLockArgument argument, out Errno error))
        {
            return error;
        }

        bool isOfDescription = command is FileCommand.F_OFD_GETLK or FileCommand.F_OFD_SETLK or FileCommand.F_OFD_SETLKW;
        if (isOfDescription && argument.ProcessId != 0)
        {
            return Errno.EINVAL;
        }

        error = Locate(file, argument, out long start, out long end);
        if (error != Errno.None)
        {
            return error;
        }

        object owner = isOfDescription ? file : caller.Files;
        int processId = isOfDescription ? -1 : caller.Process.ProcessId;
        var wanted = new RecordLock(owner, processId, start, end, argument.Type == RecordLockType.F_WRLCK) { File = file };
        if (command is FileCommand.F_GETLK or FileCommand.F_OFD_GETLK)
        {
            return argument.Type is RecordLockType.F_RDLCK or RecordLockType.F_WRLCK ? Tell(caller, file, wanted, argument, address) : Errno.EINVAL;
        }

        switch (argument.Type)
        {
            case RecordLockType.F_UNLCK:
                file.Inode.RecordLocksIfAny?.Drop(owner, start, end);
                return SyscallResult.Success;
            case RecordLockType.F_RDLCK when file.CanRead:
            case RecordLockType.F_WRLCK when file.CanWrite:
                error = file.Inode.RecordLocks.Take(caller, wanted, waits: command is FileCommand.F_SETLKW or FileCommand.F_OFD_SETLKW);
                if (error == Errno.None)
                {
                    caller.Kernel.Files.LockedFiles.Note(file.Inode);
                }

                return error != Errno.None ? error : CheckStillOpen(caller, fd, file, wanted);
            default:
                return argument.Type is RecordLockType.F_RDLCK or RecordLockType.F_WRLCK ? Errno.EBADF : Errno.EINVAL;
        }
    }

    private static Errno Locate(FileDescription file, in FileLockArgument argument, out long start, out long end)
    {
        start = end = 0;
        long from;
        switch ((SeekFrom)argument.Whence)
        {
            case SeekFrom.SEEK_SET:
                from = 0;
                break;
            case SeekFrom.SEEK_CUR:
                from = file.Position;
                break;
            case SeekFrom.SEEK_END:
                from = file.Inode.Size;
                break;
            default:
                return Errno.EINVAL;
        }

        if (argument.Start > long.MaxValue - from)
        {
            return Errno.EOVERFLOW;
        }

        start = from + argument.Start;
        if (start < 0 || (argument.Length < 0 && start + argument.Length < 0))
        {
            return Errno.EINVAL;
        }

        if (argument.Length < 0)
        {
            end = start - 1;
            start += argument.Length;
            return Errno.None;
        }

        if (argument.Length > 0 && argument.Length - 1 > long.MaxValue - start)
        {
            return Errno.EOVERFLOW;
        }

        end = argument.Length == 0 ? long.MaxValue : start + argument.Length - 1;
        return Errno.None;
    }

    private static Errno Tell(UserThread caller, FileDescription file, in RecordLock wanted, FileLockArgument argument, UserAddress address)
    {
        if (file.Inode.RecordLocksIfAny?.FindConflict(wanted) is { } conflict)
        {
            argument.Type = conflict.IsExclusive ? RecordLockType.F_WRLCK : RecordLockType.F_RDLCK;
            argument.Whence = (short)SeekFrom.SEEK_SET;
            argument.Start = conflict.Start;
            argument.Length = conflict.End == long.MaxValue ? 0 : conflict.End - conflict.Start + 1;
            argument.ProcessId = conflict.ProcessId;
        }
        else
        {
            argument.Type = RecordLockType.F_UNLCK;
        }

        return caller.Memory.Write(address, argument);
    }

    /// <summary>A process's locks go when it closes any descriptor of the file; one that closed this very one meanwhile would keep the lock for ever.</summary>
    private static Errno CheckStillOpen(UserThread caller, int fd, FileDescription file, in RecordLock taken)
    {
        if (caller.Files.Get(fd).TryGet(out FileDescription? now, out _))
        {
            now.Release();
        }

        if (now == file)
        {
            return Errno.None;
        }

        file.Inode.RecordLocks.Drop(taken.Owner, taken.Start, taken.End);
        return Errno.EBADF;
    }
}
