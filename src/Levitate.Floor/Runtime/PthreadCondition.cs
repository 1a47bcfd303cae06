using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>pthread_cond_t: 48 bytes in glibc, of which all zero is a condition on the real-time clock.</summary>
internal unsafe struct PthreadCondition
{
    /// <summary>Guards the fields below. Order: before the scheduler's locks; never held together with a mutex's guard.</summary>
    private SpinLock _guard;
    private int _clock;
    private WaiterList _waiters;

    [RuntimeExport("pthread_cond_init")]
    internal static int Initialize(PthreadCondition* condition, int* attributes)
    {
        *condition = default;
        condition->_clock = attributes == null ? Time.CLOCK_REALTIME : *attributes;
        return 0;
    }

    [RuntimeExport("pthread_cond_destroy")]
    internal static int Destroy(PthreadCondition* condition) => 0;

    [RuntimeExport("pthread_cond_wait")]
    internal static int Wait(PthreadCondition* condition, PthreadMutex* mutex) => WaitUntil(condition, mutex, long.MaxValue);

    [RuntimeExport("pthread_cond_timedwait")]
    internal static int TimedWait(PthreadCondition* condition, PthreadMutex* mutex, TimeSpec* deadline) =>
        WaitUntil(condition, mutex, Time.ToMonotonic(condition->_clock, deadline));

    [RuntimeExport("pthread_cond_signal")]
    internal static int Signal(PthreadCondition* condition)
    {
        ulong flags = condition->_guard.Acquire(LockRank.Synchronization);
        condition->_waiters.ReleaseFirst();
        condition->_guard.Release(flags);
        return 0;
    }

    [RuntimeExport("pthread_cond_broadcast")]
    internal static int Broadcast(PthreadCondition* condition)
    {
        ulong flags = condition->_guard.Acquire(LockRank.Synchronization);
        while (condition->_waiters.ReleaseFirst() != null)
        {
        }

        condition->_guard.Release(flags);
        return 0;
    }

    /// <summary>pthread_condattr_t, 4 bytes, is the condition's clock.</summary>
    [RuntimeExport("pthread_condattr_init")]
    internal static int InitializeAttributes(int* attributes)
    {
        *attributes = Time.CLOCK_REALTIME;
        return 0;
    }

    [RuntimeExport("pthread_condattr_destroy")]
    internal static int DestroyAttributes(int* attributes) => 0;

    [RuntimeExport("pthread_condattr_setclock")]
    internal static int SetAttributesClock(int* attributes, int clock)
    {
        *attributes = clock;
        return 0;
    }

    private static int WaitUntil(PthreadCondition* condition, PthreadMutex* mutex, long deadline)
    {
        Waiter waiter = default;
        waiter.Thread = Threads.Current;
        ulong flags = condition->_guard.Acquire(LockRank.Synchronization);
        condition->_waiters.Add(&waiter);
        condition->_guard.Release(flags);
        PthreadMutex.Unlock(mutex);

        bool isInTime = true;
        while (!waiter.IsReleased && isInTime)
        {
            // Parks end early, too: the permit may be from an older wake-up that this thread no longer waited for.
            isInTime = Threads.Park(deadline);
        }

        flags = condition->_guard.Acquire(LockRank.Synchronization);
        bool isReleased = waiter.IsReleased;
        if (!isReleased)
        {
            condition->_waiters.Remove(&waiter);
        }

        condition->_guard.Release(flags);
        PthreadMutex.Lock(mutex);
        return isReleased ? 0 : CError.ETIMEDOUT;
    }
}
