using System;
using System.Runtime.CompilerServices;

namespace Levitate.Kernel.Scheduling;

/// <summary>
/// Watches, where it is on (`lock-checks` on the kernel's command line, and in the host tests), that locks are taken in the
/// order of <see cref="LockOrder"/> and that no thread sleeps with one held. A breach is an exception with the names of both
/// locks, at the place where the second is taken: also where nobody else was there to make it a deadlock.
/// </summary>
public static class LockOrderChecks
{
    [ThreadStatic]
    private static HeldLocks t_held;

    /// <summary>Whether they are on. Set once, at the start.</summary>
    public static bool AreOn { get; set; }

    /// <summary>Called before a thread takes a lock that it does not hold: a place where the tests may hold it up.</summary>
    internal static Action? Disturbance { get; set; }

    /// <summary>The calling thread is about to take a lock.</summary>
    /// <exception cref="InvalidOperationException">It holds one that comes later in the order, or the same.</exception>
    internal static void Enter(LockOrder place)
    {
        Disturbance?.Invoke();
        Foresee(place);
        ref HeldLocks held = ref t_held;
        held.Places[held.Count++] = place;
    }

    /// <summary>The calling thread takes a lock now or, by chance, another time: a breach is one either way. To be called where the checks are on.</summary>
    /// <exception cref="InvalidOperationException">It holds one that comes later in the order, or the same.</exception>
    internal static void Foresee(LockOrder place)
    {
        ref HeldLocks held = ref t_held;
        LockOrder last = held.Count == 0 ? LockOrder.None : held.Places[held.Count - 1];
        if (place < last || (place == last && !IsNestable(place)) || held.Count == PlaceList.Length)
        {
            throw new InvalidOperationException($"lock order: {place} is taken with {last} held");
        }
    }

    /// <summary>The calling thread has given a lock back: the last that it took.</summary>
    internal static void Exit(LockOrder place)
    {
        ref HeldLocks held = ref t_held;
        if (held.Count == 0)
        {
            // It was taken before the checks were turned on.
            return;
        }

        if (held.Places[held.Count - 1] != place)
        {
            throw new InvalidOperationException($"lock order: {place} is given back, and was not the last taken");
        }

        held.Count--;
    }

    /// <summary>The calling thread is about to sleep for something to happen. To be called where the checks are on.</summary>
    /// <exception cref="InvalidOperationException">It holds a lock.</exception>
    internal static void BeforeSleep()
    {
        if (t_held.Count != 0)
        {
            throw new InvalidOperationException($"lock order: a thread sleeps with {t_held.Places[t_held.Count - 1]} held");
        }
    }

    /// <summary>Whether two of a kind may be held; their own order is said there.</summary>
    private static bool IsNestable(LockOrder place) =>
        place is LockOrder.Epoll or LockOrder.AddressSpace or LockOrder.FutexBucket or LockOrder.WaitQueue;

    private struct HeldLocks
    {
        public int Count;
        public PlaceList Places;
    }

    [InlineArray(Length)]
    private struct PlaceList
    {
        public const int Length = 16;

        private LockOrder _first;
    }
}
