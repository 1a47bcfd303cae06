using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Creating and removing names.</summary>
internal static class NameSyscalls
{
    /// <summary>Creates a directory.</summary>
    [Syscall(83)]
    internal static SyscallResult Mkdir(UserThread caller, UserAddress path, uint mode) =>
        Mkdirat(caller, PathArguments.AT_FDCWD, path, mode);

    /// <summary>Creates a directory, its path beginning at a directory's descriptor.</summary>
    [Syscall(258)]
    internal static SyscallResult Mkdirat(UserThread caller, int directory, UserAddress path, uint mode)
    {
        uint permissions = mode & (FileMode.S_IRWXUGO | FileMode.S_ISVTX) & ~caller.FileSystem.Umask;
        return Create(caller, directory, path, New(caller, FileMode.S_IFDIR | permissions), allowTrailingSlash: true);
    }

    /// <summary>Creates a regular file, device node, fifo or socket.</summary>
    [Syscall(133)]
    internal static SyscallResult Mknod(UserThread caller, UserAddress path, uint mode, uint device) =>
        Mknodat(caller, PathArguments.AT_FDCWD, path, mode, device);

    /// <summary>Like mknod, the path beginning at a directory's descriptor.</summary>
    [Syscall(259)]
    internal static SyscallResult Mknodat(UserThread caller, int directory, UserAddress path, uint mode, uint device)
    {
        uint type = mode & FileMode.S_IFMT;
        switch (type)
        {
            case 0:
                type = FileMode.S_IFREG;
                break;
            case FileMode.S_IFREG or FileMode.S_IFIFO or FileMode.S_IFSOCK:
                break;
            case FileMode.S_IFCHR or FileMode.S_IFBLK:
                if (!caller.Credentials.Has(Capability.CAP_MKNOD))
                {
                    return Errno.EPERM;
                }

                break;
            case FileMode.S_IFDIR:
                return Errno.EPERM;
            default:
                return Errno.EINVAL;
        }

        uint permissions = mode & FileMode.S_IALLUGO & ~caller.FileSystem.Umask;
        NewFile file = New(caller, type | permissions) with { Device = type is FileMode.S_IFCHR or FileMode.S_IFBLK ? new DeviceNumber(device) : default };
        return Create(caller, directory, path, file);
    }

    /// <summary>Creates a symbolic link.</summary>
    [Syscall(88)]
    internal static SyscallResult Symlink(UserThread caller, UserAddress target, UserAddress path) =>
        Symlinkat(caller, target, PathArguments.AT_FDCWD, path);

    /// <summary>Creates a symbolic link, its path beginning at a directory's descriptor.</summary>
    [Syscall(266)]
    internal static SyscallResult Symlinkat(UserThread caller, UserAddress target, int directory, UserAddress path)
    {
        if (!caller.Memory.ReadPath(target).TryGet(out byte[]? text, out Errno error))
        {
            return error;
        }

        return text.Length == 0
            ? Errno.ENOENT
            : Create(caller, directory, path, New(caller, FileMode.S_IFLNK | FileMode.S_IRWXUGO) with { LinkText = text });
    }

    /// <summary>Gives a file another name.</summary>
    [Syscall(86)]
    internal static SyscallResult Link(UserThread caller, UserAddress oldPath, UserAddress newPath) =>
        Linkat(caller, PathArguments.AT_FDCWD, oldPath, PathArguments.AT_FDCWD, newPath, AtFlags.None);

    /// <summary>Gives a file another name, the paths beginning at directories' descriptors.</summary>
    [Syscall(265)]
    internal static SyscallResult Linkat(UserThread caller, int oldDirectory, UserAddress oldPath, int newDirectory, UserAddress newPath, AtFlags flags)
    {
        if ((flags & ~(AtFlags.AT_SYMLINK_FOLLOW | AtFlags.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        bool allowEmpty = (flags & AtFlags.AT_EMPTY_PATH) != 0;
        if (allowEmpty && !caller.Credentials.Has(Capability.CAP_DAC_READ_SEARCH))
        {
            return Errno.ENOENT;
        }

        WalkOptions options = (flags & AtFlags.AT_SYMLINK_FOLLOW) != 0 ? WalkOptions.Follow : WalkOptions.None;
        if (!PathArguments.FindAt(caller, oldDirectory, oldPath, options, allowEmpty).TryGet(out Location target, out Errno error)
            || !caller.Memory.ReadPath(newPath).TryGet(out byte[]? path, out error))
        {
            return error;
        }

        error = FindFree(caller, newDirectory, path, allowTrailingSlash: false, out PathWalk walk);
        if (error != Errno.None)
        {
            return error;
        }

        Location parent = walk.Directory;
        if (parent.Mount != target.Mount)
        {
            return Errno.EXDEV;
        }

        error = Permissions.CheckCreate(parent, caller.Credentials);
        if (error != Errno.None)
        {
            return error;
        }

        if (target.Inode is DirectoryInode)
        {
            return Errno.EPERM;
        }

        if (!((DirectoryInode)parent.Inode).Link(parent.Dentry, walk.Name, target.Inode).TryGet(out Dentry? made, out error))
        {
            return error;
        }

        FileEvents.OfInode(target.Inode, InotifyMask.IN_ATTRIB);
        FileEvents.OfName(parent.Inode, made.Name, target.Inode, InotifyMask.IN_CREATE);
        return SyscallResult.Success;
    }

    /// <summary>Removes a name of a file that is no directory.</summary>
    [Syscall(87)]
    internal static SyscallResult Unlink(UserThread caller, UserAddress path) =>
        Remove(caller, PathArguments.AT_FDCWD, path, asDirectory: false);

    /// <summary>Removes an empty directory.</summary>
    [Syscall(84)]
    internal static SyscallResult Rmdir(UserThread caller, UserAddress path) =>
        Remove(caller, PathArguments.AT_FDCWD, path, asDirectory: true);

    /// <summary>Removes a name, the path beginning at a directory's descriptor.</summary>
    [Syscall(263)]
    internal static SyscallResult Unlinkat(UserThread caller, int directory, UserAddress path, AtFlags flags) =>
        (flags & ~AtFlags.AT_REMOVEDIR) != 0 ? Errno.EINVAL : Remove(caller, directory, path, flags == AtFlags.AT_REMOVEDIR);

    /// <summary>Reads what a symbolic link says.</summary>
    [Syscall(89)]
    internal static SyscallResult Readlink(UserThread caller, UserAddress path, UserAddress buffer, int size) =>
        Readlinkat(caller, PathArguments.AT_FDCWD, path, buffer, size);

    /// <summary>Reads what a symbolic link says; an empty path is the descriptor's own.</summary>
    [Syscall(267)]
    internal static SyscallResult Readlinkat(UserThread caller, int directory, UserAddress path, UserAddress buffer, int size)
    {
        if (size <= 0)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.ReadPath(path).TryGet(out byte[]? bytes, out Errno error)
            || !FindLink(caller, directory, bytes).TryGet(out Location found, out error))
        {
            return error;
        }

        if (found.Inode is not LinkInode link)
        {
            return bytes.Length == 0 ? Errno.ENOENT : Errno.EINVAL;
        }

        found.MarkAccessed();
        if (!link.ReadText(caller).TryGet(out ReadOnlyMemory<byte> text, out error))
        {
            return error;
        }

        int count = Math.Min(text.Length, size);
        error = caller.Memory.Write(buffer, text.Span[..count]);
        return error != Errno.None ? error : count;
    }

    /// <summary>A file with the caller as its owner.</summary>
    internal static NewFile New(UserThread caller, uint mode) =>
        new(mode, caller.Credentials.FileSystemUserId, caller.Credentials.FileSystemGroupId);

    private static Result<Location> FindLink(UserThread caller, int directory, byte[] path)
    {
        if (path.Length == 0)
        {
            return PathArguments.FileOf(caller, directory);
        }

        return PathArguments.Start(caller, directory, path).TryGet(out Location start, out Errno error)
            ? new PathWalk(caller.Context(), start, path, WalkOptions.None).Resolve()
            : error;
    }

    private static SyscallResult Create(UserThread caller, int directory, UserAddress path, in NewFile file, bool allowTrailingSlash = false)
    {
        if (!caller.Memory.ReadPath(path).TryGet(out byte[]? bytes, out Errno error))
        {
            return error;
        }

        error = FindFree(caller, directory, bytes, allowTrailingSlash, out PathWalk walk);
        if (error == Errno.None)
        {
            error = Permissions.CheckCreate(walk.Directory, caller.Credentials);
        }

        return error != Errno.None ? error : Create(walk, file with { Mode = Permissions.ModeIn(walk.Directory, caller.Credentials, file.Mode) }).Error;
    }

    private static Result<Dentry> Create(in PathWalk walk, in NewFile file)
    {
        Location parent = walk.Directory;
        Result<Dentry> made = ((DirectoryInode)parent.Inode).Create(parent.Dentry, walk.Name, file);
        if (made.TryGet(out Dentry? name, out _))
        {
            FileEvents.OfName(parent.Inode, name.Name, name.Inode, InotifyMask.IN_CREATE);
        }

        return made;
    }

    /// <summary>bind(2): creates a socket's file and takes a reference on it.</summary>
    internal static Errno CreateSocket(UserThread caller, byte[] path, out Inode? inode)
    {
        inode = null;
        Errno error = FindFree(caller, PathArguments.AT_FDCWD, path, allowTrailingSlash: false, out PathWalk walk);
        if (error == Errno.None)
        {
            error = Permissions.CheckCreate(walk.Directory, caller.Credentials);
        }

        if (error != Errno.None)
        {
            return error;
        }

        NewFile file = New(caller, FileMode.S_IFSOCK | (FileMode.S_IRWXUGO & ~caller.FileSystem.Umask));
        if (!Create(walk, file).TryGet(out Dentry? made, out error))
        {
            return error;
        }

        inode = made.Inode;
        return inode.TryAcquire() ? Errno.None : Errno.ENOENT;
    }

    /// <summary>Walks to the directory of a name that must be free.</summary>
    /// <returns>EEXIST; ENOENT for a name with a trailing slash where only a directory may have one.</returns>
    private static Errno FindFree(UserThread caller, int directory, ReadOnlySpan<byte> path, bool allowTrailingSlash, out PathWalk walk)
    {
        Errno error = PathArguments.BeginAt(caller, directory, path, out walk);
        if (error != Errno.None)
        {
            return error;
        }

        if (walk.Kind != LastComponent.Name)
        {
            return Errno.EEXIST;
        }

        error = walk.StepLast(out _).Error;
        return error switch
        {
            Errno.None => Errno.EEXIST,
            Errno.ENOENT => walk.HasTrailingSlash && !allowTrailingSlash ? Errno.ENOENT : Errno.None,
            _ => error,
        };
    }

    private static SyscallResult Remove(UserThread caller, int directory, UserAddress path, bool asDirectory)
    {
        if (!caller.Memory.ReadPath(path).TryGet(out byte[]? bytes, out Errno error))
        {
            return error;
        }

        error = PathArguments.BeginAt(caller, directory, bytes, out PathWalk walk);
        if (error != Errno.None)
        {
            return error;
        }

        if (walk.Kind != LastComponent.Name)
        {
            return !asDirectory ? Errno.EISDIR : walk.Kind switch
            {
                LastComponent.Dot => Errno.EINVAL,
                LastComponent.DotDot => Errno.ENOTEMPTY,
                _ => Errno.EBUSY,
            };
        }

        if (!walk.StepLast(out _).TryGet(out Location found, out error))
        {
            return error;
        }

        bool isDirectory = found.Inode is DirectoryInode;
        if (walk.HasTrailingSlash && !asDirectory)
        {
            return isDirectory ? Errno.EISDIR : Errno.ENOTDIR;
        }

        Location parent = walk.Directory;
        error = Permissions.CheckRemove(parent, found.Inode, caller.Credentials);
        if (error != Errno.None)
        {
            return error;
        }

        if (isDirectory != asDirectory)
        {
            return isDirectory ? Errno.EISDIR : Errno.ENOTDIR;
        }

        return found.IsMountRoot || found == caller.FileSystem.Root
            ? Errno.EBUSY
            : Remove(parent, found, asDirectory);
    }

    /// <summary>Removes a name and tells of it, in Linux's order: a file that is gone with it says so before its directory does.</summary>
    private static Errno Remove(Location parent, Location found, bool asDirectory)
    {
        Inode inode = found.Inode;
        byte[] name = found.Dentry.Name;
        bool isKept = inode.WatchesIfAny is not null && inode.TryAcquire();
        Errno error = ((DirectoryInode)parent.Inode).Remove(parent.Dentry, found.Dentry, asDirectory);
        if (error == Errno.None && !asDirectory)
        {
            FileEvents.OfInode(inode, InotifyMask.IN_ATTRIB);
        }

        if (isKept)
        {
            inode.Release();
        }

        if (error == Errno.None)
        {
            FileEvents.OfName(parent.Inode, name, inode, InotifyMask.IN_DELETE);
        }

        return error;
    }
}
