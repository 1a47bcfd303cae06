using System;
using System.Runtime.Intrinsics.X86;
using System.Threading;

namespace Levitate.Kernel.Scheduling;

/// <summary>
/// Where those wait who found a <see cref="KernelLock"/> taken: few queues for all locks, since few are ever waited for. A lock
/// that is given back wakes the one of its own waiters that has waited longest: if it woke all, a thousand threads that end
/// at once would wake a million times.
/// </summary>
internal static class LockWaits
{
    private static readonly WaiterQueue[] s_places = CreatePlaces(64);

    [ThreadStatic]
    private static LockWaiter? t_self;

    private static int s_lastPlace;

    /// <summary>For tests in which threads take turns: lets another one run instead of waiting; false: this thread takes no turns.</summary>
    internal static Func<bool>? LetOthersRun { get; set; }

    /// <summary>How often a lock that is taken is looked at before its holder is slept for; on one processor the holder does not run meanwhile.</summary>
    internal static readonly int Spins = Environment.ProcessorCount > 1 ? 100 : 0;

    /// <summary>Lets a moment pass.</summary>
    internal static void Pause()
    {
        if (X86Base.IsSupported)
        {
            X86Base.Pause();
        }
    }

    /// <summary>Waits until the lock is free, and takes it.</summary>
    /// <param name="owner">Its owner; negative while somebody may be waiting.</param>
    /// <param name="place">The lock's number, by which its waiters are known; 0 until there was one.</param>
    /// <param name="self">What the owner is to become: negative, since others may be waiting, too.</param>
    internal static void Wait(ref long owner, ref int place, long self)
    {
        while (LetOthersRun is { } letOthersRun && letOthersRun())
        {
            if (Interlocked.CompareExchange(ref owner, self, 0) == 0)
            {
                return;
            }
        }

        if (Volatile.Read(ref place) == 0)
        {
            Interlocked.CompareExchange(ref place, (Interlocked.Increment(ref s_lastPlace) & int.MaxValue) + 1, 0);
        }

        LockWaiter waiter = t_self ??= new LockWaiter();
        WaiterQueue queue = QueueOf(place);
        while (true)
        {
            lock (queue)
            {
                while (true)
                {
                    long seen = Volatile.Read(ref owner);
                    if (seen == 0)
                    {
                        if (Interlocked.CompareExchange(ref owner, self, 0) == 0)
                        {
                            return;
                        }
                    }
                    else if (seen < 0 || Interlocked.CompareExchange(ref owner, seen | long.MinValue, seen) == seen)
                    {
                        // Who gives the lock back from now on sees that it is awaited, and comes for this queue first.
                        queue.Add(waiter, place);
                        break;
                    }
                }
            }

            waiter.Sleep();
        }
    }

    /// <summary>Has the lock's waiter that has waited longest look again. It takes the lock with the mark that others may wait.</summary>
    internal static void WakeNext(int place)
    {
        LockWaiter? next;
        WaiterQueue queue = QueueOf(place);
        lock (queue)
        {
            next = queue.Take(place);
        }

        next?.Wake();
    }

    private static WaiterQueue QueueOf(int place) => s_places[(uint)place % (uint)s_places.Length];

    private static WaiterQueue[] CreatePlaces(int count)
    {
        var places = new WaiterQueue[count];
        for (int i = 0; i < count; i++)
        {
            places[i] = new WaiterQueue();
        }

        return places;
    }

    /// <summary>A thread that waits, for one lock at a time.</summary>
    private sealed class LockWaiter
    {
        private bool _isWoken;

        internal LockWaiter? Next { get; set; }

        internal int Place { get; set; }

        internal void Sleep()
        {
            lock (this)
            {
                while (!_isWoken)
                {
                    Monitor.Wait(this);
                }

                _isWoken = false;
            }
        }

        internal void Wake()
        {
            lock (this)
            {
                _isWoken = true;
                Monitor.Pulse(this);
            }
        }
    }

    /// <summary>Those who wait for some of the locks, in the order of their coming. Its own monitor guards it.</summary>
    private sealed class WaiterQueue
    {
        private LockWaiter? _first;
        private LockWaiter? _last;

        internal void Add(LockWaiter waiter, int place)
        {
            waiter.Place = place;
            waiter.Next = null;
            if (_last is null)
            {
                _first = waiter;
            }
            else
            {
                _last.Next = waiter;
            }

            _last = waiter;
        }

        /// <summary>Takes the first who waits for a lock out; null: nobody does.</summary>
        internal LockWaiter? Take(int place)
        {
            LockWaiter? before = null;
            LockWaiter? at = _first;
            while (at is not null && at.Place != place)
            {
                before = at;
                at = at.Next;
            }

            if (at is null)
            {
                return null;
            }

            if (before is null)
            {
                _first = at.Next;
            }
            else
            {
                before.Next = at.Next;
            }

            _last = _last == at ? before : _last;
            at.Next = null;
            return at;
        }
    }
}
