using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Levitate.Kernel.Scheduling;

/// <summary>
/// A lock above the floor: one thread holds it, and may take it again; others wait. It has a place in the order of
/// <see cref="LockOrder"/>, which <see cref="LockOrderChecks"/> watches where it is on. It lies within the object that it
/// guards, so that a lock costs no object of its own; take it by <see cref="KernelLocks.Enter"/>, which a field that
/// is readonly, or the value of a property, does not compile with.
/// </summary>
/// <param name="place">Its place in the order.</param>
public struct KernelLock(LockOrder place)
{
    /// <summary>Set in <see cref="_owner"/>: somebody may be waiting.</summary>
    private const long Awaited = long.MinValue;

    /// <summary>The calling thread's number, which no other ever has; 0 until it has taken a lock.</summary>
    [ThreadStatic]
    private static long t_self;

    private static long s_lastThread;

    private readonly LockOrder _place = place;

    /// <summary>How many times more the owner has taken it. Only the owner touches it.</summary>
    private ushort _depth;

    /// <summary>By which number its waiters are known; 0 until there is one.</summary>
    private int _waitingPlace;

    /// <summary>The number of the thread that holds it, or 0; and <see cref="Awaited"/>.</summary>
    private long _owner;

    /// <summary>Makes all that the calling thread needs for locks, so that to take one, or to wait for it, takes no memory after.</summary>
    /// <param name="waiter">What it is to wait with.</param>
    /// <exception cref="OutOfMemoryException">There is none for it.</exception>
    public static void PrepareThread(LockWaiter waiter)
    {
        LockWaits.Self = waiter;
        PrepareThread();
    }

    private static void PrepareThread()
    {
        if (t_self == 0)
        {
            t_self = Interlocked.Increment(ref s_lastThread);
        }
    }

    /// <summary>Whether the calling thread holds it.</summary>
    internal readonly bool IsHeld => (Volatile.Read(in _owner) & ~Awaited) == t_self && t_self != 0;

    // The two that follow are all that a lock costs where nobody else wants it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Take()
    {
        long self = t_self;
        if (self == 0 || LockOrderChecks.AreOn || Interlocked.CompareExchange(ref _owner, self, 0) != 0)
        {
            TakeSlowly();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void GiveBack()
    {
        if (_depth != 0 || LockOrderChecks.AreOn)
        {
            GiveBackSlowly();
        }
        else if (Interlocked.Exchange(ref _owner, 0) < 0)
        {
            LockWaits.WakeNext(_waitingPlace);
        }
    }

    /// <summary>Takes a further part of a lock that has several: the first was checked for all.</summary>
    internal void TakeUnchecked()
    {
        PrepareThread();
        if (IsHeld)
        {
            _depth = checked((ushort)(_depth + 1));
            return;
        }

        long self = t_self;
        for (int i = 0; i <= LockWaits.Spins; i++)
        {
            if (Volatile.Read(ref _owner) == 0 && Interlocked.CompareExchange(ref _owner, self, 0) == 0)
            {
                return;
            }

            LockWaits.Pause();
        }

        LockWaits.Wait(ref _owner, ref _waitingPlace, self | Awaited);
    }

    /// <summary>Gives such a part back.</summary>
    internal void GiveBackUnchecked()
    {
        if (_depth != 0)
        {
            _depth--;
        }
        else if (Interlocked.Exchange(ref _owner, 0) < 0)
        {
            LockWaits.WakeNext(_waitingPlace);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeSlowly()
    {
        if (LockOrderChecks.AreOn && !IsHeld)
        {
            LockOrderChecks.Enter(_place);
        }

        TakeUnchecked();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveBackSlowly()
    {
        bool isLast = _depth == 0;
        GiveBackUnchecked();
        if (isLast && LockOrderChecks.AreOn)
        {
            LockOrderChecks.Exit(_place);
        }
    }

    /// <summary>The time for which the lock is held.</summary>
    public readonly ref struct Scope
    {
        private readonly ref KernelLock _held;

        internal Scope(ref KernelLock held) => _held = ref held;

        /// <summary>Gives the lock back.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => _held.GiveBack();
    }
}

/// <summary>Taking a <see cref="KernelLock"/>.</summary>
public static class KernelLocks
{
    /// <summary>Takes the lock; dispose of the result to give it back: `using (_lock.Enter())`.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KernelLock.Scope Enter(this ref KernelLock held)
    {
        held.Take();
        return new KernelLock.Scope(ref held);
    }
}
