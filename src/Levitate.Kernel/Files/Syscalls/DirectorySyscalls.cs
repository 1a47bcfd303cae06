using System;
using System.Buffers.Binary;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Reading directories, and the directories that a process has: working directory, root, umask.</summary>
internal static class DirectorySyscalls
{
    /// <summary>Reads entries of a directory as struct linux_dirent.</summary>
    [Syscall(78)]
    internal static SyscallResult Getdents(UserThread caller, int fd, UserAddress buffer, uint size) =>
        ReadEntries(caller, fd, buffer, size, isOldLayout: true);

    /// <summary>Reads entries of a directory as struct linux_dirent64.</summary>
    [Syscall(217)]
    internal static SyscallResult Getdents64(UserThread caller, int fd, UserAddress buffer, uint size) =>
        ReadEntries(caller, fd, buffer, size, isOldLayout: false);

    /// <summary>The path of the working directory.</summary>
    /// <remarks>Linux: getcwd(2). A directory that is not below the root is shown behind "(unreachable)".</remarks>
    [Syscall(79)]
    internal static SyscallResult Getcwd(UserThread caller, UserAddress buffer, ulong size)
    {
        Location directory = caller.FileSystem.WorkingDirectory;
        if (directory.Dentry.IsUnlinked)
        {
            return Errno.ENOENT;
        }

        byte[] path = directory.GetPath(caller.FileSystem.Root);
        if (path.Length >= 4096)
        {
            return Errno.ENAMETOOLONG;
        }

        if ((ulong)path.Length + 1 > size)
        {
            return Errno.ERANGE;
        }

        Errno error = caller.Memory.Write(buffer, [.. path, 0]);
        return error != Errno.None ? error : path.Length + 1;
    }

    /// <summary>Changes the working directory.</summary>
    [Syscall(80)]
    internal static SyscallResult Chdir(UserThread caller, UserAddress path)
    {
        if (!PathArguments.Find(caller, path, WalkOptions.Follow | WalkOptions.Directory).TryGet(out Location found, out Errno error))
        {
            return error;
        }

        error = Permissions.Check(found.Inode, caller.Credentials, AccessKinds.Execute);
        return error != Errno.None ? error : caller.FileSystem.SetWorkingDirectory(found);
    }

    /// <summary>Changes the working directory to an open one.</summary>
    [Syscall(81)]
    internal static SyscallResult Fchdir(UserThread caller, int fd)
    {
        if (!PathArguments.FileOf(caller, fd == PathArguments.AT_FDCWD ? -1 : fd).TryGet(out Location found, out Errno error))
        {
            return error;
        }

        if (found.Inode is not DirectoryInode)
        {
            return Errno.ENOTDIR;
        }

        error = Permissions.Check(found.Inode, caller.Credentials, AccessKinds.Execute);
        return error != Errno.None ? error : caller.FileSystem.SetWorkingDirectory(found);
    }

    /// <summary>Changes what "/" is.</summary>
    [Syscall(161)]
    internal static SyscallResult Chroot(UserThread caller, UserAddress path)
    {
        if (!PathArguments.Find(caller, path, WalkOptions.Follow | WalkOptions.Directory).TryGet(out Location found, out Errno error))
        {
            return error;
        }

        error = Permissions.Check(found.Inode, caller.Credentials, AccessKinds.Execute);
        if (error != Errno.None)
        {
            return error;
        }

        return caller.Credentials.Has(Capability.CAP_SYS_CHROOT) ? caller.FileSystem.SetRoot(found) : Errno.EPERM;
    }

    /// <summary>Sets the file mode creation mask; returns the old one.</summary>
    [Syscall(95)]
    internal static SyscallResult Umask(UserThread caller, uint mask) => (long)caller.FileSystem.ExchangeUmask(mask);

    private static SyscallResult ReadEntries(UserThread caller, int fd, UserAddress buffer, uint size, bool isOldLayout)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        int done;
        using (file.PositionLock.Enter())
        {
            error = Fill(caller, file, buffer, Math.Min(size, int.MaxValue), isOldLayout, out done);
        }

        if (done > 0 || error == Errno.None)
        {
            file.MarkAccessed();
            FileEvents.OfFile(file, InotifyMask.IN_ACCESS);
        }

        file.Release();
        return done > 0 ? done : error;
    }

    /// <summary>Stores entries while there is room. The position stays before the first that does not fit.</summary>
    private static Errno Fill(UserThread caller, FileDescription file, UserAddress buffer, long size, bool isOldLayout, out int done)
    {
        // d_ino, d_off, d_reclen, then d_type and the name; the old layout has d_type in the record's last byte.
        const int FixedSize = 18;
        Span<byte> record = stackalloc byte[FixedSize + PathWalk.MaximumName + 14];
        done = 0;
        while (true)
        {
            long position = file.Position;
            if (!file.ReadEntry(ref position, caller, out DirectoryEntry entry).TryGet(out bool found, out Errno error) || !found)
            {
                return error;
            }

            ReadOnlySpan<byte> name = entry.Name.Span;
            int length = (FixedSize + name.Length + 2 + 7) & ~7;
            if (!isOldLayout)
            {
                length = (FixedSize + 1 + name.Length + 1 + 7) & ~7;
            }

            if (length > size - done)
            {
                return Errno.EINVAL;
            }

            byte type = (byte)(entry.Type >> 12);
            record[..length].Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(record, entry.Number);
            BinaryPrimitives.WriteInt64LittleEndian(record[8..], position);
            BinaryPrimitives.WriteUInt16LittleEndian(record[16..], (ushort)length);
            if (isOldLayout)
            {
                name.CopyTo(record[FixedSize..]);
                record[length - 1] = type;
            }
            else
            {
                record[FixedSize] = type;
                name.CopyTo(record[(FixedSize + 1)..]);
            }

            error = caller.Memory.Write(buffer + (ulong)done, record[..length]);
            if (error != Errno.None)
            {
                return error;
            }

            file.Position = position;
            done += length;
        }
    }
}
