using System;
using System.Runtime.Intrinsics.X86;
using System.Threading;

namespace Levitate.Kernel.Scheduling;

/// <summary>
/// Where those wait who found a <see cref="KernelLock"/> taken: few queues for all locks, since few are ever waited for. A lock
/// that is given back wakes the one of its own waiters that has waited longest: if it woke all, a thousand threads that end
/// at once would wake a million times. Nobody makes an object to wait with, for where thousands wait they would wait for the
/// collector instead: each thread has one from its beginning.
/// </summary>
public static class LockWaits
{
    private static readonly WaiterQueue[] s_places = CreatePlaces(64);

    [ThreadStatic]
    private static LockWaiter? t_self;

    private static int s_lastPlace;

    /// <summary>How a thread waits that was not given anything to wait with; the machine sets it as it starts.</summary>
    public static Func<LockWaiter> CreateWaiter { get; set; } = static () => new MonitorWaiter();

    /// <summary>What the calling thread waits with.</summary>
    internal static LockWaiter Self
    {
        get => t_self ??= CreateWaiter();
        set => t_self = value;
    }

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
        if (Volatile.Read(ref place) == 0)
        {
            Interlocked.CompareExchange(ref place, (Interlocked.Increment(ref s_lastPlace) & int.MaxValue) + 1, 0);
        }

        LockWaiter waiter = Self;
        WaiterQueue queue = QueueOf(place);
        while (!TryTakeOrJoin(queue, waiter, ref owner, place, self))
        {
            waiter.Sleep();
        }
    }

    /// <summary>Takes the lock; false: it is taken, and the waiter is in the queue.</summary>
    private static bool TryTakeOrJoin(WaiterQueue queue, LockWaiter waiter, ref long owner, int place, long self)
    {
        queue.Enter();
        while (true)
        {
            long seen = Volatile.Read(ref owner);
            if (seen == 0)
            {
                if (Interlocked.CompareExchange(ref owner, self, 0) == 0)
                {
                    queue.Exit();
                    return true;
                }
            }
            else if (seen < 0 || Interlocked.CompareExchange(ref owner, seen | long.MinValue, seen) == seen)
            {
                // Who gives the lock back from now on sees that it is awaited, and comes for this queue first.
                queue.Add(waiter, place);
                queue.Exit();
                return false;
            }
        }
    }

    /// <summary>Has the lock's waiter that has waited longest look again. It takes the lock with the mark that others may wait.</summary>
    internal static void WakeNext(int place)
    {
        WaiterQueue queue = QueueOf(place);
        queue.Enter();
        LockWaiter? next = queue.Take(place);
        queue.Exit();
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

    /// <summary>Those who wait for some of the locks, in the order of their coming. For who has entered it.</summary>
    private sealed class WaiterQueue
    {
        private LockWaiter? _first;
        private LockWaiter? _last;
        private int _isEntered;

        /// <summary>
        /// Waits until nobody else is in it. Who is in it only links, unlinks and looks for the first of its lock among those
        /// that wait here, but may have to leave the processor meanwhile: so the others let it run.
        /// </summary>
        internal void Enter()
        {
            for (int looks = 0; Interlocked.CompareExchange(ref _isEntered, 1, 0) != 0; looks++)
            {
                if (looks < Spins)
                {
                    Pause();
                }
                else
                {
                    Self.LetOthersRun();
                }
            }
        }

        internal void Exit() => Volatile.Write(ref _isEntered, 0);

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
