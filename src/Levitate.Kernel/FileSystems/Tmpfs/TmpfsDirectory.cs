using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Tmpfs;

/// <summary>A directory whose names are kept in memory.</summary>
internal sealed class TmpfsDirectory(TmpfsFileSystem fileSystem, uint permissions, uint userId, uint groupId)
    : DirectoryInode(fileSystem, fileSystem.NextNumber(), permissions, userId, groupId)
{
    /// <summary>Bytes that tmpfs counts for each entry in st_size (Linux: BOGO_DIRENT_SIZE).</summary>
    private const int EntrySize = 20;

    private const long NanosecondsInSecond = 1_000_000_000;

    private NameTable _names;
    private DeferredNames _deferred;

    /// <summary>Its own name, once it has deferred ones: they become its children.</summary>
    private Dentry? _self;
    private bool _isRemoved;

    /// <inheritdoc/>
    public override long Size
    {
        get
        {
            using (fileSystem.TreeLock.Enter())
            {
                return (2 + Count) * EntrySize;
            }
        }
    }

    /// <inheritdoc/>
    public override Result<Dentry> Lookup(Dentry self, ReadOnlySpan<byte> name, UserThread? caller)
    {
        using (fileSystem.TreeLock.Enter())
        {
            return Find(name) is { } found ? found : Errno.ENOENT;
        }
    }

    /// <inheritdoc/>
    public override bool Read(ref long position, out DirectoryEntry entry, UserThread? caller)
    {
        using (fileSystem.TreeLock.Enter())
        {
            if (_deferred.Count > 0)
            {
                MakeDeferred();
            }

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
    public override Result<Dentry> Create(Dentry self, ReadOnlySpan<byte> name, in NewFile file)
    {
        bool isDirectory = (file.Mode & FileMode.S_IFMT) == FileMode.S_IFDIR;
        bool inheritsGroup = (Mode & FileMode.S_ISGID) != 0;
        uint group = GroupOf(file);
        uint permissions = file.Mode & FileMode.S_IALLUGO;
        using (fileSystem.TreeLock.Enter())
        {
            if (_isRemoved)
            {
                return Errno.ENOENT;
            }

            if (Find(name) is not null)
            {
                return Errno.EEXIST;
            }

            if (!fileSystem.TryAddInode(file.LinkText?.Length ?? 0, isNamed: true))
            {
                return Errno.ENOSPC;
            }

            Inode inode = isDirectory
                ? new TmpfsDirectory(fileSystem, permissions | (inheritsGroup ? FileMode.S_ISGID : 0), file.UserId, group)
                : fileSystem.CreateInode(file, group, linkCount: 1);
            if (isDirectory)
            {
                AddLinks(1);
            }

            return Attach(self, name, inode);
        }
    }

    /// <inheritdoc/>
    public override Result<Inode> CreateUnnamed(in NewFile file) => !fileSystem.TryAddInode(textLength: 0, isNamed: false)
        ? Errno.ENOSPC
        : fileSystem.CreateInode(file, GroupOf(file), linkCount: 0);

    /// <inheritdoc/>
    public override Result<Dentry> Link(Dentry self, ReadOnlySpan<byte> name, Inode target)
    {
        using (fileSystem.TreeLock.Enter())
        {
            if (_isRemoved || (target.LinkCount == 0 && !target.IsLinkable))
            {
                return Errno.ENOENT;
            }

            if (Find(name) is not null)
            {
                return Errno.EEXIST;
            }

            if (!fileSystem.TryAddName(isFirst: target.LinkCount == 0))
            {
                return Errno.ENOSPC;
            }

            if (target.LinkCount == 0)
            {
                target.IsLinkable = false;
                target.Acquire();
            }

            target.AddLinks(1);
            return Attach(self, name, target);
        }
    }

    /// <inheritdoc/>
    public override Errno Remove(Dentry self, Dentry child, bool asDirectory)
    {
        Inode? unnamed;
        using (fileSystem.TreeLock.Enter())
        {
            if (!ReferenceEquals(_names.Find(child.Name), child))
            {
                return Errno.ENOENT;
            }

            Errno error = CheckReplaceable(child, asDirectory);
            if (error != Errno.None)
            {
                return error;
            }

            _names.Remove(child.Name);
            unnamed = Unlink(this, child);
            MarkModified();
        }

        unnamed?.Release();
        return Errno.None;
    }

    /// <inheritdoc/>
    public override Errno Rename(Dentry self, Dentry child, Dentry newParent, ReadOnlySpan<byte> newName, Dentry? replaced, RenameFlags flags, NewFile? whiteout = null)
    {
        var target = (TmpfsDirectory)newParent.Inode;
        Inode? unnamed = null;
        using (fileSystem.TreeLock.Enter())
        {
            if (!ReferenceEquals(_names.Find(child.Name), child) || target._isRemoved)
            {
                return Errno.ENOENT;
            }

            if (!ReferenceEquals(target.Find(newName), replaced))
            {
                return Errno.EAGAIN;
            }

            bool exchanges = (flags & RenameFlags.RENAME_EXCHANGE) != 0;
            Errno error = CheckRename(self, child, newParent, replaced, exchanges);
            if (error != Errno.None)
            {
                return error;
            }

            if (whiteout is not null && !fileSystem.TryAddInode(textLength: 0, isNamed: true))
            {
                return Errno.ENOSPC;
            }

            byte[] oldName = child.Name;
            _names.Remove(oldName);
            if (replaced is not null)
            {
                target._names.Remove(replaced.Name);
                if (exchanges)
                {
                    Place(target, this, self, oldName, replaced);
                }
                else
                {
                    unnamed = Unlink(target, replaced);
                }
            }

            Place(this, target, newParent, newName.ToArray(), child);
            if (whiteout is { } file)
            {
                Attach(self, oldName, fileSystem.CreateInode(file, GroupOf(file), linkCount: 1));
            }

            MarkModified();
            target.MarkModified();
        }

        unnamed?.Release();
        return Errno.None;
    }

    /// <summary>
    /// Gives it a file that becomes an inode when somebody looks for it. The directory's own time does not change, and there
    /// is no such name yet: who unpacks an archive sees to both. No longer than a name and a link's text can be.
    /// </summary>
    /// <param name="self">The directory's name.</param>
    /// <param name="name">The new name.</param>
    /// <param name="file">The file; on success the references on its frames are the directory's.</param>
    /// <param name="linkText">A symbolic link's text.</param>
    /// <returns>ENOSPC.</returns>
    internal Errno Defer(Dentry self, ReadOnlySpan<byte> name, in DeferredFile file, ReadOnlySpan<byte> linkText)
    {
        using (fileSystem.TreeLock.Enter())
        {
            if (!fileSystem.TryAddInode(linkText.Length, isNamed: true))
            {
                return Errno.ENOSPC;
            }

            _self ??= self;
            _deferred.Key = unchecked((int)Number);
            fileSystem.Deferred.Add(ref _deferred, name, file, linkText);
            return Errno.None;
        }
    }

    /// <summary>The file system goes away: takes all names out. The tree lock is held; the references that the names held are the caller's.</summary>
    internal void TakeAll(HashSet<Inode> named, Stack<TmpfsDirectory> directories)
    {
        _isRemoved = true;
        MakeDeferred();
        for (long position = 0; _names.Next(ref position) is { } name;)
        {
            named.Add(name.Inode);
            if (name.Inode is TmpfsDirectory directory)
            {
                directories.Push(directory);
            }
        }

        _names = default;
    }

    /// <summary>How many names there are. The tree lock is held, here and below.</summary>
    private int Count => _names.Count + _deferred.Count;

    private Dentry? Find(ReadOnlySpan<byte> name)
    {
        if (_names.Find(name) is { } found)
        {
            return found;
        }

        return _deferred.Count > 0 && fileSystem.Deferred.TryTake(ref _deferred, name, out DeferredFile file, out byte[] linkText)
            ? Make(name.ToArray(), file, linkText)
            : null;
    }

    private void MakeDeferred()
    {
        while (fileSystem.Deferred.TryTakeFirst(ref _deferred, out byte[] name, out DeferredFile file, out byte[] linkText))
        {
            Make(name, file, linkText);
        }
    }

    private Dentry Make(byte[] name, in DeferredFile file, byte[] linkText)
    {
        Inode inode = fileSystem.CreateInode(new NewFile(file.Mode, file.UserId, file.GroupId, LinkText: linkText), file.GroupId, linkCount: 1);
        if (inode is RegularInode regular && file.Length > 0)
        {
            regular.Pages.Adopt(0, file.FirstFrame, file.Pages);
            _ = regular.Pages.SetLength(file.Length);
        }

        inode.SetTimes(file.Seconds * NanosecondsInSecond);
        var dentry = new Dentry(_self, name, inode);
        _names.Add(name, dentry);
        return dentry;
    }

    private static Errno CheckRename(Dentry self, Dentry child, Dentry newParent, Dentry? replaced, bool exchanges)
    {
        if (newParent.IsWithin(child))
        {
            return Errno.EINVAL;
        }

        if (replaced is null)
        {
            return exchanges ? Errno.ENOENT : Errno.None;
        }

        if (self.IsWithin(replaced))
        {
            return exchanges ? Errno.EINVAL : Errno.ENOTEMPTY;
        }

        return exchanges ? Errno.None : CheckReplaceable(replaced, child.Inode is DirectoryInode);
    }

    private static Errno CheckReplaceable(Dentry victim, bool asDirectory)
    {
        if (victim.Inode is not TmpfsDirectory directory)
        {
            return asDirectory ? Errno.ENOTDIR : Errno.None;
        }

        if (!asDirectory)
        {
            return Errno.EISDIR;
        }

        return directory.Count > 0 ? Errno.ENOTEMPTY : Errno.None;
    }

    /// <summary>The group that a new file gets here.</summary>
    private uint GroupOf(in NewFile file) => (Mode & FileMode.S_ISGID) != 0 ? GroupId : file.GroupId;

    private Dentry Attach(Dentry self, ReadOnlySpan<byte> name, Inode inode)
    {
        byte[] stored = name.ToArray();
        var dentry = new Dentry(self, stored, inode);
        _names.Add(stored, dentry);
        MarkModified();
        return dentry;
    }

    /// <summary>Puts a name that was taken out of one directory into another.</summary>
    private static void Place(TmpfsDirectory from, TmpfsDirectory to, Dentry parent, byte[] name, Dentry moved)
    {
        moved.Move(parent, name);
        to._names.Add(name, moved);
        moved.Inode.MarkChanged();
        if (moved.Inode is DirectoryInode && !ReferenceEquals(from, to))
        {
            from.AddLinks(-1);
            to.AddLinks(1);
        }
    }

    /// <summary>Accounts for a name that was taken out; returns the inode that has no name left, whose reference is to be dropped outside the lock.</summary>
    private static Inode? Unlink(TmpfsDirectory parent, Dentry victim)
    {
        victim.MarkUnlinked();
        ((TmpfsFileSystem)parent.FileSystem).OnNameGone(isLast: victim.Inode is TmpfsDirectory || victim.Inode.LinkCount == 1);
        if (victim.Inode is TmpfsDirectory directory)
        {
            directory._isRemoved = true;
            directory.AddLinks(-2);
            parent.AddLinks(-1);
            return directory;
        }

        victim.Inode.AddLinks(-1);
        return victim.Inode.LinkCount == 0 ? victim.Inode : null;
    }
}
