using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <content>rename: of what is copied up first, and of directories that only the upper layer has.</content>
internal sealed partial class OverlayDirectory
{
    /// <inheritdoc/>
    /// <remarks>A directory of a lower layer is EXDEV, as by Linux's default: mv(1) then copies it. Whiteouts are the overlay's own, so RENAME_WHITEOUT is refused.</remarks>
    public override Errno Rename(Dentry self, Dentry child, Dentry newParent, ReadOnlySpan<byte> newName, Dentry? replaced, RenameFlags flags, NewFile? whiteout = null)
    {
        if (whiteout is not null)
        {
            return Errno.EINVAL;
        }

        var names = new RenamedNames(self, child, newParent, replaced, (flags & RenameFlags.RENAME_EXCHANGE) != 0);
        var target = (OverlayDirectory)newParent.Inode;
        Errno error;
        using (_fileSystem.TreeLock.Enter())
        {
            error = CheckRename(names, newName);
        }

        error = error != Errno.None ? error : PrepareChange();
        error = error != Errno.None ? error : target.PrepareChange();
        error = error != Errno.None ? error : child.Inode.PrepareChange();
        error = error != Errno.None || !names.Exchanges ? error : replaced!.Inode.PrepareChange();
        if (error != Errno.None)
        {
            return error;
        }

        Inode? unnamed;
        using (_fileSystem.TreeLock.Enter())
        {
            error = CheckRename(names, newName);
            error = error != Errno.None ? error : names.Exchanges ? ExchangeReal(names) : MoveReal(names, newName);
            if (error != Errno.None)
            {
                return error;
            }

            unnamed = MoveNames(names, newName.ToArray());
        }

        unnamed?.Release();
        return Errno.None;
    }

    private Errno CheckRename(in RenamedNames names, ReadOnlySpan<byte> newName)
    {
        var target = (OverlayDirectory)names.NewParent.Inode;
        if (!ReferenceEquals(_names.Find(names.Child.Name), names.Child) || target._isRemoved)
        {
            return Errno.ENOENT;
        }

        Result<Dentry> there = target.Find(names.NewParent, newName);
        if (!ReferenceEquals(there.Succeeded ? there.Value : null, names.Replaced))
        {
            return Errno.EAGAIN;
        }

        if (names.NewParent.IsWithin(names.Child))
        {
            return Errno.EINVAL;
        }

        if (names.Replaced is null)
        {
            return names.Exchanges ? Errno.ENOENT : CheckMovable(names.Child);
        }

        if (names.Self.IsWithin(names.Replaced))
        {
            return names.Exchanges ? Errno.EINVAL : Errno.ENOTEMPTY;
        }

        bool isDirectory = names.Child.Inode is OverlayDirectory;
        if (names.Exchanges)
        {
            Errno error = CheckMovable(names.Child);
            return error != Errno.None ? error : CheckMovable(names.Replaced);
        }

        Errno mismatch = (names.Replaced.Inode is OverlayDirectory) == isDirectory ? Errno.None : isDirectory ? Errno.ENOTDIR : Errno.EISDIR;
        mismatch = mismatch != Errno.None ? mismatch : CheckMovable(names.Child);
        return mismatch != Errno.None ? mismatch : CheckReplaceable(names.Replaced, isDirectory);
    }

    private static Errno CheckMovable(Dentry name) => name.Inode is OverlayDirectory { Node.IsPureUpper: false } ? Errno.EXDEV : Errno.None;

    /// <summary>Exchanges two names in the upper layer, which both have there.</summary>
    private Errno ExchangeReal(in RenamedNames names)
    {
        var target = (OverlayDirectory)names.NewParent.Inode;
        if (FindInUpper(names.Child.Name) is not { } moved || target.FindInUpper(names.Replaced!.Name) is not { } other)
        {
            return Errno.ENOENT;
        }

        Errno error = HideLower(moved, target, names.Replaced.Name);
        error = error != Errno.None ? error : HideLower(other, this, names.Child.Name);
        return error != Errno.None ? error
            : ((DirectoryInode)Node.Upper!.Inode).Rename(Node.Upper, moved, target.Node.Upper!, other.Name, other, RenameFlags.RENAME_EXCHANGE);
    }

    /// <summary>Moves a name in the upper layer, and leaves a whiteout where a lower one has something by the old name.</summary>
    private Errno MoveReal(in RenamedNames names, ReadOnlySpan<byte> newName)
    {
        var target = (OverlayDirectory)names.NewParent.Inode;
        Dentry from = Node.Upper!, to = target.Node.Upper!;
        if (FindInUpper(names.Child.Name) is not { } moved)
        {
            return Errno.ENOENT;
        }

        byte[] oldName = names.Child.Name;
        Dentry? there = target.FindInUpper(newName);
        bool leavesWhiteout = HasLower(oldName);
        var directory = (DirectoryInode)from.Inode;
        Errno error = HideLower(moved, target, newName);
        if (error != Errno.None)
        {
            return error;
        }

        if (there is not null && OverlayWork.IsWhiteout(there.Inode))
        {
            // The whiteout goes to where the file was: it is wanted there, or removed.
            error = directory.Rename(from, moved, to, newName, there, RenameFlags.RENAME_EXCHANGE);
            return error != Errno.None || leavesWhiteout ? error : OverlayWork.Remove(from, there);
        }

        OverlayWork work = _fileSystem.Work!;
        Dentry? whiteout = null;
        if (leavesWhiteout && !work.CreateWhiteout().TryGet(out whiteout, out error))
        {
            return error;
        }

        error = there?.Inode is DirectoryInode ? OverlayWork.RemoveWhiteouts(there) : Errno.None;
        error = error != Errno.None ? error : directory.Rename(from, moved, to, newName, there, RenameFlags.None);
        if (whiteout is null)
        {
            return error;
        }

        if (error != Errno.None)
        {
            work.Discard(whiteout);
            return error;
        }

        return work.Move(whiteout, from, oldName, null);
    }

    /// <summary>A directory that comes to where lower layers have something by its name must not show that.</summary>
    private Errno HideLower(Dentry moved, OverlayDirectory target, ReadOnlySpan<byte> newName) =>
        moved.Inode is DirectoryInode && target.HasLower(newName) ? _fileSystem.SetOpaque(moved.Inode) : Errno.None;

    private Inode? MoveNames(in RenamedNames names, byte[] newName)
    {
        var target = (OverlayDirectory)names.NewParent.Inode;
        byte[] oldName = names.Child.Name;
        Inode? unnamed = null;
        _names.Remove(oldName);
        if (names.Replaced is { } replaced)
        {
            target._names.Remove(replaced.Name);
            if (names.Exchanges)
            {
                replaced.Move(names.Self, oldName);
                _names.Add(oldName, replaced);
            }
            else
            {
                unnamed = Detach(replaced);
            }
        }

        names.Child.Move(names.NewParent, newName);
        target._names.Add(newName, names.Child);
        return unnamed;
    }

    /// <summary>What a rename is about, as the caller found it.</summary>
    private readonly record struct RenamedNames(Dentry Self, Dentry Child, Dentry NewParent, Dentry? Replaced, bool Exchanges);
}
