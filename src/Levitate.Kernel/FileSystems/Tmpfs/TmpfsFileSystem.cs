using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Pipes;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Tmpfs;

/// <summary>A file system in memory: names are objects, content is page caches. Also what the root and /dev are made of.</summary>
/// <remarks>Linux: tmpfs(5).</remarks>
public class TmpfsFileSystem : FileSystem
{
    /// <summary>About what an inode takes of the kernel's heap, in bytes, and a name with its place in a directory.</summary>
    private const long InodeBytes = 512;
    private const long NameBytes = 256;
    private const long SmallestLimit = 2 << 20;

    private readonly CharacterDevices _devices;
    private readonly long _limit;
    private KernelLock _treeLock = new(LockOrder.TmpfsTree);
    private long _used;

    /// <summary>An empty tree.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="rootPermissions">The permissions of its root directory.</param>
    /// <param name="devices">What its device nodes stand for; null: nothing.</param>
    public TmpfsFileSystem(IMachine machine, uint rootPermissions, CharacterDevices? devices = null)
        : base(machine)
    {
        _devices = devices ?? new CharacterDevices();
        _limit = Math.Max(machine.Frames.TotalFrames * PageSize.Bytes / 8, SmallestLimit);
        Root = new Dentry(null, [], new TmpfsDirectory(this, rootPermissions, 0, 0));
    }

    /// <inheritdoc/>
    public override string TypeName => "tmpfs";

    /// <inheritdoc/>
    public override uint Magic => 0x01021994;

    /// <inheritdoc/>
    public override Dentry Root { get; }

    /// <inheritdoc/>
    public override FileSystemUsage Usage => new(PageSize.Bytes, Machine.Frames.TotalFrames, Machine.Frames.FreeFrames, _limit / (InodeBytes + NameBytes), Math.Max(_limit - Volatile.Read(ref _used), 0) / (InodeBytes + NameBytes));

    /// <summary>Guards every name of this file system. Order: before an inode's own. Nothing is released while it is held.</summary>
    internal ref KernelLock TreeLock => ref _treeLock;

    /// <summary>
    /// Makes an inode and perhaps a name count against what names and inodes may take: an eighth of memory, so that a
    /// program that makes files without end meets ENOSPC before the kernel's heap is full. <see cref="OnInodeGone"/> and
    /// <see cref="OnNameGone"/> give back.
    /// </summary>
    /// <param name="text">The text of a symbolic link.</param>
    /// <param name="isNamed">Whether a name comes with it.</param>
    internal bool TryAddInode(byte[]? text, bool isNamed) => TryAdd(InodeBytes + (text?.Length ?? 0) + (isNamed ? NameBytes : 0));

    /// <summary>Makes another name of an inode count.</summary>
    internal bool TryAddName() => TryAdd(NameBytes);

    /// <summary>A name is gone.</summary>
    internal void OnNameGone() => Interlocked.Add(ref _used, -NameBytes);

    /// <inheritdoc/>
    internal override void OnInodeGone(Inode inode) =>
        Interlocked.Add(ref _used, -(InodeBytes + (inode is TmpfsLink ? inode.Size : 0) + (inode.ExtendedAttributesIfAny?.Charged ?? 0)));

    /// <inheritdoc/>
    internal override bool HasExtendedAttributes => true;

    /// <inheritdoc/>
    internal override bool TryCharge(long bytes)
    {
        if (bytes > 0)
        {
            return TryAdd(bytes);
        }

        Interlocked.Add(ref _used, bytes);
        return true;
    }

    private bool TryAdd(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= _limit)
        {
            return true;
        }

        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <inheritdoc/>
    protected override void OnUnmounted()
    {
        // A file has one reference for all of its names.
        var named = new HashSet<Inode>(ReferenceEqualityComparer.Instance) { Root.Inode };
        var directories = new Stack<TmpfsDirectory>([(TmpfsDirectory)Root.Inode]);
        using (TreeLock.Enter())
        {
            while (directories.TryPop(out TmpfsDirectory? directory))
            {
                directory.TakeAll(named, directories);
            }
        }

        foreach (Inode inode in named)
        {
            inode.Release();
        }
    }

    /// <summary>Makes the inode of a new file that is not a directory.</summary>
    internal Inode CreateInode(in NewFile file, uint groupId, uint linkCount)
    {
        uint permissions = file.Mode & FileMode.S_IALLUGO;
        return (file.Mode & FileMode.S_IFMT) switch
        {
            FileMode.S_IFLNK => new TmpfsLink(this, file.LinkText!, file.UserId, groupId),
            FileMode.S_IFREG => new RegularInode(this, NextNumber(), permissions, file.UserId, groupId, linkCount),
            FileMode.S_IFIFO => new FifoInode(this, NextNumber(), permissions, file.UserId, groupId),
            _ => new SpecialInode(this, NextNumber(), file.Mode, file.UserId, groupId, file.Device, _devices),
        };
    }
}
