using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Epoll;

/// <summary>The items of an epoll that may have something to tell, in the order in which they were woken.</summary>
internal sealed class EpollReadyList
{
    /// <summary>Guards the list and the items' links. A leaf: taken under the wait queues of the files watched.</summary>
    private KernelLock _lock = new(LockOrder.EpollReadyList);
    private EpollItem? _first;
    private EpollItem? _last;

    /// <summary>Whether there is none; a moment's view.</summary>
    public bool IsEmpty => Volatile.Read(ref _first) is null;

    /// <summary>The last item.</summary>
    public EpollItem? Last
    {
        get
        {
            using (_lock.Enter())
            {
                return _last;
            }
        }
    }

    /// <summary>Adds an item that is not on it, and notes which side of its file has changed.</summary>
    public void Add(EpollItem item, EpollEvents woken)
    {
        using (_lock.Enter())
        {
            item.Woken |= woken;
            if (item.IsListed)
            {
                return;
            }

            item.IsListed = true;
            item.PreviousReady = _last;
            item.NextReady = null;
            if (_last is null)
            {
                Volatile.Write(ref _first, item);
            }
            else
            {
                _last.NextReady = item;
            }

            _last = item;
        }
    }

    /// <summary>Takes the first item off; null where there is none.</summary>
    public EpollItem? TakeFirst(out EpollEvents woken)
    {
        using (_lock.Enter())
        {
            EpollItem? item = _first;
            woken = EpollEvents.None;
            if (item is not null)
            {
                woken = item.Woken;
                Unlink(item);
            }

            return item;
        }
    }

    /// <summary>Takes an item off that may be on it.</summary>
    public void Remove(EpollItem item)
    {
        using (_lock.Enter())
        {
            if (item.IsListed)
            {
                Unlink(item);
            }
        }
    }

    private void Unlink(EpollItem item)
    {
        if (item.PreviousReady is null)
        {
            Volatile.Write(ref _first, item.NextReady);
        }
        else
        {
            item.PreviousReady.NextReady = item.NextReady;
        }

        if (item.NextReady is null)
        {
            _last = item.PreviousReady;
        }
        else
        {
            item.NextReady.PreviousReady = item.PreviousReady;
        }

        item.PreviousReady = null;
        item.NextReady = null;
        item.IsListed = false;
        item.Woken = EpollEvents.None;
    }
}
