using System;
using System.Diagnostics.CodeAnalysis;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <content>Changes of names, all of them made in the upper layer: a whiteout there hides what a lower one has.</content>
internal sealed partial class OverlayDirectory
{
    /// <inheritdoc/>
    public override Result<Dentry> Create(Dentry self, ReadOnlySpan<byte> name, in NewFile file)
    {
        Errno error = PrepareChange();
        if (error != Errno.None)
        {
            return error;
        }

        NewFile made = Inherit(file);
        bool isDirectory = (file.Mode & FileMode.S_IFMT) == FileMode.S_IFDIR;
        using (_fileSystem.TreeLock.Enter())
        {
            Dentry upper = Node.Upper!;
            error = FindFree(self, name, out Dentry? whiteout);
            if (error != Errno.None)
            {
                return error;
            }

            if (whiteout is null)
            {
                return ((DirectoryInode)upper.Inode).Create(upper, name, made).TryGet(out Dentry? placed, out error)
                    ? Attach(self, name.ToArray(), placed, [])
                    : error;
            }

            OverlayWork work = _fileSystem.Work!;
            if (!work.Create(made).TryGet(out Dentry? prepared, out error))
            {
                return error;
            }

            error = isDirectory ? _fileSystem.SetOpaque(prepared.Inode) : Errno.None;
            error = error != Errno.None ? error : work.MoveOver(prepared, upper, whiteout);
            if (error != Errno.None)
            {
                work.Discard(prepared);
                return error;
            }

            return Attach(self, name.ToArray(), prepared, []);
        }
    }

    /// <inheritdoc/>
    public override Result<Inode> CreateUnnamed(in NewFile file)
    {
        Errno error = PrepareChange();
        if (error != Errno.None)
        {
            return error;
        }

        if (!((DirectoryInode)Node.Upper!.Inode).CreateUnnamed(file).TryGet(out Inode? made, out error))
        {
            return error;
        }

        Result<Inode> shown;
        using (_fileSystem.TreeLock.Enter())
        {
            shown = _fileSystem.GetInode(new Dentry(null, [], made), []);
        }

        made.Release();
        return shown;
    }

    /// <inheritdoc/>
    public override Result<Dentry> Link(Dentry self, ReadOnlySpan<byte> name, Inode target)
    {
        Errno error = PrepareChange();
        error = error != Errno.None ? error : target.PrepareChange();
        if (error != Errno.None)
        {
            return error;
        }

        Inode real = ((IOverlayInode)target).Real;
        using (_fileSystem.TreeLock.Enter())
        {
            error = FindFree(self, name, out Dentry? whiteout);
            if (error != Errno.None)
            {
                return error;
            }

            if (real.LinkCount == 0)
            {
                real.IsLinkable = target.IsLinkable;
                target.IsLinkable = false;
            }

            Dentry upper = Node.Upper!;
            OverlayWork work = _fileSystem.Work!;
            Result<Dentry> made = whiteout is null ? ((DirectoryInode)upper.Inode).Link(upper, name, real) : work.Link(real);
            if (!made.TryGet(out Dentry? linked, out error))
            {
                return error;
            }

            error = whiteout is null ? Errno.None : work.Move(linked, upper, name, whiteout);
            if (error != Errno.None)
            {
                work.Discard(linked);
                return error;
            }

            return target.TryAcquire() ? Attach(self, name.ToArray(), target) : Errno.ENOENT;
        }
    }

    /// <inheritdoc/>
    public override Errno Remove(Dentry self, Dentry child, bool asDirectory)
    {
        Errno error = PrepareChange();
        if (error != Errno.None)
        {
            return error;
        }

        Inode? unnamed;
        using (_fileSystem.TreeLock.Enter())
        {
            error = !ReferenceEquals(_names.Find(child.Name), child) ? Errno.ENOENT : CheckReplaceable(child, asDirectory);
            error = error != Errno.None ? error : Hide(child.Name);
            if (error != Errno.None)
            {
                return error;
            }

            _names.Remove(child.Name);
            unnamed = Detach(child);
        }

        unnamed?.Release();
        return Errno.None;
    }

    /// <summary>Whether a name may be removed, or replaced by another file.</summary>
    private static Errno CheckReplaceable(Dentry victim, bool asDirectory)
    {
        if (victim.Inode is not OverlayDirectory directory)
        {
            return asDirectory ? Errno.ENOTDIR : Errno.None;
        }

        if (!asDirectory)
        {
            return Errno.EISDIR;
        }

        directory.Complete();
        return directory._names.Count > 0 ? Errno.ENOTEMPTY : Errno.None;
    }

    /// <summary>The upper layer's directory by a name, or a whiteout there; null where it has nothing.</summary>
    private Dentry? FindInUpper(ReadOnlySpan<byte> name) => OverlayWork.Find(Node.Upper!, name).TryGet(out Dentry? found, out _) ? found : null;

    /// <summary>Sees to it that a name can be made. The tree lock is held.</summary>
    /// <returns>EEXIST; ENOENT in a removed directory.</returns>
    private Errno FindFree(Dentry self, ReadOnlySpan<byte> name, out Dentry? whiteout)
    {
        whiteout = null;
        if (_isRemoved)
        {
            return Errno.ENOENT;
        }

        Errno error = Find(self, name).Error;
        if (error != Errno.ENOENT)
        {
            return error == Errno.None ? Errno.EEXIST : error;
        }

        // What is there and no whiteout came behind the overlay's back.
        whiteout = FindInUpper(name);
        return whiteout is not null && !OverlayWork.IsWhiteout(whiteout.Inode) ? Errno.EEXIST : Errno.None;
    }

    /// <summary>A directory's group and set-group-ID bit go on to what is made in it.</summary>
    private NewFile Inherit(in NewFile file)
    {
        if ((Mode & FileMode.S_ISGID) == 0)
        {
            return file;
        }

        uint bit = (file.Mode & FileMode.S_IFMT) == FileMode.S_IFDIR ? FileMode.S_ISGID : 0;
        return file with { GroupId = GroupId, Mode = file.Mode | bit };
    }

    /// <summary>Takes what a name shows out of sight. The tree lock is held.</summary>
    private Errno Hide(byte[] name)
    {
        Dentry upper = Node.Upper!;
        Dentry? present = FindInUpper(name);
        if (!HasLower(name))
        {
            return present is null ? Errno.None : OverlayWork.Remove(upper, present);
        }

        OverlayWork work = _fileSystem.Work!;
        if (!work.CreateWhiteout().TryGet(out Dentry? whiteout, out Errno error))
        {
            return error;
        }

        error = present is null ? work.Move(whiteout, upper, name, null) : work.MoveOver(whiteout, upper, present);
        if (error != Errno.None)
        {
            work.Discard(whiteout);
        }

        return error;
    }
}
