using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.Files.Epoll;

/// <summary>A set of watched files, of which those that have changed are on a list: asking it costs what there is to tell.</summary>
/// <remarks>Linux: epoll(7).</remarks>
internal sealed class EpollDescription(Location location, OpenFlags flags) : FileDescription(location, flags)
{
    /// <summary>How many items fdinfo tells of before it lets go of the lock.</summary>
    private const int ItemsAtOnce = 128;

    /// <summary>
    /// Guards the items and their interest, over a whole harvest. Order: an epoll's before that of an epoll that it watches,
    /// both before the locks of files and the wait queues. Never held while waiting; user memory is written under it.
    /// </summary>
    private KernelLock _lock = new(LockOrder.Epoll);
    private readonly Dictionary<(FileDescription File, int Descriptor), EpollItem> _items = [];

    /// <summary>The items in the order in which they came, for who looks at some at a time.</summary>
    private readonly NumberedList<EpollItem> _inOrder = new();
    private readonly EpollReadyList _ready = new();

    /// <summary>Those in epoll_wait.</summary>
    private readonly WaitQueue _waiters = new();

    /// <summary>Those who watch this epoll itself: poll, select, other epolls.</summary>
    private readonly WaitQueue _pollers = new();

    /// <inheritdoc/>
    public override WaitQueue? ReadQueue => _pollers;

    /// <inheritdoc/>
    public override PollEvents GetReadiness(UserThread caller)
    {
        if (_ready.IsEmpty)
        {
            return PollEvents.None;
        }

        using (_lock.Enter())
        {
            EpollItem? last = _ready.Last;
            while (_ready.TakeFirst(out EpollEvents woken) is { } item)
            {
                if (item.Look(caller, woken) != EpollEvents.None)
                {
                    _ready.Add(item, woken);
                    return PollEvents.Readable;
                }

                if (item == last)
                {
                    break;
                }
            }

            return PollEvents.None;
        }
    }

    /// <summary>Begins to watch a file.</summary>
    /// <returns>EEXIST; ELOOP where epolls would watch each other in a circle, or too deep; EINVAL where too many ways would lead from a file up to them.</returns>
    public Errno Add(UserThread caller, FileDescription file, int descriptor, in EpollEvent interest)
    {
        var inner = file as EpollDescription;
        if (inner is null && !file.IsWatchedByEpoll && !IsWatchedByEpoll)
        {
            return Insert(caller, file, descriptor, interest);
        }

        // One at a time, so that no two that are fine alone make a circle together.
        using (caller.Kernel.Files.EpollNesting.Enter())
        {
            if (inner is not null && !EpollNesting.MayWatch(this, inner))
            {
                return Errno.ELOOP;
            }

            Errno error = Insert(caller, file, descriptor, interest);
            if (error == Errno.None && !EpollNesting.HasFewPaths(file))
            {
                Remove(file, descriptor);
                return Errno.EINVAL;
            }

            return error;
        }
    }

    /// <summary>Changes what is asked of a file.</summary>
    /// <returns>ENOENT; EINVAL for an item with EPOLLEXCLUSIVE.</returns>
    public Errno Modify(UserThread caller, FileDescription file, int descriptor, in EpollEvent interest)
    {
        using (_lock.Enter())
        {
            if (!_items.TryGetValue((file, descriptor), out EpollItem? item))
            {
                return Errno.ENOENT;
            }

            if ((item.Interest.Events & EpollEvents.EPOLLEXCLUSIVE) != 0)
            {
                return Errno.EINVAL;
            }

            item.Interest = interest;
            ListIfReady(caller, item);
        }

        WakeIfReady();
        return Errno.None;
    }

    /// <summary>No longer watches a file.</summary>
    /// <returns>ENOENT.</returns>
    public Errno Remove(FileDescription file, int descriptor)
    {
        using (_lock.Enter())
        {
            if (!_items.TryGetValue((file, descriptor), out EpollItem? item))
            {
                return Errno.ENOENT;
            }

            Unwatch(item);
            return Errno.None;
        }
    }

    /// <summary>Stores what there is to tell; waits where that is nothing.</summary>
    /// <returns>How many events; 0 past the deadline; EINTR, EFAULT.</returns>
    public Result<int> Wait(UserThread caller, UserAddress events, int maximum, PollTimeout timeout)
    {
        Result<int> harvest = Harvest(caller, events, maximum);
        return timeout.IsZero || !harvest.Succeeded || harvest.Value > 0 ? harvest : Await(caller, events, maximum, timeout);
    }

    private Result<int> Await(UserThread caller, UserAddress events, int maximum, PollTimeout timeout)
    {
        using var wait = new WaitScope(caller);
        wait.Add(_waiters, exclusive: true);
        while (true)
        {
            Result<int> harvest = Harvest(caller, events, maximum);
            if (!harvest.Succeeded || harvest.Value > 0)
            {
                return harvest;
            }

            Errno error = wait.Sleep(timeout.Deadline);
            if (error != Errno.None)
            {
                return error == Errno.ETIMEDOUT ? Harvest(caller, events, maximum) : Errno.EINTR;
            }
        }
    }

    /// <summary>A watched file has changed. Called under the lock of the file's wait queue.</summary>
    /// <returns>Whether someone waits in epoll_wait, so that an exclusive wake-up is used.</returns>
    internal bool Signal(EpollItem item, EpollEvents side)
    {
        if (!item.IsEnabled)
        {
            return false;
        }

        _ready.Add(item, side);
        bool isUsed = _waiters.HasWaiters;
        _waiters.WakeOne();
        _pollers.WakeAll();
        return isUsed;
    }

    /// <summary>A watched file was closed.</summary>
    internal void Forget(EpollItem item)
    {
        using (_lock.Enter())
        {
            if (_items.GetValueOrDefault((item.File, item.Descriptor)) == item)
            {
                Unwatch(item);
            }
        }
    }

    /// <inheritdoc/>
    protected override void OnClosed()
    {
        using (_lock.Enter())
        {
            foreach (EpollItem item in _items.Values)
            {
                Leave(item);
            }

            _items.Clear();
            _inOrder.Clear();
        }
    }

    /// <inheritdoc/>
    internal override ulong WriteDetails(ProcText text, ulong place)
    {
        var items = new List<(int Descriptor, EpollEvent Interest, long Position, Inode Inode)>(ItemsAtOnce);
        using (_lock.Enter())
        {
            // The file is there: its closing takes the item away, under this lock.
            for (; items.Count < ItemsAtOnce && _inOrder.From(ref place) is { } item; place++)
            {
                items.Add((item.Descriptor, item.Interest, item.File.Position, item.File.Inode));
            }
        }

        foreach ((int descriptor, EpollEvent interest, long position, Inode inode) in items)
        {
            text.Add($"tfd: {descriptor,8} events: {(uint)interest.Events,8:x} data: {interest.Data,16:x}  ");
            text.AddLine($"pos:{position} ino:{inode.Number:x} sdev:{inode.FileSystem.Device.KernelValue:x}");
        }

        return items.Count == ItemsAtOnce ? place : 0;
    }

    private Errno Insert(UserThread caller, FileDescription file, int descriptor, in EpollEvent interest)
    {
        using (_lock.Enter())
        {
            var item = new EpollItem(this, file, descriptor, interest);
            if (!_items.TryAdd((file, descriptor), item))
            {
                return Errno.EEXIST;
            }

            item.Number = _inOrder.Add(item);
            file.Watchers.Add(item);
            item.Enter(caller);
            ListIfReady(caller, item);
        }

        WakeIfReady();
        return Errno.None;
    }

    /// <summary>Stores the events of the items that are ready at the start, each once.</summary>
    private Result<int> Harvest(UserThread caller, UserAddress events, int maximum)
    {
        if (_ready.IsEmpty)
        {
            return 0;
        }

        int count = 0;
        using (_lock.Enter())
        {
            EpollItem? last = _ready.Last;
            while (last is not null && count < maximum && _ready.TakeFirst(out EpollEvents woken) is { } item)
            {
                EpollEvents found = item.Look(caller, woken);
                if (found != EpollEvents.None)
                {
                    if (caller.Memory.Write(events + (ulong)(count * EpollEvent.Size), new EpollEvent(found, item.Interest.Data)) != Errno.None)
                    {
                        _ready.Add(item, woken);
                        return count > 0 ? count : Errno.EFAULT;
                    }

                    count++;
                    Told(item);
                }

                if (item == last)
                {
                    break;
                }
            }
        }

        // What is left, or level-triggered, is for the next who waits.
        if (!_ready.IsEmpty)
        {
            _waiters.WakeOne();
        }

        return count;
    }

    private void Told(EpollItem item)
    {
        if ((item.Interest.Events & EpollEvents.EPOLLONESHOT) != 0)
        {
            item.Interest = item.Interest with { Events = item.Interest.Events & EpollEvents.Manner };
        }
        else if ((item.Interest.Events & EpollEvents.EPOLLET) == 0)
        {
            _ready.Add(item, EpollEvents.Reading | EpollEvents.Writing);
        }
    }

    private void ListIfReady(UserThread caller, EpollItem item)
    {
        const EpollEvents BothSides = EpollEvents.Reading | EpollEvents.Writing;
        if (item.Look(caller, BothSides) != EpollEvents.None)
        {
            _ready.Add(item, BothSides);
        }
    }

    private void WakeIfReady()
    {
        if (!_ready.IsEmpty)
        {
            _waiters.WakeOne();
            _pollers.WakeAll();
        }
    }

    private void Unwatch(EpollItem item)
    {
        _items.Remove((item.File, item.Descriptor));
        _inOrder.Remove(item.Number);
        Leave(item);
    }

    private void Leave(EpollItem item)
    {
        item.Leave();
        item.File.Watchers.Remove(item);
        _ready.Remove(item);
    }

    /// <summary>The files that it watches just now, one for each item, without a reference.</summary>
    internal List<FileDescription> WatchedFiles()
    {
        var files = new List<FileDescription>();
        using (_lock.Enter())
        {
            foreach (EpollItem item in _items.Values)
            {
                files.Add(item.File);
            }
        }

        return files;
    }
}
