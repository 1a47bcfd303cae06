using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>What open is asked for, checked and completed.</summary>
/// <param name="Flags">The flags.</param>
/// <param name="Mode">Permissions of a new file.</param>
/// <param name="Walk">How to walk, beyond what the flags say.</param>
internal readonly record struct OpenRequest(OpenFlags Flags, uint Mode, WalkOptions Walk)
{
    private const OpenFlags ValidFlags = OpenFlags.O_ACCMODE | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC
        | OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_SYNC | OpenFlags.O_DIRECT | OpenFlags.O_LARGEFILE
        | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NOATIME | OpenFlags.O_CLOEXEC | OpenFlags.O_PATH | OpenFlags.O_TMPFILE;

    private const OpenFlags PathFlags = OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;

    /// <summary>O_TMPFILE's own bit.</summary>
    private const OpenFlags TemporaryBit = OpenFlags.O_TMPFILE & ~OpenFlags.O_DIRECTORY;

    /// <summary>Whether a file without a name is wanted.</summary>
    public bool IsTemporary => (Flags & TemporaryBit) != 0;

    /// <summary>Whether a flag is set.</summary>
    public bool Has(OpenFlags flag) => (Flags & flag) != 0;

    /// <summary>What the file must permit.</summary>
    public AccessKinds Access => (Flags & OpenFlags.O_ACCMODE) switch
    {
        OpenFlags.O_RDONLY => AccessKinds.Read,
        OpenFlags.O_WRONLY => AccessKinds.Write,
        _ => AccessKinds.Read | AccessKinds.Write,
    } | (Has(OpenFlags.O_TRUNC) ? AccessKinds.Write : AccessKinds.None);

    /// <summary>Checks flags as open and openat do, which let unknown ones pass (<paramref name="isStrict"/>: openat2, which does not).</summary>
    /// <returns>EINVAL for flags that contradict each other.</returns>
    public static Result<OpenRequest> Create(OpenFlags flags, uint mode, bool isStrict, WalkOptions walk = WalkOptions.None)
    {
        if (isStrict && (flags & ~ValidFlags) != 0)
        {
            return Errno.EINVAL;
        }

        flags &= ValidFlags;
        if ((flags & OpenFlags.O_PATH) != 0)
        {
            return isStrict && ((flags & ~PathFlags) != 0 || mode != 0) ? Errno.EINVAL : new OpenRequest(flags & PathFlags, 0, walk);
        }

        bool creates = (flags & (OpenFlags.O_CREAT | TemporaryBit)) != 0;
        if (isStrict && (creates ? (mode & ~FileMode.S_IALLUGO) != 0 : mode != 0))
        {
            return Errno.EINVAL;
        }

        bool isDirectory = (flags & OpenFlags.O_DIRECTORY) != 0;
        var request = new OpenRequest(flags | OpenFlags.O_LARGEFILE, creates ? mode & FileMode.S_IALLUGO : 0, walk);
        if (request.IsTemporary)
        {
            bool isValid = isDirectory && !request.Has(OpenFlags.O_CREAT) && (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
            return isValid ? request : Errno.EINVAL;
        }

        return isDirectory && request.Has(OpenFlags.O_CREAT) ? Errno.EINVAL : request;
    }
}

/// <summary>open(2): finds or creates a file and makes a description of it.</summary>
internal static class FileOpener
{
    /// <summary>Opens a path.</summary>
    public static Result<FileDescription> Open(PathContext context, FileSystemContext fileSystem, Location start, ReadOnlySpan<byte> path, in OpenRequest request)
    {
        WalkOptions options = request.Walk;
        if (!request.Has(OpenFlags.O_NOFOLLOW))
        {
            options |= WalkOptions.Follow;
        }

        if (request.Has(OpenFlags.O_CREAT))
        {
            return OpenOrCreate(context, fileSystem, new PathWalk(context, start, path, options), request);
        }

        if (request.Has(OpenFlags.O_DIRECTORY))
        {
            options |= WalkOptions.Directory;
        }

        if (!new PathWalk(context, start, path, options).Resolve().TryGet(out Location found, out Errno error))
        {
            return error;
        }

        return request.IsTemporary ? CreateTemporary(context, fileSystem, found, request) : OpenExisting(context, found, request);
    }

    private static Result<FileDescription> OpenOrCreate(PathContext context, FileSystemContext fileSystem, PathWalk walk, in OpenRequest request)
    {
        bool isExclusive = request.Has(OpenFlags.O_EXCL);
        while (true)
        {
            Errno error = walk.WalkToLast();
            if (error != Errno.None)
            {
                return error;
            }

            if (walk.Kind != LastComponent.Name)
            {
                return isExclusive ? Errno.EEXIST : Errno.EISDIR;
            }

            if (walk.HasTrailingSlash)
            {
                return Errno.EISDIR;
            }

            Result<Location> step = walk.StepLast(out bool isLink);
            if (step.Error == Errno.ENOENT)
            {
                Result<FileDescription> created = Create(context, fileSystem, ref walk, request);
                if (created.Error != Errno.EEXIST || isExclusive)
                {
                    return created;
                }

                // Another thread was faster: it is there now.
                step = walk.StepLast(out isLink);
            }

            if (!step.TryGet(out Location found, out error))
            {
                return error;
            }

            if (isExclusive)
            {
                return Errno.EEXIST;
            }

            if (isLink && !request.Has(OpenFlags.O_NOFOLLOW))
            {
                error = walk.FollowLast(found, out bool jumped);
                if (error != Errno.None)
                {
                    return error;
                }

                if (!jumped)
                {
                    continue;
                }

                found = walk.Directory;
            }

            return found.Inode is DirectoryInode ? Errno.EISDIR : OpenExisting(context, found, request);
        }
    }

    private static Result<FileDescription> Create(PathContext context, FileSystemContext fileSystem, ref PathWalk walk, in OpenRequest request)
    {
        Location parent = walk.Directory;
        Errno error = Permissions.CheckCreate(parent, context.Credentials);
        if (error != Errno.None)
        {
            return error;
        }

        var file = new NewFile(
            FileMode.S_IFREG | (Permissions.ModeIn(parent, context.Credentials, request.Mode) & ~fileSystem.Umask),
            context.Credentials.FileSystemUserId,
            context.Credentials.FileSystemGroupId);
        if (!((DirectoryInode)parent.Inode).Create(parent.Dentry, walk.Name, file).TryGet(out Dentry? created, out error))
        {
            return error;
        }

        // A file that one creates one may use as asked, whatever its mode.
        FileEvents.OfName(parent.Inode, created.Name, created.Inode, InotifyMask.IN_CREATE);
        return Opened(created.Inode.Open(new Location(parent.Mount, created), request.Flags, context.Caller));
    }

    private static Result<FileDescription> CreateTemporary(PathContext context, FileSystemContext fileSystem, Location directory, in OpenRequest request)
    {
        Errno error = Permissions.CheckCreate(directory, context.Credentials);
        if (error != Errno.None)
        {
            return error;
        }

        var file = new NewFile(
            FileMode.S_IFREG | (Permissions.ModeIn(directory, context.Credentials, request.Mode) & ~fileSystem.Umask),
            context.Credentials.FileSystemUserId,
            context.Credentials.FileSystemGroupId);
        if (!((DirectoryInode)directory.Inode).CreateUnnamed(file).TryGet(out Inode? inode, out error))
        {
            return error;
        }

        inode.IsLinkable = !request.Has(OpenFlags.O_EXCL);
        var dentry = new Dentry(directory.Dentry, System.Text.Encoding.ASCII.GetBytes($"#{inode.Number}"), inode);
        dentry.MarkUnlinked();
        Result<FileDescription> opened = inode.Open(new Location(directory.Mount, dentry), request.Flags, context.Caller);
        inode.Release();
        return Opened(opened);
    }

    /// <summary>Opens what is there: type, permissions, truncation.</summary>
    public static Result<FileDescription> OpenExisting(PathContext context, Location found, in OpenRequest request)
    {
        if (request.Has(OpenFlags.O_PATH))
        {
            return found.Inode.TryAcquire() ? new PathDescription(found, request.Flags) : Errno.ENOENT;
        }

        Errno error = CheckExisting(context, found, request);
        if (error != Errno.None)
        {
            return error;
        }

        if (!found.Inode.Open(found, request.Flags, context.Caller).TryGet(out FileDescription? description, out error))
        {
            return error;
        }

        FileEvents.OfFile(description, InotifyMask.IN_OPEN);
        if (request.Has(OpenFlags.O_TRUNC) && found.Inode.Content is { } file)
        {
            error = Truncate(file, context);
            if (error != Errno.None)
            {
                description.Release();
                return error;
            }

            FileEvents.OfFile(description, InotifyMask.IN_MODIFY);
        }

        return description;
    }

    private static Result<FileDescription> Opened(Result<FileDescription> opened)
    {
        if (opened.TryGet(out FileDescription? description, out _))
        {
            FileEvents.OfFile(description, InotifyMask.IN_OPEN);
        }

        return opened;
    }

    private static Errno Truncate(RegularInode file, PathContext context)
    {
        // O_TRUNC with O_RDONLY: the description does not count as a writer, the truncation does.
        if (!file.TryBeginWriting())
        {
            return Errno.ETXTBSY;
        }

        if (!context.Credentials.Has(Capability.CAP_FSETID))
        {
            file.DropSetIds();
        }

        Errno error = file.SetLength(0);
        file.EndWriting();
        return error;
    }

    /// <remarks>Linux: may_open in fs/namei.c; open(2), ERRORS.</remarks>
    private static Errno CheckExisting(PathContext context, Location found, in OpenRequest request)
    {
        Inode inode = found.Inode;
        bool writes = (request.Access & AccessKinds.Write) != 0;
        switch (inode.Type)
        {
            case FileMode.S_IFLNK:
                return Errno.ELOOP;
            case FileMode.S_IFDIR when writes:
                return Errno.EISDIR;
            case FileMode.S_IFCHR or FileMode.S_IFBLK when (found.Mount.Options & MountOptions.NoDevices) != 0:
                return Errno.EACCES;
            case FileMode.S_IFREG or FileMode.S_IFDIR when writes && found.CheckWritable() is not Errno.None and var error:
                return error;
        }

        Errno denied = Permissions.Check(inode, context.Credentials, request.Access);
        if (denied != Errno.None)
        {
            return denied;
        }

        return request.Has(OpenFlags.O_NOATIME) && !context.Credentials.OwnsOrMay(inode) ? Errno.EPERM : Errno.None;
    }
}
