using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Extended attributes, which tmpfs has: those of "user.", "trusted." and "security.".</summary>
/// <remarks>Linux: xattr(7).</remarks>
internal static class ExtendedAttributeSyscalls
{
    private const string Limits = "file systems other than tmpfs; system.posix_acl_access and _default, security.capability: EOPNOTSUPP";

    /// <summary>The longest name with its NUL (XATTR_NAME_MAX + 1).</summary>
    private const int MaximumName = 256;

    /// <summary>The longest value in bytes (XATTR_SIZE_MAX).</summary>
    private const int MaximumValue = 65536;

    /// <summary>Sets an attribute.</summary>
    [Syscall(188, Unsupported = Limits)]
    internal static SyscallResult Setxattr(UserThread caller, UserAddress path, UserAddress name, UserAddress value, ulong size, AttributeFlags flags) =>
        Set(caller, PathArguments.Find(caller, path), name, value, size, flags);

    /// <summary>Sets an attribute of a symbolic link itself.</summary>
    [Syscall(189, Unsupported = Limits)]
    internal static SyscallResult Lsetxattr(UserThread caller, UserAddress path, UserAddress name, UserAddress value, ulong size, AttributeFlags flags) =>
        Set(caller, PathArguments.Find(caller, path, WalkOptions.None), name, value, size, flags);

    /// <summary>Sets an attribute of an open file.</summary>
    [Syscall(190, Unsupported = Limits)]
    internal static SyscallResult Fsetxattr(UserThread caller, int fd, UserAddress name, UserAddress value, ulong size, AttributeFlags flags) =>
        Set(caller, PathArguments.OfOpenFile(caller, fd), name, value, size, flags);

    /// <summary>Reads an attribute; with a size of 0 its size.</summary>
    [Syscall(191, Unsupported = Limits)]
    internal static SyscallResult Getxattr(UserThread caller, UserAddress path, UserAddress name, UserAddress value, ulong size) =>
        Get(caller, PathArguments.Find(caller, path), name, value, size);

    /// <summary>Reads an attribute of a symbolic link itself.</summary>
    [Syscall(192, Unsupported = Limits)]
    internal static SyscallResult Lgetxattr(UserThread caller, UserAddress path, UserAddress name, UserAddress value, ulong size) =>
        Get(caller, PathArguments.Find(caller, path, WalkOptions.None), name, value, size);

    /// <summary>Reads an attribute of an open file.</summary>
    [Syscall(193, Unsupported = Limits)]
    internal static SyscallResult Fgetxattr(UserThread caller, int fd, UserAddress name, UserAddress value, ulong size) =>
        Get(caller, PathArguments.OfOpenFile(caller, fd), name, value, size);

    /// <summary>Lists the names of a file's attributes; with a size of 0 how long the list is.</summary>
    [Syscall(194)]
    internal static SyscallResult Listxattr(UserThread caller, UserAddress path, UserAddress list, ulong size) =>
        List(caller, PathArguments.Find(caller, path), list, size);

    /// <summary>Lists the names of a symbolic link's own attributes.</summary>
    [Syscall(195)]
    internal static SyscallResult Llistxattr(UserThread caller, UserAddress path, UserAddress list, ulong size) =>
        List(caller, PathArguments.Find(caller, path, WalkOptions.None), list, size);

    /// <summary>Lists the names of an open file's attributes.</summary>
    [Syscall(196)]
    internal static SyscallResult Flistxattr(UserThread caller, int fd, UserAddress list, ulong size) =>
        List(caller, PathArguments.OfOpenFile(caller, fd), list, size);

    /// <summary>Removes an attribute.</summary>
    [Syscall(197, Unsupported = Limits)]
    internal static SyscallResult Removexattr(UserThread caller, UserAddress path, UserAddress name) =>
        Remove(caller, PathArguments.Find(caller, path), name);

    /// <summary>Removes an attribute of a symbolic link itself.</summary>
    [Syscall(198, Unsupported = Limits)]
    internal static SyscallResult Lremovexattr(UserThread caller, UserAddress path, UserAddress name) =>
        Remove(caller, PathArguments.Find(caller, path, WalkOptions.None), name);

    /// <summary>Removes an attribute of an open file.</summary>
    [Syscall(199, Unsupported = Limits)]
    internal static SyscallResult Fremovexattr(UserThread caller, int fd, UserAddress name) =>
        Remove(caller, PathArguments.OfOpenFile(caller, fd), name);

    private static SyscallResult Set(UserThread caller, Result<Location> found, UserAddress nameAddress, UserAddress valueAddress, ulong size, AttributeFlags flags)
    {
        if ((flags & ~(AttributeFlags.XATTR_CREATE | AttributeFlags.XATTR_REPLACE)) != 0)
        {
            return Errno.EINVAL;
        }

        if (!found.TryGet(out Location place, out Errno error) || !ReadName(caller, nameAddress).TryGet(out byte[]? name, out error))
        {
            return error;
        }

        if (size > MaximumValue)
        {
            return Errno.E2BIG;
        }

        var value = new byte[(int)size];
        error = caller.Memory.Read(valueAddress, value);
        error = error != Errno.None ? error : place.CheckWritable();
        error = error != Errno.None ? error : Check(caller, place.Inode, name, AccessKinds.Write);
        if (error != Errno.None)
        {
            return error;
        }

        name = place.Inode.StoredAttributeName(name);
        return Change(place, attributes => attributes.Set(name, value, flags));
    }

    private static SyscallResult Get(UserThread caller, Result<Location> found, UserAddress nameAddress, UserAddress valueAddress, ulong size)
    {
        if (!found.TryGet(out Location place, out Errno error) || !ReadName(caller, nameAddress).TryGet(out byte[]? name, out error))
        {
            return error;
        }

        error = Check(caller, place.Inode, name, AccessKinds.Read);
        if (error != Errno.None)
        {
            return error;
        }

        return place.Inode.ExtendedAttributesIfAny is not { } attributes ? Errno.ENODATA
            : attributes.Get(place.Inode.StoredAttributeName(name)).TryGet(out byte[]? value, out error) ? Store(caller, valueAddress, size, value)
            : error;
    }

    private static SyscallResult Remove(UserThread caller, Result<Location> found, UserAddress nameAddress)
    {
        if (!found.TryGet(out Location place, out Errno error) || !ReadName(caller, nameAddress).TryGet(out byte[]? name, out error))
        {
            return error;
        }

        error = place.CheckWritable();
        error = error != Errno.None ? error : Check(caller, place.Inode, name, AccessKinds.Write);
        byte[] stored = place.Inode.StoredAttributeName(name);
        return error != Errno.None ? error
            : place.Inode.ExtendedAttributesIfAny?.Get(stored) is not { Succeeded: true } ? Errno.ENODATA
            : Change(place, attributes => attributes.Remove(stored));
    }

    /// <summary>Those of "trusted." are shown to CAP_SYS_ADMIN only.</summary>
    private static SyscallResult List(UserThread caller, Result<Location> found, UserAddress list, ulong size)
    {
        if (!found.TryGet(out Location place, out Errno error))
        {
            return error;
        }

        bool showsAll = caller.Credentials.Has(Capability.CAP_SYS_ADMIN);
        byte[][] names = Array.FindAll(place.Inode.GetAttributeNames(), name => showsAll || !name.AsSpan().StartsWith("trusted."u8));
        int length = 0;
        foreach (byte[] name in names)
        {
            length += name.Length + 1;
        }

        var text = new byte[length];
        int at = 0;
        foreach (byte[] name in names)
        {
            name.CopyTo(text, at);
            at += name.Length + 1;
        }

        return Store(caller, list, size, text);
    }

    /// <summary>Keeps the file while it is changed: what its attributes take is given back with it.</summary>
    private static SyscallResult Change(Location place, Func<ExtendedAttributes, Errno> change)
    {
        Inode inode = place.Inode;
        if (!inode.TryAcquire())
        {
            return Errno.ENOENT;
        }

        Errno error = inode.PrepareChange();
        error = error != Errno.None ? error : change(inode.ExtendedAttributes);
        if (error == Errno.None)
        {
            inode.MarkChanged();
            FileEvents.OfPlace(place, InotifyMask.IN_ATTRIB);
        }

        inode.Release();
        return error;
    }

    private static SyscallResult Store(UserThread caller, UserAddress address, ulong size, byte[] bytes)
    {
        if (size == 0)
        {
            return bytes.Length;
        }

        if (size < (ulong)bytes.Length)
        {
            return Errno.ERANGE;
        }

        Errno error = caller.Memory.Write(address, bytes);
        return error != Errno.None ? error : bytes.Length;
    }

    private static Result<byte[]> ReadName(UserThread caller, UserAddress address)
    {
        if (!caller.Memory.ReadString(address, MaximumName, Errno.ERANGE).TryGet(out byte[]? name, out Errno error))
        {
            return error;
        }

        return name.Length > 0 ? name : Errno.ERANGE;
    }

    /// <summary>Whether the caller may read or change an attribute of that name.</summary>
    /// <remarks>Linux: xattr_permission in fs/xattr.c; xattr(7).</remarks>
    private static Errno Check(UserThread caller, Inode inode, ReadOnlySpan<byte> name, AccessKinds access)
    {
        bool writes = access == AccessKinds.Write;
        bool isPrivileged = caller.Credentials.Has(Capability.CAP_SYS_ADMIN);
        bool ofUser = name.StartsWith("user."u8), ofTrusted = name.StartsWith("trusted."u8), ofSecurity = name.StartsWith("security."u8);
        if (ofTrusted && !isPrivileged)
        {
            return writes ? Errno.EPERM : Errno.ENODATA;
        }

        if (ofUser && inode.Type is not (FileMode.S_IFREG or FileMode.S_IFDIR))
        {
            return writes ? Errno.EPERM : Errno.ENODATA;
        }

        if (ofUser && writes && inode is DirectoryInode && (inode.Mode & FileMode.S_ISVTX) != 0 && !caller.Credentials.OwnsOrMay(inode))
        {
            return Errno.EPERM;
        }

        Errno error = ofTrusted || ofSecurity ? Errno.None : Permissions.Check(inode, caller.Credentials, access);
        if (error != Errno.None)
        {
            return error;
        }

        // File capabilities would have to mean something to execve.
        if (!inode.FileSystem.HasExtendedAttributes || !(ofUser || ofTrusted || ofSecurity) || name.SequenceEqual("security.capability"u8))
        {
            return Errno.EOPNOTSUPP;
        }

        return name[^1] == '.' && name.Count((byte)'.') == 1 ? Errno.EINVAL
            : ofSecurity && writes && !isPrivileged ? Errno.EPERM
            : Errno.None;
    }
}
