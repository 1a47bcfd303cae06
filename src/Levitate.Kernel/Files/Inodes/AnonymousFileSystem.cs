using System;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>Where files lie that have no path: pipes and the like. It is mounted nowhere.</summary>
internal sealed class AnonymousFileSystem : FileSystem
{
    private readonly Mount _mount;

    /// <summary>A file system of that type.</summary>
    public AnonymousFileSystem(IMachine machine, string typeName, uint magic)
        : base(machine)
    {
        TypeName = typeName;
        Magic = magic;
        Root = new Dentry(null, [], new EmptyDirectory(this));
        _mount = new MountNamespace(this, MountOptions.None, Encoding.ASCII.GetBytes(typeName)).RootMount;
    }

    /// <inheritdoc/>
    public override string TypeName { get; }

    /// <inheritdoc/>
    public override uint Magic { get; }

    /// <inheritdoc/>
    public override Dentry Root { get; }

    /// <summary>Gives a file the name that /proc/[pid]/fd shows ("pipe:[7]").</summary>
    public Location Place(Inode inode, string kind) => Place(inode, Encoding.ASCII.GetBytes($"{kind}:[{inode.Number}]"));

    /// <summary>Gives a file a name that says nothing of its number ("anon_inode:[eventfd]").</summary>
    public Location Place(Inode inode, ReadOnlySpan<byte> name) => new(_mount, new Dentry(null, name.ToArray(), inode));

    /// <summary>Gives a file a name of its own that is in no directory: shown with " (deleted)".</summary>
    public Location PlaceDeleted(Inode inode, byte[] name)
    {
        var dentry = new Dentry(null, name, inode);
        dentry.MarkUnlinked();
        return new Location(_mount, dentry);
    }

    private sealed class EmptyDirectory(FileSystem fileSystem) : DirectoryInode(fileSystem, fileSystem.NextNumber(), 0x140, 0, 0)
    {
        public override Result<Dentry> Lookup(Dentry self, ReadOnlySpan<byte> name, UserThread? caller) => Errno.ENOENT;

        public override bool Read(ref long position, out DirectoryEntry entry, UserThread? caller)
        {
            entry = default;
            return false;
        }
    }
}
