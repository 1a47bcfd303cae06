using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <summary>A directory: the names of the upper layer's and, but for what those hide, of the lower layers'.</summary>
internal sealed partial class OverlayDirectory(OverlayNode node, ulong number, Inode real) : DirectoryInode(node.FileSystem, number, real), IOverlayInode
{
    private readonly OverlayFileSystem _fileSystem = node.FileSystem;

    /// <summary>The names that were asked for, or all (<see cref="_isComplete"/>). The tree lock guards this and what follows.</summary>
    private NameTable _names;
    private bool _isComplete;
    private bool _isRemoved;

    /// <inheritdoc/>
    public OverlayNode Node => node;

    /// <inheritdoc/>
    public Inode Real => Backing!;

    /// <summary>1 where several directories are shown as one: as on Linux, nobody counts those below.</summary>
    public override uint LinkCount => node.IsMerged && !_isRemoved ? 1 : base.LinkCount;

    /// <inheritdoc/>
    private protected override bool IsBackingOwn => node.Upper is not null;

    /// <inheritdoc/>
    private protected override bool HasNoName => _isRemoved;

    /// <inheritdoc/>
    public void Adopt(Inode copy) => node.Replaced = ReplaceBacking(copy);

    /// <inheritdoc/>
    public override Result<Dentry> Lookup(Dentry self, ReadOnlySpan<byte> name, UserThread? caller)
    {
        using (_fileSystem.TreeLock.Enter())
        {
            return Find(self, name);
        }
    }

    /// <inheritdoc/>
    public override bool Read(ref long position, out DirectoryEntry entry, UserThread? caller)
    {
        using (_fileSystem.TreeLock.Enter())
        {
            Complete();
            if (_names.Next(ref position) is not { } found)
            {
                entry = default;
                return false;
            }

            entry = new DirectoryEntry(found.Name, found.Inode.Number, found.Inode.Type);
            return true;
        }
    }

    /// <inheritdoc/>
    internal override Errno PrepareChange() => OverlayCopyUp.Run(this);

    /// <summary>The file system goes away: takes all names out. The tree lock is held; the references that the names held are the caller's.</summary>
    internal void TakeAll(HashSet<Inode> named, Stack<OverlayDirectory> directories)
    {
        for (long position = 0; _names.Next(ref position) is { } name;)
        {
            named.Add(name.Inode);
            if (name.Inode is OverlayDirectory directory)
            {
                directories.Push(directory);
            }
        }

        _names = default;
        _isComplete = true;
    }

    /// <inheritdoc/>
    protected override void OnUnreferenced() => node.Release();

    /// <summary>Finds a name. The tree lock is held.</summary>
    private Result<Dentry> Find(Dentry self, ReadOnlySpan<byte> name)
    {
        if (_names.Find(name) is { } known)
        {
            return known;
        }

        if (_isComplete || _isRemoved)
        {
            return Errno.ENOENT;
        }

        Errno error = FindInLayers(name, out Dentry? upper, out Dentry[] lowers);
        return error != Errno.None ? error : Attach(self, name.ToArray(), upper, lowers);
    }

    /// <summary>What layers have by a name; ENOENT where that shows nothing.</summary>
    private Errno FindInLayers(ReadOnlySpan<byte> name, out Dentry? upper, out Dentry[] lowers)
    {
        upper = null;
        lowers = [];
        bool goesOn = true;
        if (node.Upper is { } directory && OverlayWork.Find(directory, name).TryGet(out upper, out _))
        {
            if (OverlayWork.IsWhiteout(upper.Inode))
            {
                return Errno.ENOENT;
            }

            goesOn = upper.Inode is DirectoryInode && !_fileSystem.IsOpaque(upper.Inode);
        }

        var found = new List<Dentry>();
        foreach (Dentry layer in node.Lowers)
        {
            if (!goesOn)
            {
                break;
            }

            if (!OverlayWork.Find(layer, name).TryGet(out Dentry? lower, out _))
            {
                continue;
            }

            // What is no directory is shown where nothing is above it, and hides all below it in any case.
            bool isDirectory = lower.Inode is DirectoryInode;
            goesOn = isDirectory && !_fileSystem.IsOpaque(lower.Inode);
            if (isDirectory || (upper is null && found.Count == 0 && !OverlayWork.IsWhiteout(lower.Inode)))
            {
                found.Add(lower);
            }
        }

        lowers = [.. found];
        return upper is null && lowers.Length == 0 ? Errno.ENOENT : Errno.None;
    }

    /// <summary>Whether the lower layers would show something by a name if the upper one did not.</summary>
    private bool HasLower(ReadOnlySpan<byte> name)
    {
        foreach (Dentry layer in node.Lowers)
        {
            if (OverlayWork.Find(layer, name).TryGet(out Dentry? lower, out _))
            {
                return !OverlayWork.IsWhiteout(lower.Inode);
            }
        }

        return false;
    }

    /// <summary>Takes the names of all layers in, so that a reader meets each once. The tree lock is held.</summary>
    private void Complete()
    {
        if (_isComplete || _isRemoved)
        {
            return;
        }

        if (node.Upper is { } upper)
        {
            AddNames(upper);
        }

        foreach (Dentry lower in node.Lowers)
        {
            AddNames(lower);
        }

        _isComplete = true;
    }

    private void AddNames(Dentry layer)
    {
        var inode = (DirectoryInode)layer.Inode;
        for (long position = 0; inode.Read(ref position, out DirectoryEntry entry, null);)
        {
            _ = Find(node.Name!, entry.Name.Span);
        }
    }

    /// <summary>Adds a name that the layers have.</summary>
    private Result<Dentry> Attach(Dentry self, byte[] name, Dentry? upper, Dentry[] lowers) =>
        _fileSystem.GetInode(upper, lowers).TryGet(out Inode? inode, out Errno error) ? Attach(self, name, inode) : error;

    /// <summary>Adds a name. Takes over the caller's reference: the first name keeps it.</summary>
    private Dentry Attach(Dentry self, byte[] name, Inode inode)
    {
        var dentry = new Dentry(self, name, inode);
        OverlayNode named = ((IOverlayInode)inode).Node;
        named.Name ??= dentry;
        if (named.NameCount++ > 0)
        {
            inode.Release();
        }

        _names.Add(name, dentry);
        return dentry;
    }

    /// <summary>A name that was taken out is gone for good; returns what has none left, whose reference is to be dropped outside the lock.</summary>
    private static Inode? Detach(Dentry victim)
    {
        victim.MarkUnlinked();
        if (victim.Inode is OverlayDirectory directory)
        {
            directory._isRemoved = true;
        }

        return --((IOverlayInode)victim.Inode).Node.NameCount == 0 ? victim.Inode : null;
    }
}
