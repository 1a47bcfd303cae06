using System;
using System.Threading;

namespace Levitate.Kernel.Files.Paths;

/// <summary>A name in a directory: what a path walks over. A file system keeps those of its files alive for as long as they have that name.</summary>
public sealed class Dentry
{
    private Place _place;
    private volatile bool _isUnlinked;
    private volatile bool _isMountPoint;

    /// <summary>A name.</summary>
    /// <param name="parent">The directory's own name; null for a root and for what lies in no directory (a pipe).</param>
    /// <param name="name">The bytes, without '/' and NUL.</param>
    /// <param name="inode">The file.</param>
    public Dentry(Dentry? parent, byte[] name, Inode inode)
    {
        _place = new Place(parent, name);
        Inode = inode;
    }

    /// <summary>The file.</summary>
    public Inode Inode { get; }

    /// <summary>The directory that the name is in.</summary>
    public Dentry? Parent => Volatile.Read(ref _place).Parent;

    /// <summary>The name.</summary>
    public byte[] Name => Volatile.Read(ref _place).Name;

    /// <summary>Whether the name is gone from its directory: paths end in " (deleted)".</summary>
    public bool IsUnlinked => _isUnlinked;

    /// <summary>Whether something may be mounted here. Set for good by the first mount.</summary>
    public bool IsMountPoint => _isMountPoint;

    internal (Dentry? Parent, byte[] Name) CurrentPlace
    {
        get
        {
            Place place = Volatile.Read(ref _place);
            return (place.Parent, place.Name);
        }
    }

    /// <summary>Whether it is a directory's name or lies below it. The file system's lock keeps the answer true.</summary>
    internal bool IsWithin(Dentry ancestor)
    {
        for (Dentry? at = this; at is not null; at = at.Parent)
        {
            if (ReferenceEquals(at, ancestor))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>rename: parent and name change in one step. The caller holds the file system's lock.</summary>
    internal void Move(Dentry? parent, byte[] name) => Volatile.Write(ref _place, new Place(parent, name));

    /// <summary>The name was removed. The caller holds the file system's lock.</summary>
    internal void MarkUnlinked() => _isUnlinked = true;

    internal void MarkMountPoint() => _isMountPoint = true;

    /// <summary>Immutable, so that a reader without the lock sees parent and name of one moment.</summary>
    private sealed record Place(Dentry? Parent, byte[] Name);
}
