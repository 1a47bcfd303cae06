using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>What is said of files and file systems: stat, statx, statfs, access.</summary>
internal static class StatusSyscalls
{
    private const AtFlags StatFlags = AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_NO_AUTOMOUNT | AtFlags.AT_EMPTY_PATH;

    /// <summary>STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID.</summary>
    private const uint StatxMask = 0x7ff | 0x800 | 0x1000;

    private const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;

    /// <summary>What a file is, links followed.</summary>
    [Syscall(4)]
    internal static SyscallResult Stat(UserThread caller, UserAddress path, UserAddress status) =>
        Newfstatat(caller, PathArguments.AT_FDCWD, path, status, AtFlags.None);

    /// <summary>What an open file is.</summary>
    [Syscall(5)]
    internal static SyscallResult Fstat(UserThread caller, int fd, UserAddress status)
    {
        if (!caller.Files.Get(fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        Inode inode = file.Inode;
        error = caller.Memory.Write(status, StatusOf(inode));
        file.Release();
        return error;
    }

    /// <summary>What a file is; a symbolic link is not followed.</summary>
    [Syscall(6)]
    internal static SyscallResult Lstat(UserThread caller, UserAddress path, UserAddress status) =>
        Newfstatat(caller, PathArguments.AT_FDCWD, path, status, AtFlags.AT_SYMLINK_NOFOLLOW);

    /// <summary>What a file is, its path beginning at a directory's descriptor.</summary>
    [Syscall(262)]
    internal static SyscallResult Newfstatat(UserThread caller, int directory, UserAddress path, UserAddress status, AtFlags flags)
    {
        if ((flags & ~StatFlags) != 0)
        {
            return Errno.EINVAL;
        }

        return FindStatusAt(caller, directory, path, flags).TryGet(out Location found, out Errno error)
            ? caller.Memory.Write(status, StatusOf(found.Inode))
            : error;
    }

    /// <summary>What a file is, with its birth time and mount.</summary>
    /// <remarks>Linux: statx(2), since 4.11.</remarks>
    [Syscall(332)]
    internal static SyscallResult Statx(UserThread caller, int directory, UserAddress path, AtFlags flags, uint mask, UserAddress status)
    {
        const AtFlags Synchronization = AtFlags.AT_STATX_FORCE_SYNC | AtFlags.AT_STATX_DONT_SYNC;
        const uint STATX__RESERVED = 0x80000000;
        if ((flags & ~(StatFlags | Synchronization)) != 0 || (flags & Synchronization) == Synchronization || (mask & STATX__RESERVED) != 0)
        {
            return Errno.EINVAL;
        }

        if (!FindStatusAt(caller, directory, path, flags).TryGet(out Location found, out Errno error))
        {
            return error;
        }

        Inode inode = found.Inode;
        DeviceNumber device = inode.FileSystem.Device, identity = inode.DeviceIdentity;
        var result = new ExtendedFileStatus
        {
            Mask = StatxMask,
            BlockSize = PageSize.Bytes,
            Attributes = found.IsMountRoot ? STATX_ATTR_MOUNT_ROOT : 0,
            AttributesMask = STATX_ATTR_MOUNT_ROOT,
            LinkCount = inode.LinkCount,
            UserId = inode.UserId,
            GroupId = inode.GroupId,
            Mode = (ushort)inode.Mode,
            Number = inode.Number,
            Size = (ulong)inode.Size,
            Blocks = (ulong)inode.Blocks,
            AccessTime = ExtendedFileTime.FromNanoseconds(inode.AccessTime),
            BirthTime = ExtendedFileTime.FromNanoseconds(inode.BirthTime),
            ChangeTime = ExtendedFileTime.FromNanoseconds(inode.ChangeTime),
            ModificationTime = ExtendedFileTime.FromNanoseconds(inode.ModificationTime),
            DeviceIdentityMajor = identity.Major,
            DeviceIdentityMinor = identity.Minor,
            DeviceMajor = device.Major,
            DeviceMinor = device.Minor,
            MountId = (ulong)found.Mount.Id,
        };
        return caller.Memory.Write(status, result);
    }

    /// <summary>What a file system is.</summary>
    [Syscall(137)]
    internal static SyscallResult Statfs(UserThread caller, UserAddress path, UserAddress status) =>
        PathArguments.Find(caller, path).TryGet(out Location found, out Errno error) ? WriteFileSystemStatus(caller, found, status) : error;

    /// <summary>What the file system of an open file is.</summary>
    [Syscall(138)]
    internal static SyscallResult Fstatfs(UserThread caller, int fd, UserAddress status)
    {
        if (!caller.Files.Get(fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        SyscallResult result = WriteFileSystemStatus(caller, file.Location, status);
        file.Release();
        return result;
    }

    /// <summary>Whether the real user may do something with a file.</summary>
    [Syscall(21)]
    internal static SyscallResult Access(UserThread caller, UserAddress path, uint mode) =>
        Faccessat2(caller, PathArguments.AT_FDCWD, path, mode, AtFlags.None);

    /// <summary>Like access, the path beginning at a directory's descriptor.</summary>
    [Syscall(269)]
    internal static SyscallResult Faccessat(UserThread caller, int directory, UserAddress path, uint mode) =>
        Faccessat2(caller, directory, path, mode, AtFlags.None);

    /// <summary>Like faccessat with flags; AT_EACCESS (0x200) asks for the effective user.</summary>
    /// <remarks>Linux: faccessat2(2), since 5.8.</remarks>
    [Syscall(439)]
    internal static SyscallResult Faccessat2(UserThread caller, int directory, UserAddress path, uint mode, AtFlags flags)
    {
        const AtFlags AT_EACCESS = AtFlags.AT_REMOVEDIR;
        if ((mode & ~7u) != 0 || (flags & ~(AT_EACCESS | AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_EMPTY_PATH)) != 0)
        {
            return Errno.EINVAL;
        }

        Credentials credentials = (flags & AT_EACCESS) != 0 ? caller.Credentials : RealCredentials(caller.Credentials);
        if (!FindAt(caller, directory, path, flags, credentials).TryGet(out Location found, out Errno error))
        {
            return error;
        }

        var kinds = (AccessKinds)mode;
        bool executesFile = (kinds & AccessKinds.Execute) != 0 && found.Inode.Type == FileMode.S_IFREG;
        if (executesFile && (found.Mount.Options & MountOptions.NoExecute) != 0)
        {
            return Errno.EACCES;
        }

        error = Permissions.Check(found.Inode, credentials, kinds);
        bool changes = (kinds & AccessKinds.Write) != 0 && found.Inode.Type is FileMode.S_IFREG or FileMode.S_IFDIR or FileMode.S_IFLNK;
        return error == Errno.None && changes ? found.CheckWritable() : error;
    }

    private static Credentials RealCredentials(Credentials credentials) => credentials with
    {
        FileSystemUserId = credentials.RealUserId,
        FileSystemGroupId = credentials.RealGroupId,
        EffectiveCapabilities = credentials.RealUserId == 0 ? credentials.PermittedCapabilities : 0,
    };

    private static Result<Location> FindAt(UserThread caller, int directory, UserAddress path, AtFlags flags, Credentials? credentials = null)
    {
        WalkOptions options = (flags & AtFlags.AT_SYMLINK_NOFOLLOW) != 0 ? WalkOptions.None : WalkOptions.Follow;
        return PathArguments.FindAt(caller, directory, path, options, (flags & AtFlags.AT_EMPTY_PATH) != 0, credentials);
    }

    /// <summary>A null path with AT_EMPTY_PATH is the descriptor's own file, as an empty one is (since Linux 6.11).</summary>
    private static Result<Location> FindStatusAt(UserThread caller, int directory, UserAddress path, AtFlags flags) =>
        path.IsNull && directory >= 0 && (flags & AtFlags.AT_EMPTY_PATH) != 0 ? PathArguments.FileOf(caller, directory) : FindAt(caller, directory, path, flags);

    private static FileStatus StatusOf(Inode inode) => new()
    {
        Device = inode.FileSystem.Device.Value,
        Number = inode.Number,
        LinkCount = inode.LinkCount,
        Mode = inode.Mode,
        UserId = inode.UserId,
        GroupId = inode.GroupId,
        DeviceIdentity = inode.DeviceIdentity.Value,
        Size = inode.Size,
        BlockSize = PageSize.Bytes,
        Blocks = inode.Blocks,
        AccessTime = FileTime.FromNanoseconds(inode.AccessTime),
        ModificationTime = FileTime.FromNanoseconds(inode.ModificationTime),
        ChangeTime = FileTime.FromNanoseconds(inode.ChangeTime),
    };

    private static SyscallResult WriteFileSystemStatus(UserThread caller, Location location, UserAddress status)
    {
        const long ST_RDONLY = 1, ST_NOSUID = 2, ST_NODEV = 4, ST_NOEXEC = 8, ST_VALID = 0x20, ST_NOATIME = 0x400, ST_NODIRATIME = 0x800, ST_RELATIME = 0x1000, ST_NOSYMFOLLOW = 0x2000;
        FileSystem fileSystem = location.Inode.FileSystem;
        FileSystemUsage usage = fileSystem.Usage;
        MountOptions options = location.Mount.Options;
        long flags = ST_VALID;
        flags |= (options & MountOptions.ReadOnly) != 0 ? ST_RDONLY : 0;
        flags |= (options & MountOptions.NoSetIds) != 0 ? ST_NOSUID : 0;
        flags |= (options & MountOptions.NoDevices) != 0 ? ST_NODEV : 0;
        flags |= (options & MountOptions.NoExecute) != 0 ? ST_NOEXEC : 0;
        flags |= (options & MountOptions.NoAccessTime) != 0 ? ST_NOATIME : (options & MountOptions.StrictAccessTime) == 0 ? ST_RELATIME : 0;
        flags |= (options & MountOptions.NoDirectoryAccessTime) != 0 ? ST_NODIRATIME : 0;
        flags |= (options & MountOptions.NoSymbolicLinks) != 0 ? ST_NOSYMFOLLOW : 0;
        return caller.Memory.Write(status, new FileSystemStatus
        {
            Type = fileSystem.Magic,
            BlockSize = usage.BlockSize,
            Blocks = usage.Blocks,
            FreeBlocks = usage.FreeBlocks,
            AvailableBlocks = usage.AvailableBlocks,
            Files = usage.Files,
            FreeFiles = usage.FreeFiles,
            Identity = fileSystem.Device.Value,
            NameLength = PathWalk.MaximumName,
            FragmentSize = usage.BlockSize,
            Flags = flags,
        });
    }
}
