using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Inotify;

/// <summary>inotify_init and its kin.</summary>
internal static class InotifySyscalls
{
    /// <summary>Makes a watcher.</summary>
    [Syscall(253, Name = "inotify_init")]
    internal static SyscallResult InotifyInit(UserThread caller) => InotifyInit1(caller, default);

    /// <summary>Makes a watcher, with flags.</summary>
    /// <returns>The descriptor; EINVAL for unknown flags; EMFILE, also where there are too many watchers.</returns>
    /// <remarks>Linux: inotify_init1(2), since 2.6.27.</remarks>
    [Syscall(294, Name = "inotify_init1")]
    internal static SyscallResult InotifyInit1(UserThread caller, OpenFlags flags)
    {
        if ((flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        InotifyLimits limits = caller.Kernel.Files.InotifyLimits;
        if (!limits.TryAddWatcher())
        {
            return Errno.EMFILE;
        }

        AnonymousFileSystem fileSystem = caller.Kernel.Files.Anonymous;
        Location place = fileSystem.Place(new AnonymousInode(fileSystem), "anon_inode:inotify"u8);
        var watcher = new InotifyDescription(place, OpenFlags.O_RDONLY | (flags & OpenFlags.O_NONBLOCK), limits);
        return OpenSyscalls.Install(caller, watcher, (flags & OpenFlags.O_CLOEXEC) != 0);
    }

    /// <summary>Watches a file or directory, or changes what is wanted of one that is watched.</summary>
    /// <returns>The watch's number; EINVAL for a mask without an event, or what is no watcher; EEXIST; ENOTDIR; EACCES; ENOSPC.</returns>
    /// <remarks>Linux: inotify_add_watch(2).</remarks>
    [Syscall(254, Name = "inotify_add_watch")]
    internal static SyscallResult InotifyAddWatch(UserThread caller, int fd, UserAddress path, InotifyMask mask)
    {
        const InotifyMask Exclusive = InotifyMask.IN_MASK_ADD | InotifyMask.IN_MASK_CREATE;
        const InotifyMask Known = InotifyMask.IN_ALL_EVENTS | InotifyMask.IN_UNMOUNT | InotifyMask.IN_Q_OVERFLOW | InotifyMask.IN_IGNORED
            | InotifyMask.IN_ONLYDIR | InotifyMask.IN_DONT_FOLLOW | InotifyMask.IN_EXCL_UNLINK | Exclusive | InotifyMask.IN_ISDIR | InotifyMask.IN_ONESHOT;
        if ((mask & Known) == 0)
        {
            return Errno.EINVAL;
        }

        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if ((mask & Exclusive) == Exclusive || file is not InotifyDescription watcher)
        {
            return Transfer.Abandon(file, Errno.EINVAL);
        }

        WalkOptions options = (mask & InotifyMask.IN_DONT_FOLLOW) != 0 ? WalkOptions.None : WalkOptions.Follow;
        options |= (mask & InotifyMask.IN_ONLYDIR) != 0 ? WalkOptions.Directory : WalkOptions.None;
        SyscallResult result = PathArguments.Find(caller, path, options).TryGet(out Location found, out error) ? Watch(caller, watcher, found.Inode, mask) : error;
        file.Release();
        return result;
    }

    /// <summary>Ends a watch.</summary>
    /// <returns>EINVAL for no such watch, or what is no watcher; EBADF.</returns>
    /// <remarks>Linux: inotify_rm_watch(2).</remarks>
    [Syscall(255, Name = "inotify_rm_watch")]
    internal static SyscallResult InotifyRmWatch(UserThread caller, int fd, int number)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        return Transfer.Abandon(file, file is InotifyDescription watcher ? watcher.Forget(number) : Errno.EINVAL);
    }

    /// <summary>Keeps the file meanwhile: where it goes away then, the new watch learns of it.</summary>
    private static SyscallResult Watch(UserThread caller, InotifyDescription watcher, Inode inode, InotifyMask mask)
    {
        Errno error = Permissions.Check(inode, caller.Credentials, AccessKinds.Read);
        if (error != Errno.None)
        {
            return error;
        }

        if (!inode.TryAcquire())
        {
            return Errno.ENOENT;
        }

        Result<int> number = watcher.Watch(inode, mask);
        inode.Release();
        return number.TryGet(out int value, out error) ? value : error;
    }
}
