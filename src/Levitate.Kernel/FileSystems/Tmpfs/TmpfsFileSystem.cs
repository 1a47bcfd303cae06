using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Pipes;
using Levitate.Kernel.Memory;
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
    private readonly PageBudget _budget = new(PageBudget.Unlimited);
    private KernelLock _treeLock = new(LockOrder.TmpfsTree);
    private TmpfsOptions? _options;
    private long _used;
    private long _inodes = 1;
    private long _inodeLimit = PageBudget.Unlimited;

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

    /// <summary>An empty tree with the options of a mount.</summary>
    public TmpfsFileSystem(IMachine machine, in TmpfsOptions options, CharacterDevices devices)
        : this(machine, options.Permissions, devices)
    {
        _options = options;
        _budget.Limit = options.Pages;
        _inodeLimit = options.Inodes;
        _ = Root.Inode.Change(new AttributeChange(UserId: options.UserId, GroupId: options.GroupId));
    }

    /// <inheritdoc/>
    public override string TypeName => "tmpfs";

    /// <inheritdoc/>
    public override PageBudget? Budget => _budget;

    /// <inheritdoc/>
    public override string OptionsText
    {
        get
        {
            TmpfsOptions usual = TmpfsOptions.Default(Machine.Frames);
            TmpfsOptions own = _options ?? usual;
            return (own.Pages == usual.Pages ? string.Empty : FormattableString.Invariant($",size={(own.Pages == PageBudget.Unlimited ? 0 : own.Pages << (PageSize.Shift - 10))}k"))
                + (own.Inodes == usual.Inodes ? string.Empty : FormattableString.Invariant($",nr_inodes={(own.Inodes == PageBudget.Unlimited ? 0 : own.Inodes)}"))
                + (own.Permissions == usual.Permissions ? string.Empty : $",mode={Convert.ToString(own.Permissions, 8)}")
                + (own.UserId == 0 ? string.Empty : FormattableString.Invariant($",uid={own.UserId}"))
                + (own.GroupId == 0 ? string.Empty : FormattableString.Invariant($",gid={own.GroupId}"));
        }
    }

    /// <inheritdoc/>
    public override uint Magic => 0x01021994;

    /// <inheritdoc/>
    public override Dentry Root { get; }

    /// <inheritdoc/>
    public override FileSystemUsage Usage
    {
        get
        {
            long blocks = _budget.Limit, files = Volatile.Read(ref _inodeLimit);
            bool hasBlocks = blocks != PageBudget.Unlimited, hasFiles = files != PageBudget.Unlimited;
            blocks = hasBlocks ? blocks : Machine.Frames.TotalFrames;
            long free = Math.Max(blocks - _budget.Used, 0);
            return new(
                PageSize.Bytes,
                blocks,
                free,
                hasBlocks ? free : Math.Min(free, Machine.Frames.FreeFrames),
                hasFiles ? files : _limit / (InodeBytes + NameBytes),
                hasFiles ? Math.Max(files - Volatile.Read(ref _inodes), 0) : Math.Max(_limit - Volatile.Read(ref _used), 0) / (InodeBytes + NameBytes));
        }
    }

    /// <summary>Guards every name of this file system. Order: before an inode's own. Nothing is released while it is held.</summary>
    internal ref KernelLock TreeLock => ref _treeLock;

    /// <summary>Files that are not made yet.</summary>
    internal DeferredFiles Deferred { get; } = new();

    /// <summary>
    /// Makes an inode and perhaps a name count against what names and inodes may take: an eighth of memory, so that a
    /// program that makes files without end meets ENOSPC before the kernel's heap is full. <see cref="OnInodeGone"/> and
    /// <see cref="OnNameGone"/> give back.
    /// </summary>
    /// <param name="textLength">The length of a symbolic link's text.</param>
    /// <param name="isNamed">Whether a name comes with it.</param>
    internal bool TryAddInode(int textLength, bool isNamed)
    {
        if (Interlocked.Increment(ref _inodes) <= Volatile.Read(ref _inodeLimit) && TryAdd(InodeBytes + textLength + (isNamed ? NameBytes : 0)))
        {
            return true;
        }

        Interlocked.Decrement(ref _inodes);
        return false;
    }

    /// <summary>Makes a name of an inode that is there count: another one as an inode of its own, as Linux counts them.</summary>
    internal bool TryAddName(bool isFirst)
    {
        if ((isFirst || Interlocked.Increment(ref _inodes) <= Volatile.Read(ref _inodeLimit)) && TryAdd(NameBytes))
        {
            return true;
        }

        Interlocked.Add(ref _inodes, isFirst ? 0 : -1);
        return false;
    }

    /// <summary>A name is gone; others of the inode may be left.</summary>
    internal void OnNameGone(bool isLast)
    {
        Interlocked.Add(ref _inodes, isLast ? 0 : -1);
        Interlocked.Add(ref _used, -NameBytes);
    }

    /// <inheritdoc/>
    internal override void OnInodeGone(Inode inode)
    {
        Interlocked.Decrement(ref _inodes);
        Interlocked.Add(ref _used, -(InodeBytes + (inode is TmpfsLink ? inode.Size : 0) + (inode.ExtendedAttributesIfAny?.Charged ?? 0)));
    }

    /// <inheritdoc/>
    internal override Errno Reconfigure(ReadOnlySpan<byte> options)
    {
        if (options.IsEmpty)
        {
            return Errno.None;
        }

        // The root has no limits, and what was never counted cannot be limited any more.
        if (_options is not { } old || !old.With(options, Machine.Frames).TryGet(out TmpfsOptions changed, out _)
            || (changed.Pages != old.Pages && (old.Pages == PageBudget.Unlimited || changed.Pages < _budget.Used))
            || (changed.Inodes != old.Inodes && (old.Inodes == PageBudget.Unlimited || changed.Inodes < Volatile.Read(ref _inodes))))
        {
            return Errno.EINVAL;
        }

        _budget.Limit = changed.Pages;
        Volatile.Write(ref _inodeLimit, changed.Inodes);
        _options = old with { Pages = changed.Pages, Inodes = changed.Inodes };
        return Errno.None;
    }

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
