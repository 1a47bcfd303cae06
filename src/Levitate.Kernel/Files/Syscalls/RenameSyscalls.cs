using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>rename(2).</summary>
internal static class RenameSyscalls
{
    /// <summary>Moves a name, replacing what has the new one.</summary>
    [Syscall(82)]
    internal static SyscallResult Rename(UserThread caller, UserAddress oldPath, UserAddress newPath) =>
        Renameat2(caller, PathArguments.AT_FDCWD, oldPath, PathArguments.AT_FDCWD, newPath, RenameFlags.None);

    /// <summary>Like rename, the paths beginning at directories' descriptors.</summary>
    [Syscall(264)]
    internal static SyscallResult Renameat(UserThread caller, int oldDirectory, UserAddress oldPath, int newDirectory, UserAddress newPath) =>
        Renameat2(caller, oldDirectory, oldPath, newDirectory, newPath, RenameFlags.None);

    /// <summary>Like renameat with flags.</summary>
    /// <remarks>Linux: renameat2(2), since 3.15.</remarks>
    [Syscall(316)]
    internal static SyscallResult Renameat2(UserThread caller, int oldDirectory, UserAddress oldPath, int newDirectory, UserAddress newPath, RenameFlags flags)
    {
        const RenameFlags NotWithExchange = RenameFlags.RENAME_NOREPLACE | RenameFlags.RENAME_WHITEOUT;
        if ((flags & ~(NotWithExchange | RenameFlags.RENAME_EXCHANGE)) != 0
            || ((flags & RenameFlags.RENAME_EXCHANGE) != 0 && (flags & NotWithExchange) != 0))
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.ReadPath(oldPath).TryGet(out byte[]? oldBytes, out Errno error)
            || !caller.Memory.ReadPath(newPath).TryGet(out byte[]? newBytes, out error))
        {
            return error;
        }

        // EAGAIN: the target's name has changed hands since it was looked up. Someone else made progress, so this ends.
        do
        {
            error = Rename(caller, oldDirectory, oldBytes, newDirectory, newBytes, flags);
        }
        while (error == Errno.EAGAIN);

        return error;
    }

    private static Errno Rename(UserThread caller, int oldDirectory, ReadOnlySpan<byte> oldPath, int newDirectory, ReadOnlySpan<byte> newPath, RenameFlags flags)
    {
        Errno error = PathArguments.BeginAt(caller, oldDirectory, oldPath, out PathWalk source);
        if (error != Errno.None)
        {
            return error;
        }

        error = PathArguments.BeginAt(caller, newDirectory, newPath, out PathWalk target);
        if (error != Errno.None)
        {
            return error;
        }

        Location oldParent = source.Directory, newParent = target.Directory;
        if (oldParent.Mount != newParent.Mount)
        {
            return Errno.EXDEV;
        }

        if (source.Kind != LastComponent.Name)
        {
            return Errno.EBUSY;
        }

        if (target.Kind != LastComponent.Name)
        {
            return (flags & RenameFlags.RENAME_NOREPLACE) != 0 ? Errno.EEXIST : Errno.EBUSY;
        }

        if (!source.StepLast(out _).TryGet(out Location moved, out error))
        {
            return error;
        }

        bool exists = target.StepLast(out _).TryGet(out Location replaced, out error);
        if (!exists && error != Errno.ENOENT)
        {
            return error;
        }

        error = Check(source, target, moved, exists ? replaced : null, flags);
        if (error == Errno.None)
        {
            error = CheckPermissions(caller, oldParent, moved, newParent, exists ? replaced : null, flags);
        }

        if (error != Errno.None)
        {
            return error;
        }

        if (moved.IsMountRoot || (exists && replaced.IsMountRoot))
        {
            return Errno.EBUSY;
        }

        // Two names of one file: nothing is to be done.
        return exists && ReferenceEquals(moved.Inode, replaced.Inode)
            ? Errno.None
            : Rename(caller, oldParent, moved, newParent, target.Name, exists ? replaced : null, flags);
    }

    /// <summary>Moves a name and tells of it.</summary>
    private static Errno Rename(UserThread caller, Location oldParent, Location moved, Location newParent, ReadOnlySpan<byte> newName, Location? replaced, RenameFlags flags)
    {
        byte[] oldName = moved.Dentry.Name;
        Inode? victim = replaced?.Inode;
        bool isKept = victim?.WatchesIfAny is not null && victim.TryAcquire();
        NewFile? whiteout = (flags & RenameFlags.RENAME_WHITEOUT) != 0 ? NameSyscalls.New(caller, FileMode.S_IFCHR) : null;
        Errno error = ((DirectoryInode)oldParent.Inode).Rename(oldParent.Dentry, moved.Dentry, newParent.Dentry, newName, replaced?.Dentry, flags, whiteout);
        if (error == Errno.None && oldParent.Inode.FileSystem.IsWatched)
        {
            byte[] name = newName.ToArray();
            bool exchanges = (flags & RenameFlags.RENAME_EXCHANGE) != 0;
            FileEvents.OfMove(oldParent.Inode, oldName, newParent.Inode, name, moved.Inode);
            if (victim is not null && !exchanges)
            {
                FileEvents.OfInode(victim, InotifyMask.IN_ATTRIB);
            }

            FileEvents.OfInode(moved.Inode, InotifyMask.IN_MOVE_SELF);
            if (victim is not null && exchanges)
            {
                FileEvents.OfMove(newParent.Inode, name, oldParent.Inode, oldName, victim);
                FileEvents.OfInode(victim, InotifyMask.IN_MOVE_SELF);
            }
        }

        if (isKept)
        {
            victim!.Release();
        }

        return error;
    }

    private static Errno Check(in PathWalk source, in PathWalk target, Location moved, Location? replaced, RenameFlags flags)
    {
        bool exchanges = (flags & RenameFlags.RENAME_EXCHANGE) != 0;
        if (replaced is not null && (flags & RenameFlags.RENAME_NOREPLACE) != 0)
        {
            return Errno.EEXIST;
        }

        if (replaced is null && exchanges)
        {
            return Errno.ENOENT;
        }

        if (exchanges && replaced is { Inode: not DirectoryInode } && target.HasTrailingSlash)
        {
            return Errno.ENOTDIR;
        }

        return moved.Inode is not DirectoryInode && (source.HasTrailingSlash || (!exchanges && target.HasTrailingSlash)) ? Errno.ENOTDIR : Errno.None;
    }

    private static Errno CheckPermissions(UserThread caller, Location oldParent, Location moved, Location newParent, Location? replaced, RenameFlags flags)
    {
        Credentials credentials = caller.Credentials;
        Errno error = Permissions.CheckRemove(oldParent, moved.Inode, credentials);
        if (error == Errno.None)
        {
            error = replaced is { } victim
                ? Permissions.CheckRemove(newParent, victim.Inode, credentials)
                : Permissions.CheckCreate(newParent, credentials);
        }

        // A directory that changes its parent has its ".." written.
        bool reparents = oldParent.Dentry != newParent.Dentry;
        if (error == Errno.None && reparents && moved.Inode is DirectoryInode)
        {
            error = Permissions.Check(moved.Inode, credentials, AccessKinds.Write);
        }

        bool exchanges = (flags & RenameFlags.RENAME_EXCHANGE) != 0;
        return error == Errno.None && reparents && exchanges && replaced is { Inode: DirectoryInode other }
            ? Permissions.Check(other, credentials, AccessKinds.Write)
            : error;
    }
}
