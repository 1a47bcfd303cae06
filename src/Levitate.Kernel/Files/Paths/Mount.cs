using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Files.Paths;

/// <summary>What a mount forbids (mount(2)'s MS_ flags).</summary>
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
}

/// <summary>A file system in the tree of names.</summary>
public sealed class Mount
{
    internal Mount(MountNamespace space, int id, FileSystem fileSystem, MountOptions options, Mount? parent, Dentry? mountPoint, byte[] source)
    {
        Namespace = space;
        Id = id;
        FileSystem = fileSystem;
        Options = options;
        Parent = parent;
        MountPoint = mountPoint;
        Source = source;
    }

    /// <summary>The tree that it is part of.</summary>
    public MountNamespace Namespace { get; }

    /// <summary>The number in /proc/[pid]/mountinfo.</summary>
    public int Id { get; }

    /// <summary>What is mounted.</summary>
    public FileSystem FileSystem { get; }

    /// <summary>What is forbidden.</summary>
    public MountOptions Options { get; }

    /// <summary>The mount that it covers a directory of; null for the root.</summary>
    public Mount? Parent { get; }

    /// <summary>The directory of <see cref="Parent"/> that it covers.</summary>
    public Dentry? MountPoint { get; }

    /// <summary>The source as mount(2) got it ("proc").</summary>
    public byte[] Source { get; }

    /// <summary>The root directory.</summary>
    public Location Root => new(this, FileSystem.Root);
}

/// <summary>All mounts of a tree.</summary>
public sealed class MountNamespace
{
    /// <summary>Guards the collections below. A leaf: nothing is called while it is held.</summary>
    private readonly Lock _lock = new();
    private readonly List<Mount> _mounts = [];
    private readonly Dictionary<(Mount, Dentry), Mount> _covering = [];

    /// <summary>A tree whose root is a file system.</summary>
    public MountNamespace(FileSystem root, MountOptions options, byte[] source)
    {
        RootMount = new Mount(this, 1, root, options, null, null, source);
        _mounts.Add(RootMount);
    }

    /// <summary>The mount of the root.</summary>
    public Mount RootMount { get; }

    /// <summary>The mounts in the order they were made; a snapshot.</summary>
    public IReadOnlyList<Mount> Mounts
    {
        get
        {
            lock (_lock)
            {
                return _mounts.ToArray();
            }
        }
    }

    /// <summary>Mounts over a directory.</summary>
    /// <returns>ENOTDIR where the place is none; EBUSY where a file system is mounted there already.</returns>
    public Result<Mount> Attach(Location place, FileSystem fileSystem, MountOptions options, byte[] source)
    {
        if (place.Inode is not DirectoryInode)
        {
            return Errno.ENOTDIR;
        }

        lock (_lock)
        {
            var mount = new Mount(this, _mounts.Count + 1, fileSystem, options, place.Mount, place.Dentry, source);
            if (!_covering.TryAdd((place.Mount, place.Dentry), mount))
            {
                return Errno.EBUSY;
            }

            _mounts.Add(mount);
            place.Dentry.MarkMountPoint();
            return mount;
        }
    }

    /// <summary>The root of what is mounted at a place, or the place itself.</summary>
    internal Location Cross(Location place)
    {
        while (place.Dentry.IsMountPoint)
        {
            lock (_lock)
            {
                if (!_covering.TryGetValue((place.Mount, place.Dentry), out Mount? mount))
                {
                    return place;
                }

                place = mount.Root;
            }
        }

        return place;
    }
}
