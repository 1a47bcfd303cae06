using System;
using System.Threading;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Files.Paths;

/// <summary>What a mount forbids, and whether reading is noted (mount(2)'s MS_ flags).</summary>
[Flags]
public enum MountOptions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>MS_RDONLY.</summary>
    ReadOnly = 1,

    /// <summary>MS_NOSUID.</summary>
    NoSetIds = 2,

    /// <summary>MS_NODEV.</summary>
    NoDevices = 4,

    /// <summary>MS_NOEXEC.</summary>
    NoExecute = 8,

    /// <summary>MS_NOATIME: reading changes no access time.</summary>
    NoAccessTime = 16,

    /// <summary>MS_NODIRATIME: nor does it a directory's.</summary>
    NoDirectoryAccessTime = 32,

    /// <summary>MS_STRICTATIME: each reading changes it. Without this and <see cref="NoAccessTime"/> it is relative (MS_RELATIME).</summary>
    StrictAccessTime = 64,

    /// <summary>MS_NOSYMFOLLOW: no symbolic link in it is followed.</summary>
    NoSymbolicLinks = 128,

    /// <summary>MS_UNBINDABLE: it is shown at no other place.</summary>
    Unbindable = 256,

    /// <summary>Which readings change access times.</summary>
    AccessTimes = NoAccessTime | NoDirectoryAccessTime | StrictAccessTime,
}

/// <summary>
/// A file system, or a part of one, in the tree of names. Counted: one reference for being in the tree, one for each open
/// file, working directory and root in it. The last one lets go of the file system.
/// </summary>
public sealed class Mount
{
    private Attachment? _attachment;
    private int _options;
    private int _references = 1;

    internal Mount(MountNamespace space, int id, FileSystem fileSystem, Dentry root, MountOptions options, Location? place, byte[] source)
    {
        Namespace = space;
        Id = id;
        FileSystem = fileSystem;
        RootName = root;
        _options = (int)options;
        Place = place;
        Source = source;
        root.Inode.Acquire();
        fileSystem.AddMount();
    }

    /// <summary>The tree that it is part of.</summary>
    public MountNamespace Namespace { get; }

    /// <summary>The number in /proc/[pid]/mountinfo.</summary>
    public int Id { get; }

    /// <summary>What is mounted.</summary>
    public FileSystem FileSystem { get; }

    /// <summary>The name in the file system that is the mount's root: the file system's own root, or what a bind mount shows.</summary>
    public Dentry RootName { get; }

    /// <summary>What is forbidden. The namespace's lock guards changes.</summary>
    public MountOptions Options
    {
        get => (MountOptions)Volatile.Read(ref _options);
        internal set => Volatile.Write(ref _options, (int)value);
    }

    /// <summary>The place that it covers; null for the root of the tree, and once it is unmounted. The namespace's lock guards changes.</summary>
    public Location? Place
    {
        get => Volatile.Read(ref _attachment)?.Place;
        internal set => Volatile.Write(ref _attachment, value is { } place ? new Attachment(place) : null);
    }

    /// <summary>The mount that it covers a place of; null for the root.</summary>
    public Mount? Parent => Place?.Mount;

    /// <summary>The source as mount(2) got it ("proc").</summary>
    public byte[] Source { get; }

    /// <summary>The root directory.</summary>
    public Location Root => new(this, RootName);

    /// <summary>Whether files of it are open, or directories of it in use.</summary>
    internal bool IsInUse => Volatile.Read(ref _references) > 1;

    /// <summary>Adds a user; the caller is one already.</summary>
    internal void Acquire() => Interlocked.Increment(ref _references);

    /// <summary>Adds a user that found it in the tree; false where it was unmounted meanwhile, and nobody uses it any more.</summary>
    internal bool TryAcquire()
    {
        int references = Volatile.Read(ref _references);
        while (references > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return true;
            }

            references = seen;
        }

        return false;
    }

    /// <summary>Drops a user, or the tree's own reference; the last one lets go of the file system.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            RootName.Inode.Release();
            FileSystem.RemoveMount();
        }
    }

    /// <summary>Immutable, so that a reader without the lock sees mount and name of one moment.</summary>
    private sealed record Attachment(Location Place);
}
