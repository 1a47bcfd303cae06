using System;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.FileSystems.Initramfs;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Simulation;

namespace Levitate.Kernel.Tests.FileSystems;

/// <summary>A fresh tmpfs into which archives are unpacked.</summary>
internal sealed class UnpackedTree : IDisposable
{
    private readonly MountNamespace _mounts;
    private readonly InitramfsUnpacker _unpacker;

    public UnpackedTree(SimulatedMachine? machine = null)
    {
        Machine = machine ?? new SimulatedMachine();
        FileSystem = new TmpfsFileSystem(Machine, 0x1ed);
        _mounts = new MountNamespace(FileSystem, MountOptions.None, "rootfs"u8.ToArray());
        _unpacker = new InitramfsUnpacker(Machine, _mounts.RootMount.Root);
    }

    public SimulatedMachine Machine { get; }

    public TmpfsFileSystem FileSystem { get; }

    public string? Fault => _unpacker.Fault;

    public ArchiveImage LastImage { get; private set; }

    public Errno Unpack(ReadOnlySpan<byte> archive)
    {
        LastImage = Machine.LoadArchive(archive);
        return _unpacker.Unpack(LastImage);
    }

    public Inode Find(string path) => Resolve(path).Value.Inode;

    public Errno FindError(string path) => Resolve(path).Error;

    public RegularInode File(string path) => (RegularInode)Find(path);

    public string Text(string path)
    {
        RegularInode file = File(path);
        var bytes = new byte[file.Size];
        file.Pages.Read(0, bytes);
        return Encoding.Latin1.GetString(bytes);
    }

    /// <summary>Removes everything; whatever is referenced then has leaked.</summary>
    public void Dispose()
    {
        Clear(FileSystem.Root);
        Machine.AssertNothingLeaked();
    }

    private Result<Location> Resolve(string path)
    {
        Location root = _mounts.RootMount.Root;
        return new PathWalk(new PathContext(root, Credentials.Root, null), root, Encoding.Latin1.GetBytes(path), WalkOptions.None).Resolve();
    }

    private static void Clear(Dentry directory)
    {
        var inode = (DirectoryInode)directory.Inode;
        long position = 0;
        while (inode.Read(ref position, out DirectoryEntry entry, null))
        {
            Dentry child = inode.Lookup(directory, entry.Name.Span, null).Value;
            if (child.Inode is DirectoryInode)
            {
                Clear(child);
            }

            Errno error = inode.Remove(directory, child, child.Inode is DirectoryInode);
            if (error != Errno.None)
            {
                throw new InvalidOperationException($"{error}");
            }
        }
    }
}
