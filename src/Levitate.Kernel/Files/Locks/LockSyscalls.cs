using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Locks;

/// <summary>Operations of flock(2).</summary>
[Flags]
internal enum LockOperation
{
    None = 0,
    LOCK_SH = 1,
    LOCK_EX = 2,
    LOCK_NB = 4,
    LOCK_UN = 8,
}

/// <summary>flock.</summary>
internal static class LockSyscalls
{
    /// <summary>Takes or gives up an advisory lock on an open file.</summary>
    /// <remarks>Linux: flock(2).</remarks>
    [Syscall(73)]
    internal static SyscallResult Flock(UserThread caller, int fd, LockOperation operation)
    {
        LockOperation kind = operation & ~LockOperation.LOCK_NB;
        if (kind is not (LockOperation.LOCK_SH or LockOperation.LOCK_EX or LockOperation.LOCK_UN))
        {
            return Errno.EINVAL;
        }

        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (kind == LockOperation.LOCK_UN)
        {
            file.Inode.LocksIfAny?.Drop(file);
        }
        else if (!file.CanRead && !file.CanWrite)
        {
            error = Errno.EBADF;
        }
        else
        {
            error = file.Inode.Locks.Take(caller, file, kind == LockOperation.LOCK_EX, (operation & LockOperation.LOCK_NB) != 0);
            if (error == Errno.None)
            {
                caller.Kernel.Files.LockedFiles.Note(file.Inode);
            }
        }

        return Transfer.Abandon(file, error);
    }
}
