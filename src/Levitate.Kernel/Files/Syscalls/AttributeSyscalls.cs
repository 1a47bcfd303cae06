using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Changing permissions and owners.</summary>
internal static class AttributeSyscalls
{
    /// <summary>Changes a file's permissions.</summary>
    [Syscall(90)]
    internal static SyscallResult Chmod(UserThread caller, UserAddress path, uint mode) =>
        Fchmodat(caller, PathArguments.AT_FDCWD, path, mode);

    /// <summary>Changes an open file's permissions.</summary>
    [Syscall(91)]
    internal static SyscallResult Fchmod(UserThread caller, int fd, uint mode) =>
        PathArguments.OfOpenFile(caller, fd).TryGet(out Location file, out Errno error) ? ChangeMode(caller, file, mode) : error;

    /// <summary>Changes a file's permissions, the path beginning at a directory's descriptor.</summary>
    [Syscall(268)]
    internal static SyscallResult Fchmodat(UserThread caller, int directory, UserAddress path, uint mode) =>
        PathArguments.FindAt(caller, directory, path, WalkOptions.Follow, allowEmpty: false).TryGet(out Location file, out Errno error)
            ? ChangeMode(caller, file, mode)
            : error;

    /// <summary>Changes a file's owner and group; -1 leaves as it is.</summary>
    [Syscall(92)]
    internal static SyscallResult Chown(UserThread caller, UserAddress path, uint user, uint group) =>
        Fchownat(caller, PathArguments.AT_FDCWD, path, user, group, AtFlags.None);

    /// <summary>Changes an open file's owner and group.</summary>
    [Syscall(93)]
    internal static SyscallResult Fchown(UserThread caller, int fd, uint user, uint group) =>
        PathArguments.OfOpenFile(caller, fd).TryGet(out Location file, out Errno error) ? ChangeOwner(caller, file, user, group) : error;

    /// <summary>Changes owner and group; a symbolic link is not followed.</summary>
    [Syscall(94)]
    internal static SyscallResult Lchown(UserThread caller, UserAddress path, uint user, uint group) =>
        Fchownat(caller, PathArguments.AT_FDCWD, path, user, group, AtFlags.AT_SYMLINK_NOFOLLOW);

    /// <summary>Changes owner and group, the path beginning at a directory's descriptor.</summary>
    [Syscall(260)]
    internal static SyscallResult Fchownat(UserThread caller, int directory, UserAddress path, uint user, uint group, AtFlags flags)
    {
        if ((flags & ~(AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        WalkOptions options = (flags & AtFlags.AT_SYMLINK_NOFOLLOW) != 0 ? WalkOptions.None : WalkOptions.Follow;
        return PathArguments.FindAt(caller, directory, path, options, (flags & AtFlags.AT_EMPTY_PATH) != 0).TryGet(out Location file, out Errno error)
            ? ChangeOwner(caller, file, user, group)
            : error;
    }

    private static Errno ChangeMode(UserThread caller, Location file, uint mode)
    {
        Credentials credentials = caller.Credentials;
        Errno error = file.CheckWritable();
        if (error != Errno.None)
        {
            return error;
        }

        if (file.Inode is LinkInode)
        {
            return Errno.EOPNOTSUPP;
        }

        if (!credentials.OwnsOrMay(file.Inode))
        {
            return Errno.EPERM;
        }

        mode &= FileMode.S_IALLUGO;
        if (!credentials.IsInGroup(file.Inode.GroupId) && !credentials.Has(Capability.CAP_FSETID))
        {
            mode &= ~FileMode.S_ISGID;
        }

        return Change(file, new AttributeChange(Mode: mode));
    }

    /// <remarks>Linux: chown(2): the owner may give a file to a group of his own; everything else needs CAP_CHOWN.</remarks>
    private static Errno ChangeOwner(UserThread caller, Location file, uint user, uint group)
    {
        const uint Unchanged = uint.MaxValue;
        Credentials credentials = caller.Credentials;
        Inode inode = file.Inode;
        Errno error = file.CheckWritable();
        if (error != Errno.None)
        {
            return error;
        }

        bool owns = credentials.FileSystemUserId == inode.UserId;
        bool mayUser = user == Unchanged || (owns && user == inode.UserId);
        bool mayGroup = group == Unchanged || (owns && (group == inode.GroupId || credentials.IsInGroup(group)));
        if ((!mayUser || !mayGroup) && !credentials.Has(Capability.CAP_CHOWN))
        {
            return Errno.EPERM;
        }

        uint? mode = null;
        if (ModeOfChangedOwner(credentials, inode, group == Unchanged ? inode.GroupId : group) is var changed && changed != (inode.Mode & FileMode.S_IALLUGO))
        {
            // The mode is the owner's to change, as in chmod: CAP_CHOWN alone is not enough for a file with set-ID bits.
            if (!credentials.OwnsOrMay(inode))
            {
                return Errno.EPERM;
            }

            mode = changed;
        }

        return Change(file, new AttributeChange(mode, user == Unchanged ? null : user, group == Unchanged ? null : group));
    }

    /// <summary>A file's permissions after a chown: whoever changes the owner, set-ID bits do not outlast it.</summary>
    /// <remarks>Linux: setattr_should_drop_sgid and setattr_prepare. Set-group-ID without x for the group is no such bit for who belongs to the group.</remarks>
    private static uint ModeOfChangedOwner(Credentials credentials, Inode inode, uint newGroup)
    {
        uint mode = inode.Mode & FileMode.S_IALLUGO;
        if (inode.Type == FileMode.S_IFDIR || (mode & (FileMode.S_ISUID | FileMode.S_ISGID)) == 0)
        {
            return mode;
        }

        const uint GroupExecutes = 0x8;
        bool maySetGroupId = credentials.Has(Capability.CAP_FSETID);
        bool losesGroupId = (mode & GroupExecutes) != 0 || !(maySetGroupId || credentials.IsInGroup(inode.GroupId));

        // A mode that is changed at all must not set the group ID of a foreign group.
        losesGroupId |= (mode & FileMode.S_ISUID) != 0 && !(maySetGroupId || credentials.IsInGroup(newGroup));
        return mode & ~FileMode.S_ISUID & ~(losesGroupId ? FileMode.S_ISGID : 0);
    }

    private static Errno Change(Location file, in AttributeChange change)
    {
        Errno error = file.Inode.Change(change);
        if (error == Errno.None)
        {
            FileEvents.OfPlace(file, InotifyMask.IN_ATTRIB);
        }

        return error;
    }
}
