using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Locks;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files;

/// <summary>What chmod, chown and utimensat change; null leaves as it is.</summary>
/// <param name="Mode">The permission bits (07777).</param>
/// <param name="UserId">The owner.</param>
/// <param name="GroupId">The group.</param>
/// <param name="AccessTime">Nanoseconds since 1970.</param>
/// <param name="ModificationTime">Nanoseconds since 1970.</param>
public readonly record struct AttributeChange(uint? Mode = null, uint? UserId = null, uint? GroupId = null, long? AccessTime = null, long? ModificationTime = null);

/// <summary>
/// A file, apart from its names and from who has it open. Counted: one reference for all its names together, one for each
/// open description, working directory and root. The last one disposes of its content at once.
/// </summary>
public abstract class Inode
{
    /// <summary>Guards the attributes (the fields below but the count). A leaf: nothing is called while it is held.</summary>
    private KernelLock _lock = new(LockOrder.Inode);
    private uint _mode;
    private uint _userId;
    private uint _groupId;
    private uint _linkCount;
    private long _accessTime;
    private long _modificationTime;
    private long _changeTime;
    private readonly long _birthTime;
    private FileLocks? _locks;
    private RecordLocks? _recordLocks;
    private ExtendedAttributes? _extendedAttributes;
    private InodeWatches? _watches;
    private Inode? _backing;
    private int _references = 1;

    /// <summary>Whether <see cref="LockedFiles"/> has it, which alone changes it.</summary>
    internal bool IsListedAsLocked;

    /// <summary>A new file with one reference.</summary>
    /// <param name="fileSystem">Where it lies.</param>
    /// <param name="number">st_ino.</param>
    /// <param name="mode">Type and permissions.</param>
    /// <param name="userId">The owner.</param>
    /// <param name="groupId">The group.</param>
    /// <param name="linkCount">st_nlink.</param>
    protected Inode(FileSystem fileSystem, ulong number, uint mode, uint userId, uint groupId, uint linkCount)
    {
        FileSystem = fileSystem;
        Number = number;
        _mode = mode;
        _userId = userId;
        _groupId = groupId;
        _linkCount = linkCount;
        _birthTime = _accessTime = _modificationTime = _changeTime = fileSystem.Now;
    }

    /// <summary>A file that has the attributes of one in another file system (an overlay's), which it keeps.</summary>
    /// <param name="fileSystem">Where it lies.</param>
    /// <param name="number">st_ino.</param>
    /// <param name="backing">The file; the reference that it adds is dropped with the last one of this.</param>
    private protected Inode(FileSystem fileSystem, ulong number, Inode backing)
    {
        FileSystem = fileSystem;
        Number = number;
        _mode = backing.Type;
        _backing = backing;
        backing.Acquire();
    }

    /// <summary>Where it lies.</summary>
    public FileSystem FileSystem { get; }

    /// <summary>st_ino.</summary>
    public ulong Number { get; private protected set; }

    /// <summary>When it was made, in nanoseconds since 1970.</summary>
    public long BirthTime => Backing?.BirthTime ?? _birthTime;

    /// <summary>Type and permissions.</summary>
    public virtual uint Mode => Backing is { } backing ? backing.Mode : Volatile.Read(ref _mode);

    /// <summary>The owner.</summary>
    public virtual uint UserId => Backing is { } backing ? backing.UserId : Volatile.Read(ref _userId);

    /// <summary>The group.</summary>
    public virtual uint GroupId => Backing is { } backing ? backing.GroupId : Volatile.Read(ref _groupId);

    /// <summary>st_nlink.</summary>
    public virtual uint LinkCount => Backing is { } backing ? backing.LinkCount : Volatile.Read(ref _linkCount);

    /// <summary>The last read, in nanoseconds since 1970.</summary>
    public long AccessTime => Backing is { } backing ? backing.AccessTime : Volatile.Read(ref _accessTime);

    /// <summary>The last change of content, in nanoseconds since 1970.</summary>
    public long ModificationTime => Backing is { } backing ? backing.ModificationTime : Volatile.Read(ref _modificationTime);

    /// <summary>The last change of content or attributes, in nanoseconds since 1970.</summary>
    public long ChangeTime => Backing is { } backing ? backing.ChangeTime : Volatile.Read(ref _changeTime);

    /// <summary>The type bits of <see cref="Mode"/>.</summary>
    public uint Type => _mode & FileMode.S_IFMT;

    /// <summary>st_size.</summary>
    public virtual long Size => Backing?.Size ?? 0;

    /// <summary>st_blocks, in 512-byte units.</summary>
    public virtual long Blocks => Backing?.Blocks ?? 0;

    /// <summary>st_rdev.</summary>
    public virtual DeviceNumber DeviceIdentity => Backing?.DeviceIdentity ?? default;

    /// <summary>The regular file that has its content: itself, or, in an overlay, the one of a layer; null for other types.</summary>
    public virtual RegularInode? Content => null;

    /// <summary>Whether linkat may give it a name although it has none: it was made with O_TMPFILE, without O_EXCL.</summary>
    public bool IsLinkable { get; internal set; }

    /// <summary>The advisory locks on it.</summary>
    internal FileLocks Locks => _locks ?? LazyInitializer.EnsureInitialized(ref _locks, static () => new FileLocks());

    /// <summary>The advisory locks on it; null where there never was one.</summary>
    internal FileLocks? LocksIfAny => Volatile.Read(ref _locks);

    /// <summary>The locks on ranges of it.</summary>
    internal RecordLocks RecordLocks => _recordLocks ?? LazyInitializer.EnsureInitialized(ref _recordLocks, static () => new RecordLocks());

    /// <summary>The locks on ranges of it; null where there never was one.</summary>
    internal RecordLocks? RecordLocksIfAny => Volatile.Read(ref _recordLocks);

    /// <summary>Those who watch it.</summary>
    internal InodeWatches Watches => _watches ?? LazyInitializer.EnsureInitialized(ref _watches, () => new InodeWatches(FileSystem));

    /// <summary>Those who watch it; null where there never was one.</summary>
    internal InodeWatches? WatchesIfAny => Volatile.Read(ref _watches);

    /// <summary>The extended attributes, where the file system has such.</summary>
    internal ExtendedAttributes ExtendedAttributes => Backing?.ExtendedAttributes ??
        _extendedAttributes ?? LazyInitializer.EnsureInitialized(ref _extendedAttributes, () => new ExtendedAttributes(FileSystem));

    /// <summary>The extended attributes; null where there never was one.</summary>
    internal ExtendedAttributes? ExtendedAttributesIfAny => Backing is { } backing ? backing.ExtendedAttributesIfAny : Volatile.Read(ref _extendedAttributes);

    /// <summary>By which name <see cref="ExtendedAttributes"/> have an attribute.</summary>
    internal byte[] StoredAttributeName(byte[] name) => Backing is { } backing ? backing.StoredAttributeName(FileSystem.BackingAttributeName(name)) : name;

    /// <summary>The names of the extended attributes that it shows.</summary>
    internal byte[][] GetAttributeNames() =>
        Backing is { } backing ? FileSystem.ShownAttributeNames(backing.GetAttributeNames()) : ExtendedAttributesIfAny?.GetNames() ?? [];

    /// <summary>The file of another file system that has its attributes; null: they are its own.</summary>
    private protected Inode? Backing => Volatile.Read(ref _backing);

    /// <summary>Opens it. Permissions were checked.</summary>
    /// <param name="location">The name it was found by.</param>
    /// <param name="flags">The flags that stay with the description (access mode and status).</param>
    /// <param name="caller">Who opens; null in the kernel's own opens. A fifo blocks in it.</param>
    /// <returns>ENXIO where nothing can be opened here; ENOENT where the last name went away meanwhile.</returns>
    public abstract Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller);

    /// <summary>Changes attributes; permissions were checked.</summary>
    public virtual Errno Change(in AttributeChange change)
    {
        if (_backing is not null)
        {
            Errno error = PrepareChange();
            return error != Errno.None ? error : Backing!.Change(change);
        }

        using (_lock.Enter())
        {
            _mode = change.Mode is { } mode ? (_mode & FileMode.S_IFMT) | (mode & FileMode.S_IALLUGO) : _mode;
            _userId = change.UserId ?? _userId;
            _groupId = change.GroupId ?? _groupId;
            _accessTime = change.AccessTime ?? _accessTime;
            _modificationTime = change.ModificationTime ?? _modificationTime;
            _changeTime = FileSystem.Now;
            return Errno.None;
        }
    }

    /// <summary>Truncates or extends.</summary>
    /// <returns>EINVAL where the file has no length to set, EISDIR for a directory, EFBIG.</returns>
    public virtual Errno SetLength(long length) => Errno.EINVAL;

    /// <summary>To be called before attributes or content are changed: an overlay copies the file up.</summary>
    /// <returns>EROFS, ENOSPC, ENOMEM.</returns>
    internal virtual Errno PrepareChange() => Errno.None;

    /// <summary>Adds a reference; the caller holds one already.</summary>
    public void Acquire() => Interlocked.Increment(ref _references);

    /// <summary>Adds a reference unless the last one is gone: its last name was removed after it was looked up.</summary>
    public bool TryAcquire()
    {
        int count = Volatile.Read(ref _references);
        while (count > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, count + 1, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }

    /// <summary>Drops a reference; the last one disposes of the content.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            WatchesIfAny?.End(HasNoName ? InotifyMask.IN_DELETE_SELF : InotifyMask.IN_UNMOUNT);
            OnUnreferenced();
            _backing?.Release();
            FileSystem.OnInodeGone(this);
        }
    }

    /// <summary>The content was read: st_atime, by relatime's rule unless <paramref name="isStrict"/>. By a name it is <see cref="Location.MarkAccessed"/>.</summary>
    internal void MarkAccessed(bool isStrict = false)
    {
        if (_backing is not null)
        {
            if (IsBackingOwn)
            {
                Backing!.MarkAccessed(isStrict);
            }

            return;
        }

        const long Day = 86_400L * 1_000_000_000;
        long now = FileSystem.Now;
        if (isStrict || AccessTime <= ModificationTime || AccessTime <= ChangeTime || now - AccessTime >= Day)
        {
            Volatile.Write(ref _accessTime, now);
        }
    }

    /// <summary>The content was changed: st_mtime and st_ctime.</summary>
    internal void MarkModified()
    {
        using (_lock.Enter())
        {
            _modificationTime = _changeTime = FileSystem.Now;
        }
    }

    /// <summary>The content is about to be changed by way of memory: likewise, but without the lock, as an address space's is held.</summary>
    internal void MarkStored()
    {
        long now = FileSystem.Now;
        Volatile.Write(ref _modificationTime, now);
        Volatile.Write(ref _changeTime, now);
    }

    /// <summary>The attributes were changed: st_ctime.</summary>
    internal void MarkChanged()
    {
        if (_backing is not null)
        {
            Backing!.MarkChanged();
            return;
        }

        using (_lock.Enter())
        {
            _changeTime = FileSystem.Now;
        }
    }

    /// <summary>A write or truncation by a thread without CAP_FSETID takes the set-ID bits away.</summary>
    internal void DropSetIds()
    {
        using (_lock.Enter())
        {
            if ((_mode & FileMode.S_IFMT) == FileMode.S_IFREG)
            {
                uint group = (_mode & 0x8) != 0 ? FileMode.S_ISGID : 0;
                _mode &= ~(FileMode.S_ISUID | group);
            }
        }
    }

    /// <summary>Names were added or removed. The file system's lock is held; when none is left its reference is the caller's to drop.</summary>
    internal void AddLinks(int count)
    {
        using (_lock.Enter())
        {
            _linkCount = (uint)(_linkCount + count);
            _changeTime = FileSystem.Now;
        }
    }

    /// <summary>Sets the times as an archive gave them.</summary>
    internal void SetTimes(long nanoseconds)
    {
        using (_lock.Enter())
        {
            _accessTime = _modificationTime = _changeTime = nanoseconds;
        }
    }

    /// <summary>Whether its names were all removed, rather than unmounted.</summary>
    private protected virtual bool HasNoName => LinkCount == 0;

    /// <summary>Whether the file that has its attributes may be changed as it is.</summary>
    private protected virtual bool IsBackingOwn => false;

    /// <summary>Another file has its attributes from now on, which is kept; returns the one that had them, whose reference the caller takes over.</summary>
    private protected Inode ReplaceBacking(Inode backing)
    {
        backing.Acquire();
        return Interlocked.Exchange(ref _backing, backing)!;
    }

    /// <summary>The last reference is gone.</summary>
    protected virtual void OnUnreferenced()
    {
    }
}
