using System;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Inotify;

/// <summary>A file that a watcher watches. The watcher's lock guards its mask.</summary>
internal sealed class InotifyWatch(InotifyDescription watcher, Inode inode, int number, InotifyMask mask)
{
    /// <summary>Who watches.</summary>
    public InotifyDescription Watcher { get; } = watcher;

    /// <summary>What; the watch keeps no reference, so that it learns of the file's end.</summary>
    public Inode Inode { get; } = inode;

    /// <summary>The number that events have.</summary>
    public int Number { get; } = number;

    /// <summary>What events are wanted, and how.</summary>
    public InotifyMask Mask { get; set; } = mask;
}

/// <summary>Those who watch a file.</summary>
internal sealed class InodeWatches(FileSystem fileSystem)
{
    /// <summary>Guards changes of the list. Order: after a watcher's lock.</summary>
    private KernelLock _lock = new(LockOrder.InodeWatches);
    private InotifyWatch[] _watches = [];
    private bool _isGone;

    /// <summary>Adds a watch; false where the file is gone.</summary>
    public bool TryAdd(InotifyWatch watch)
    {
        using (_lock.Enter())
        {
            if (_isGone)
            {
                return false;
            }

            Volatile.Write(ref _watches, [.. _watches, watch]);
        }

        fileSystem.AddWatches(1);
        return true;
    }

    /// <summary>Takes a watch out, if it is in.</summary>
    public void Remove(InotifyWatch watch)
    {
        using (_lock.Enter())
        {
            int index = Array.IndexOf(_watches, watch);
            if (index < 0)
            {
                return;
            }

            Volatile.Write(ref _watches, [.. _watches[..index], .. _watches[(index + 1)..]]);
        }

        fileSystem.AddWatches(-1);
    }

    /// <summary>Tells all of them.</summary>
    public void Report(InotifyMask what, uint cookie, byte[]? name, bool isUnlinked)
    {
        foreach (InotifyWatch watch in Volatile.Read(ref _watches))
        {
            watch.Watcher.Tell(watch, what, cookie, name, isUnlinked);
        }
    }

    /// <summary>The file is gone, or its file system.</summary>
    public void End(InotifyMask why)
    {
        InotifyWatch[] watches;
        using (_lock.Enter())
        {
            watches = _watches;
            _isGone = true;
        }

        foreach (InotifyWatch watch in watches)
        {
            watch.Watcher.Tell(watch, why, 0, null, isUnlinked: false);
            watch.Watcher.Drop(watch);
        }
    }
}
