using System;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Mounts;

/// <summary>mount(2), umount2(2), pivot_root(2).</summary>
internal static class MountSyscalls
{
    /// <summary>A historical mark in the upper half of the flags, which is ignored.</summary>
    private const uint MS_MGC_VAL = 0xc0ed0000, MS_MGC_MSK = 0xffff0000;

    private const MountFlags Ignored = MountFlags.MS_SYNCHRONOUS | MountFlags.MS_DIRSYNC | MountFlags.MS_SILENT;
    private const MountFlags AccessTimes = MountFlags.MS_NOATIME | MountFlags.MS_NODIRATIME | MountFlags.MS_RELATIME | MountFlags.MS_STRICTATIME;
    private const MountFlags Options = MountFlags.MS_RDONLY | MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC | MountFlags.MS_NOSYMFOLLOW | AccessTimes;
    private const MountFlags Propagation = MountFlags.MS_PRIVATE | MountFlags.MS_SLAVE | MountFlags.MS_UNBINDABLE;
    private const MountFlags Known = Ignored | Options | Propagation | MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_MOVE | MountFlags.MS_REC;

    /// <summary>Mounts a file system, shows a place at another one, moves a mount or changes its options.</summary>
    /// <returns>EPERM; EINVAL for flags and options that are not known, and a target that must be a mount's root and is none; ENODEV; ENOTDIR; EBUSY; ELOOP.</returns>
    /// <remarks>Linux: mount(2). There is one namespace, so that every mount is private already, and a slave of none.</remarks>
    [Syscall(165, Unsupported = "MS_SHARED, as there is one mount namespace; MS_LAZYTIME; tmpfs's huge and mpol; overlay's redirects, index, metadata-only copies and data-only layers; devices")]
    internal static SyscallResult Mount(UserThread caller, UserAddress source, UserAddress target, UserAddress type, ulong rawFlags, UserAddress data)
    {
        if (!ReadText(caller, source).TryGet(out byte[]? sourceText, out Errno error)
            || !ReadText(caller, type).TryGet(out byte[]? typeText, out error)
            || !ReadText(caller, data).TryGet(out byte[]? dataText, out error)
            || !PathArguments.Find(caller, target).TryGet(out Location place, out error))
        {
            return error;
        }

        if (!caller.Credentials.Has(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        uint value = (uint)rawFlags;
        var flags = (MountFlags)((value & MS_MGC_MSK) == MS_MGC_VAL ? value & ~MS_MGC_MSK : value);
        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        // What several flags ask for is what the first of them does, as on Linux.
        bool recursive = (flags & MountFlags.MS_REC) != 0;
        return (flags & MountFlags.MS_REMOUNT) != 0 ? Remount(place, flags, dataText)
            : (flags & MountFlags.MS_BIND) != 0 ? Bind(caller, source, sourceText, place, recursive)
            : (flags & Propagation) != 0 ? ChangePropagation(place, flags)
            : (flags & MountFlags.MS_MOVE) != 0 ? Move(caller, source, sourceText, place)
            : MountNew(caller, sourceText, place, typeText, OptionsOf(flags), dataText);
    }

    /// <summary>Unmounts.</summary>
    /// <returns>EPERM; EINVAL for unknown flags, and a place that is no mount's root; EBUSY while files of it are open.</returns>
    /// <remarks>Linux: umount2(2). MNT_FORCE makes no difference for file systems in memory.</remarks>
    [Syscall(166, Unsupported = "MNT_EXPIRE")]
    internal static SyscallResult Umount2(UserThread caller, UserAddress target, UnmountFlags flags)
    {
        const UnmountFlags Known = UnmountFlags.MNT_FORCE | UnmountFlags.MNT_DETACH | UnmountFlags.UMOUNT_NOFOLLOW;
        if ((flags & ~Known) != 0)
        {
            return Errno.EINVAL;
        }

        WalkOptions walk = (flags & UnmountFlags.UMOUNT_NOFOLLOW) != 0 ? WalkOptions.None : WalkOptions.Follow;
        if (!PathArguments.Find(caller, target, walk).TryGet(out Location place, out Errno error))
        {
            return error;
        }

        if (!caller.Credentials.Has(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        // What is over "." or "/" is reached here alone: after pivot_root(".", ".") it is the old root.
        place = place.Mount.Namespace.Cross(place);
        bool lazily = (flags & UnmountFlags.MNT_DETACH) != 0;
        if (!place.IsMountRoot)
        {
            return Errno.EINVAL;
        }

        bool isRoot = place.Mount == place.Mount.Namespace.RootMount;
        return isRoot && !lazily ? Errno.EBUSY : place.Mount.Namespace.Detach(place.Mount, lazily);
    }

    /// <summary>Makes another mount the root of all who have the caller's, and shows the old one below it.</summary>
    /// <returns>EPERM; EINVAL where the new root or the present one is no mount's root, or the old one's place is not below it; EBUSY where one is the present root; ENOTDIR.</returns>
    /// <remarks>Linux: pivot_root(2).</remarks>
    [Syscall(155, Name = "pivot_root")]
    internal static SyscallResult PivotRoot(UserThread caller, UserAddress newRoot, UserAddress putOld)
    {
        if (!caller.Credentials.Has(Capability.CAP_SYS_ADMIN))
        {
            return Errno.EPERM;
        }

        if (!PathArguments.Find(caller, newRoot, WalkOptions.Follow | WalkOptions.Directory).TryGet(out Location root, out Errno error)
            || !PathArguments.Find(caller, putOld, WalkOptions.Follow | WalkOptions.Directory).TryGet(out Location old, out error))
        {
            return error;
        }

        // The old root goes over whatever is over "." or "/".
        old = old.Mount.Namespace.Cross(old);
        Location present = caller.FileSystem.Root;
        if (root.Mount == present.Mount || old.Mount == present.Mount)
        {
            return Errno.EBUSY;
        }

        if (!root.IsMountRoot || !present.IsMountRoot)
        {
            return Errno.EINVAL;
        }

        error = present.Mount.Namespace.Pivot(present.Mount, root.Mount, old);
        if (error != Errno.None)
        {
            return error;
        }

        foreach (Process process in caller.Kernel.Processes.All)
        {
            process.FileSystem.Replace(present, root);
            foreach (UserThread thread in process.Threads)
            {
                thread.OwnFileSystem?.Replace(present, root);
            }
        }

        return SyscallResult.Success;
    }

    private static MountOptions OptionsOf(MountFlags flags)
    {
        MountOptions options = (flags & MountFlags.MS_RDONLY) != 0 ? MountOptions.ReadOnly : MountOptions.None;
        options |= (flags & MountFlags.MS_NOSUID) != 0 ? MountOptions.NoSetIds : MountOptions.None;
        options |= (flags & MountFlags.MS_NODEV) != 0 ? MountOptions.NoDevices : MountOptions.None;
        options |= (flags & MountFlags.MS_NOEXEC) != 0 ? MountOptions.NoExecute : MountOptions.None;
        options |= (flags & MountFlags.MS_NOSYMFOLLOW) != 0 ? MountOptions.NoSymbolicLinks : MountOptions.None;
        options |= (flags & MountFlags.MS_NODIRATIME) != 0 ? MountOptions.NoDirectoryAccessTime : MountOptions.None;
        return options | ((flags & MountFlags.MS_STRICTATIME) != 0 ? MountOptions.StrictAccessTime
            : (flags & MountFlags.MS_NOATIME) != 0 ? MountOptions.NoAccessTime
            : MountOptions.None);
    }

    private static Result<byte[]> ReadText(UserThread caller, UserAddress address) =>
        address.Value == 0 ? Array.Empty<byte>() : caller.Memory.ReadPath(address);

    /// <summary>Changes a mount's options, and without MS_BIND its file system's. Access times stay as they are unless said otherwise.</summary>
    private static SyscallResult Remount(Location place, MountFlags flags, ReadOnlySpan<byte> data)
    {
        if (!place.IsMountRoot)
        {
            return Errno.EINVAL;
        }

        MountOptions options = OptionsOf(flags) | ((flags & AccessTimes) == 0 ? place.Mount.Options & MountOptions.AccessTimes : MountOptions.None);
        FileSystem fileSystem = place.Mount.FileSystem;
        Errno error = (flags & MountFlags.MS_BIND) != 0 ? Errno.None
            : fileSystem.IsReadOnly && (options & MountOptions.ReadOnly) == 0 ? Errno.EROFS
            : fileSystem.Reconfigure(data);
        if (error != Errno.None)
        {
            return error;
        }

        place.Mount.Namespace.SetOptions(place.Mount, options);
        return SyscallResult.Success;
    }

    /// <summary>MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE: one of them, and no other flags. A private mount, and an unbindable one, stays so as a slave.</summary>
    private static SyscallResult ChangePropagation(Location place, MountFlags flags)
    {
        MountFlags kind = flags & ~(MountFlags.MS_REC | MountFlags.MS_SILENT);
        if (!place.IsMountRoot || kind is not (MountFlags.MS_PRIVATE or MountFlags.MS_SLAVE or MountFlags.MS_UNBINDABLE))
        {
            return Errno.EINVAL;
        }

        if (kind != MountFlags.MS_SLAVE)
        {
            place.Mount.Namespace.SetUnbindable(place.Mount, kind == MountFlags.MS_UNBINDABLE, recursive: (flags & MountFlags.MS_REC) != 0);
        }

        return SyscallResult.Success;
    }

    private static SyscallResult Bind(UserThread caller, UserAddress source, byte[] sourceText, Location place, bool recursive)
    {
        if (sourceText.Length == 0)
        {
            return Errno.EINVAL;
        }

        if (!PathArguments.Find(caller, source).TryGet(out Location shown, out Errno error))
        {
            return error;
        }

        if (shown.Mount.Namespace != place.Mount.Namespace)
        {
            return Errno.EINVAL;
        }

        if (!shown.Inode.TryAcquire())
        {
            return Errno.ENOENT;
        }

        error = place.Mount.Namespace.Bind(shown, place, recursive);
        shown.Inode.Release();
        return error;
    }

    private static SyscallResult Move(UserThread caller, UserAddress source, byte[] sourceText, Location place)
    {
        if (sourceText.Length == 0)
        {
            return Errno.EINVAL;
        }

        return PathArguments.Find(caller, source).TryGet(out Location moved, out Errno error)
            ? moved.IsMountRoot ? place.Mount.Namespace.Move(moved.Mount, place) : Errno.EINVAL
            : error;
    }

    private static SyscallResult MountNew(UserThread caller, byte[] source, Location place, byte[] type, MountOptions options, byte[] data)
    {
        if (type.Length == 0)
        {
            return Errno.EINVAL;
        }

        if (!FileSystemTypes.Create(caller, type, data).TryGet(out FileSystem? fileSystem, out Errno error))
        {
            return error;
        }

        options |= fileSystem.IsReadOnly ? MountOptions.ReadOnly : MountOptions.None;
        error = place.Mount.Namespace.Attach(place, fileSystem, options, source.Length > 0 ? source : "none"u8.ToArray()).Error;
        if (error != Errno.None)
        {
            fileSystem.DropIfUnmounted();
        }

        return error;
    }
}
