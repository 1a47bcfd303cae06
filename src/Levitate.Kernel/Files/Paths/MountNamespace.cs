using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Paths;

/// <summary>All mounts of a tree.</summary>
public sealed class MountNamespace
{
    /// <summary>Guards the collections below, and every mount's place and options. A leaf: mounts are released after it is.</summary>
    private KernelLock _lock = new(LockOrder.MountNamespace);
    private readonly List<Mount> _mounts = [];
    private readonly Dictionary<Location, Mount> _covering = [];
    private Mount _root;
    private int _lastId = 1;

    /// <summary>A tree whose root is a file system.</summary>
    public MountNamespace(FileSystem root, MountOptions options, byte[] source)
    {
        _root = new Mount(this, 1, root, root.Root, options, null, source);
        _mounts.Add(_root);
    }

    /// <summary>The mount of the root.</summary>
    public Mount RootMount => Volatile.Read(ref _root);

    /// <summary>The mounts in the order they were made; a snapshot.</summary>
    public IReadOnlyList<Mount> Mounts
    {
        get
        {
            using (_lock.Enter())
            {
                return _mounts.ToArray();
            }
        }
    }

    /// <summary>Mounts a file system over a directory.</summary>
    /// <returns>ENOTDIR where the place is none; EBUSY where a file system is mounted there already.</returns>
    public Result<Mount> Attach(Location place, FileSystem fileSystem, MountOptions options, byte[] source) =>
        place.Inode is DirectoryInode ? Attach(place, fileSystem, fileSystem.Root, options, source) : Errno.ENOTDIR;

    /// <summary>Shows a place at another one, too (MS_BIND); with <paramref name="recursive"/> also what is mounted below it (MS_REC).</summary>
    /// <returns>ENOTDIR where one is a directory and the other is not; EINVAL where one is not in this tree any more, or is unbindable. Such below it are left out.</returns>
    public Errno Bind(Location source, Location place, bool recursive)
    {
        if ((source.Mount.Options & MountOptions.Unbindable) != 0)
        {
            return Errno.EINVAL;
        }

        if (source.Inode is DirectoryInode != place.Inode is DirectoryInode)
        {
            return Errno.ENOTDIR;
        }

        IReadOnlyList<Mount> before = Mounts;
        if (!Attach(place, source.Mount.FileSystem, source.Dentry, source.Mount.Options, source.Mount.Source, source.Mount).TryGet(out Mount? copy, out Errno error) || !recursive)
        {
            return error;
        }

        // Parents come before what is mounted on them.
        var copies = new Dictionary<Mount, Mount> { [source.Mount] = copy };
        foreach (Mount mount in before)
        {
            if (mount.Place is { } covered && (mount.Options & MountOptions.Unbindable) == 0 && copies.TryGetValue(covered.Mount, out Mount? parent) && (covered.Mount != source.Mount || covered.Dentry.IsWithin(source.Dentry)))
            {
                if (!Attach(new Location(parent, covered.Dentry), mount.FileSystem, mount.RootName, mount.Options, mount.Source, mount).TryGet(out Mount? inner, out error))
                {
                    return error;
                }

                copies[mount] = inner;
            }
        }

        return Errno.None;
    }

    /// <summary>Changes what a mount forbids (MS_REMOUNT), but not whether it is unbindable.</summary>
    public void SetOptions(Mount mount, MountOptions options)
    {
        using (_lock.Enter())
        {
            mount.Options = options | (mount.Options & MountOptions.Unbindable);
        }
    }

    /// <summary>Says whether a mount can be shown at other places, too (MS_UNBINDABLE; MS_PRIVATE); with <paramref name="recursive"/> also of all below it (MS_REC).</summary>
    public void SetUnbindable(Mount mount, bool isUnbindable, bool recursive)
    {
        using (_lock.Enter())
        {
            foreach (Mount other in _mounts)
            {
                if (other == mount || (recursive && IsWithin(other.Root, mount)))
                {
                    other.Options = (other.Options & ~MountOptions.Unbindable) | (isUnbindable ? MountOptions.Unbindable : MountOptions.None);
                }
            }
        }
    }

    /// <summary>Moves a mount (MS_MOVE).</summary>
    /// <returns>EINVAL for the root, or what is unmounted; ELOOP into itself; ENOTDIR; EBUSY.</returns>
    public Errno Move(Mount mount, Location place)
    {
        if (mount.RootName.Inode is DirectoryInode != place.Inode is DirectoryInode)
        {
            return Errno.ENOTDIR;
        }

        using (_lock.Enter())
        {
            if (mount.Place is not { } old || !_mounts.Contains(mount) || !_mounts.Contains(place.Mount))
            {
                return Errno.EINVAL;
            }

            for (Mount? at = place.Mount; at is not null; at = at.Parent)
            {
                if (at == mount)
                {
                    return Errno.ELOOP;
                }
            }

            if (!_covering.TryAdd(place, mount))
            {
                return Errno.EBUSY;
            }

            _covering.Remove(old);
            mount.Place = place;
            place.Dentry.MarkMountPoint();
            return Errno.None;
        }
    }

    /// <summary>Takes a mount out of the tree; with <paramref name="lazily"/> also with mounts below it, and while it is in use (MNT_DETACH).</summary>
    /// <returns>EINVAL where it is out already, or the root; EBUSY.</returns>
    public Errno Detach(Mount mount, bool lazily)
    {
        var detached = new List<Mount>();
        using (_lock.Enter())
        {
            if (mount.Place is null || !_mounts.Contains(mount))
            {
                return Errno.EINVAL;
            }

            detached.Add(mount);
            for (int i = 0; i < detached.Count; i++)
            {
                detached.AddRange(_mounts.FindAll(other => other.Parent == detached[i]));
            }

            if (!lazily && (detached.Count > 1 || mount.IsInUse))
            {
                return Errno.EBUSY;
            }

            foreach (Mount one in detached)
            {
                _covering.Remove(one.Place!.Value);
                _mounts.Remove(one);
            }

            // What is below keeps its place, so that paths in it still make sense to those who use it.
            mount.Place = null;
        }

        detached.ForEach(static one => one.Release());
        return Errno.None;
    }

    /// <summary>Puts a mount where another one is, the tree's root or the root of a chroot, and shows that one at a place in it (pivot_root(2)).</summary>
    /// <returns>EINVAL where one is not in the tree, the new one is not below the old one, or the place is not in it.</returns>
    public Errno Pivot(Mount old, Mount mount, Location putOld)
    {
        using (_lock.Enter())
        {
            if (mount.Place is not { } place || old == mount || !_mounts.Contains(mount) || !_mounts.Contains(old)
                || !IsWithin(putOld, mount) || !IsWithin(place, old))
            {
                return Errno.EINVAL;
            }

            _covering.Remove(place);
            mount.Place = old.Place;
            if (old.Place is { } former)
            {
                _covering[former] = mount;
            }
            else
            {
                Volatile.Write(ref _root, mount);
            }

            _covering[putOld] = old;
            old.Place = putOld;
            putOld.Dentry.MarkMountPoint();
            return Errno.None;
        }
    }

    /// <summary>The root of what is mounted at a place, or the place itself.</summary>
    internal Location Cross(Location place)
    {
        while (place.Dentry.IsMountPoint)
        {
            using (_lock.Enter())
            {
                if (!_covering.TryGetValue(place, out Mount? mount))
                {
                    return place;
                }

                place = mount.Root;
            }
        }

        return place;
    }

    private Result<Mount> Attach(Location place, FileSystem fileSystem, Dentry root, MountOptions options, byte[] source, Mount? shown = null)
    {
        using (_lock.Enter())
        {
            // What is shown is in the tree, so its file system cannot go away meanwhile.
            if (!_mounts.Contains(place.Mount) || (shown is not null && !_mounts.Contains(shown)))
            {
                return Errno.EINVAL;
            }

            if (_covering.ContainsKey(place))
            {
                return Errno.EBUSY;
            }

            var mount = new Mount(this, ++_lastId, fileSystem, root, options, place, source);
            _covering.Add(place, mount);
            _mounts.Add(mount);
            place.Dentry.MarkMountPoint();
            return mount;
        }
    }

    private static bool IsWithin(Location place, Mount mount)
    {
        for (Location? at = place; at is { } here; at = here.Mount.Place)
        {
            if (here.Mount == mount)
            {
                return true;
            }
        }

        return false;
    }
}
