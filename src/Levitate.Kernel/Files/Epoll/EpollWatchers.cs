using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Epoll;

/// <summary>The epoll items of an open file, which must go when it closes.</summary>
internal sealed class EpollWatchers
{
    /// <summary>Guards the list. A leaf.</summary>
    private KernelLock _lock = new(LockOrder.EpollWatchers);
    private readonly List<EpollItem> _items = [];

    /// <summary>Notes an item.</summary>
    public void Add(EpollItem item)
    {
        using (_lock.Enter())
        {
            _items.Add(item);
        }
    }

    /// <summary>Forgets an item.</summary>
    public void Remove(EpollItem item)
    {
        using (_lock.Enter())
        {
            _items.Remove(item);
        }
    }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty
    {
        get
        {
            using (_lock.Enter())
            {
                return _items.Count == 0;
            }
        }
    }

    /// <summary>The epolls that have them, one for each item.</summary>
    public EpollDescription[] Owners()
    {
        using (_lock.Enter())
        {
            return [.. _items.Select(static item => item.Owner)];
        }
    }

    /// <summary>The file's last reference is gone: takes its items out of their epolls. The caller holds no lock.</summary>
    public void Drop()
    {
        while (Last() is { } item)
        {
            item.Owner.Forget(item);
        }
    }

    private EpollItem? Last()
    {
        using (_lock.Enter())
        {
            return _items.Count > 0 ? _items[^1] : null;
        }
    }
}
