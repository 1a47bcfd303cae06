using System.Runtime.CompilerServices;
using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Scheduling;

/// <summary>
/// Those who wait for something to change: readers of a pipe, a parent for its children, pollers. Waiting is done
/// through <see cref="WaitScope"/>: enqueue first, then look at the condition, then sleep; a wake-up that comes
/// between the look and the sleep leaves a permit with the thread's parker, so none is lost. Nothing here allocates.
/// </summary>
public sealed class WaitQueue(LockOrder place = LockOrder.WaitQueue)
{
    /// <summary>
    /// Guards the list and the entries' links. Order: after every lock of a subsystem (a waker may hold its own), before
    /// only the queues that an entry forwards to. Never held while blocking.
    /// </summary>
    private KernelLock _lock = new(place);

    private WaitEntry? _first;
    private WaitEntry? _last;

    /// <summary>Whether anyone waits; a moment's view.</summary>
    public bool HasWaiters
    {
        get
        {
            // The condition that the caller has just changed must be visible before we look whether someone waits for it.
            Interlocked.MemoryBarrier();
            return Volatile.Read(ref _first) is not null;
        }
    }

    /// <summary>Wakes everyone. Any thread; never blocks. The condition must have been changed before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WakeAll()
    {
        if (HasWaiters)
        {
            WakeAllWaiters();
        }
    }

    /// <summary>Wakes the one that has waited longest and was not yet woken; everyone who only watches (a poller) too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WakeOne()
    {
        if (HasWaiters)
        {
            WakeOneWaiter();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WakeAllWaiters()
    {
        using (_lock.Enter())
        {
            for (WaitEntry? entry = _first; entry is not null; entry = entry.Next)
            {
                entry.IsSignaled = true;
                entry.OnWake();
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WakeOneWaiter()
    {
        using (_lock.Enter())
        {
            bool woken = false;
            for (WaitEntry? entry = _first; entry is not null; entry = entry.Next)
            {
                if (entry.IsExclusive && (woken || entry.IsSignaled))
                {
                    continue;
                }

                entry.IsSignaled = true;
                woken |= entry.OnWake() && entry.IsExclusive;
            }
        }
    }

    /// <summary>Wakes this queue whenever the channel's state may have changed, for as long as both live.</summary>
    public void WakeOnChange(IByteChannel channel) => channel.Changed += WakeAll;

    /// <summary>Adds an entry that is on no queue.</summary>
    internal void Add(WaitEntry entry)
    {
        using (_lock.Enter())
        {
            entry.Queue = this;
            entry.IsSignaled = false;
            entry.Previous = _last;
            entry.Next = null;
            if (_last is null)
            {
                // Published with a full fence by the lock's release; see HasWaiters.
                _first = entry;
            }
            else
            {
                _last.Next = entry;
            }

            _last = entry;
        }
    }

    /// <summary>Takes an entry off.</summary>
    /// <param name="entry">An entry of this queue.</param>
    /// <param name="passOn">Whether the entry did not use the wake-up that it may have got, so that it goes to the next.</param>
    internal void Remove(WaitEntry entry, bool passOn)
    {
        bool unused;
        using (_lock.Enter())
        {
            if (entry.Previous is null)
            {
                _first = entry.Next;
            }
            else
            {
                entry.Previous.Next = entry.Next;
            }

            if (entry.Next is null)
            {
                _last = entry.Previous;
            }
            else
            {
                entry.Next.Previous = entry.Previous;
            }

            entry.Queue = null;
            entry.Next = null;
            entry.Previous = null;
            unused = entry.IsSignaled && entry.IsExclusive;
        }

        if (unused && passOn)
        {
            WakeOne();
        }
    }
}
