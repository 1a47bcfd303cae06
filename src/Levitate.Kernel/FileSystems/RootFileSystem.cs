using System;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Streams;
using Levitate.Kernel.FileSystems.Devtmpfs;
using Levitate.Kernel.FileSystems.Initramfs;
using Levitate.Kernel.FileSystems.Procfs;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems;

/// <summary>The tree that the first process finds: the archives unpacked into a tmpfs, with /dev and /proc mounted.</summary>
public static class RootFileSystem
{
    private const uint DirectoryPermissions = 0x1ed;

    /// <summary>Makes the tree, and the table with descriptors 0, 1 and 2 of the first process.</summary>
    /// <returns>EINVAL for a malformed archive, which the log tells of; ENOMEM.</returns>
    public static Result<(FileSystemContext Context, FileTable Files)> Mount(KernelSystem kernel)
    {
        IMachine machine = kernel.Machine;
        CharacterDevices devices = kernel.Files.Devices;
        var root = new TmpfsFileSystem(machine, DirectoryPermissions, devices);

        // Not "rootfs" as its source: df takes that for something hidden below the true root.
        var mounts = new MountNamespace(root, MountOptions.None, "tmpfs"u8.ToArray());
        var unpacker = new InitramfsUnpacker(machine, mounts.RootMount.Root);
        Errno result = Errno.None;
        foreach (ArchiveImage archive in kernel.Boot.Archives)
        {
            Errno error = unpacker.Unpack(archive);
            if (error != Errno.None)
            {
                kernel.Log.WriteLine($"[BOOT] an archive of the root file system is bad: {unpacker.Fault}");
                result = error;
            }
        }

        result = result != Errno.None ? result : MountDevices(kernel, mounts);
        result = result != Errno.None ? result : MountOver(mounts, "proc"u8, kernel.Files.ProcFileSystem, MountOptions.NoSetIds | MountOptions.NoDevices | MountOptions.NoExecute);
        result = result != Errno.None ? result : MountOver(mounts, "sys"u8, kernel.Files.SysfsFileSystem, MountOptions.NoSetIds | MountOptions.NoDevices | MountOptions.NoExecute);

        // No file system of its own: the root is a tmpfs already, and what an archive has in /tmp must be seen.
        result = result != Errno.None ? result : FindOrCreateDirectory(mounts.RootMount.Root, "tmp"u8, FileMode.S_ISVTX | FileMode.S_IRWXUGO).Error;
        if (result != Errno.None)
        {
            return result;
        }

        var context = new FileSystemContext(mounts);
        return (context, OpenStandardStreams(kernel, mounts));
    }

    /// <summary>Mounts on a directory of the root, which is created if it is missing.</summary>
    private static Errno MountOver(MountNamespace mounts, ReadOnlySpan<byte> name, FileSystem fileSystem, MountOptions options)
    {
        Location root = mounts.RootMount.Root;
        if (!FindOrCreateDirectory(root, name, DirectoryPermissions).TryGet(out Dentry? place, out Errno error))
        {
            return error;
        }

        return mounts.Attach(root with { Dentry = place }, fileSystem, options, Encoding.ASCII.GetBytes(fileSystem.TypeName)).Error;
    }

    private static Errno MountDevices(KernelSystem kernel, MountNamespace mounts)
    {
        if (!FindOrCreateDirectory(mounts.RootMount.Root, "dev"u8, DirectoryPermissions).TryGet(out Dentry? place, out Errno error)
            || !mounts.Attach(mounts.RootMount.Root with { Dentry = place }, kernel.Files.DevtmpfsFileSystem, MountOptions.NoSetIds, "devtmpfs"u8.ToArray()).TryGet(out Mount? dev, out error)
            || !FindOrCreateDirectory(dev.Root, "pts"u8, DirectoryPermissions).TryGet(out place, out error)
            || !mounts.Attach(dev.Root with { Dentry = place }, kernel.Files.DevptsFileSystem, MountOptions.NoSetIds | MountOptions.NoExecute, "devpts"u8.ToArray()).TryGet(out Mount? pts, out error))
        {
            return error;
        }

        kernel.Files.PseudoTerminalMount = pts;
        return Errno.None;
    }

    private static Result<Dentry> FindOrCreateDirectory(Location root, ReadOnlySpan<byte> name, uint permissions)
    {
        var directory = (DirectoryInode)root.Inode;
        Result<Dentry> found = directory.Lookup(root.Dentry, name, null);
        return found.Succeeded ? found : directory.Create(root.Dentry, name, new NewFile(FileMode.S_IFDIR | permissions, 0, 0));
    }

    private static FileTable OpenStandardStreams(KernelSystem kernel, MountNamespace mounts)
    {
        var files = new FileTable();
        ReadOnlySpan<IByteChannel?> channels = [kernel.Boot.StandardInput, kernel.Boot.StandardOutput, kernel.Boot.StandardError];
        for (int descriptor = 0; descriptor < channels.Length; descriptor++)
        {
            if (channels[descriptor] is { } channel)
            {
                var stream = new HostStream(kernel.Files.Pipes, channel);
                OpenFlags flags = descriptor == 0 ? OpenFlags.O_RDONLY : OpenFlags.O_WRONLY;
                var description = new HostStreamDescription(stream, kernel.Files.Pipes.Place(stream, "pipe"), flags);
                _ = files.Add(description, closeOnExec: false, FileTable.Maximum, minimum: descriptor);
            }
            else if (kernel.Files.Console is not null && OpenConsole(mounts) is { } console)
            {
                _ = files.Add(console, closeOnExec: false, FileTable.Maximum, minimum: descriptor);
            }
        }

        return files;
    }

    private static FileDescription? OpenConsole(MountNamespace mounts)
    {
        Location root = mounts.RootMount.Root;
        var context = new PathContext(root, Credentials.Root, null);
        return new PathWalk(context, root, "/dev/console"u8, WalkOptions.None).Resolve().TryGet(out Location console, out _)
            && console.Inode.Open(console, OpenFlags.O_RDWR, null).TryGet(out FileDescription? opened, out _)
            ? opened
            : null;
    }
}
