using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>pthread_mutex_t: 40 bytes in glibc, of which all zero is an unlocked mutex of the default kind.</summary>
internal unsafe struct PthreadMutex
{
    /// <summary>Guards the fields below. Order: before the scheduler's locks.</summary>
    private SpinLock _guard;
    private int _kind;
    private KernelThread* _owner;
    private WaiterList _waiters;

    /// <summary>How often a recursive mutex's owner has locked it beyond the first time.</summary>
    private int _recursion;

    private const int PTHREAD_MUTEX_RECURSIVE = 1;

    [RuntimeExport("pthread_mutex_init")]
    internal static int Initialize(PthreadMutex* mutex, int* attributes)
    {
        *mutex = default;
        mutex->_kind = attributes == null ? 0 : *attributes;
        return 0;
    }

    [RuntimeExport("pthread_mutex_destroy")]
    internal static int Destroy(PthreadMutex* mutex) => mutex->_owner == null ? 0 : CError.EBUSY;

    [RuntimeExport("pthread_mutex_lock")]
    internal static int Lock(PthreadMutex* mutex)
    {
        KernelThread* current = Threads.Current;
        ulong flags = mutex->_guard.Acquire(LockRank.Synchronization);
        if (mutex->_owner == null)
        {
            mutex->_owner = current;
            mutex->_guard.Release(flags);
            return 0;
        }

        if (mutex->_owner == current && mutex->_kind == PTHREAD_MUTEX_RECURSIVE)
        {
            mutex->_recursion++;
            mutex->_guard.Release(flags);
            return 0;
        }

        Waiter waiter = default;
        waiter.Thread = current;
        mutex->_waiters.Add(&waiter);
        mutex->_guard.Release(flags);
        while (!waiter.IsReleased)
        {
            Threads.Park(long.MaxValue);
        }

        // Who handed us the mutex may still hold the guard: see WaiterList.ReleaseFirst.
        mutex->_guard.Release(mutex->_guard.Acquire(LockRank.Synchronization));
        return 0;
    }

    [RuntimeExport("pthread_mutex_trylock")]
    internal static int TryLock(PthreadMutex* mutex)
    {
        KernelThread* current = Threads.Current;
        ulong flags = mutex->_guard.Acquire(LockRank.Synchronization);
        bool isRecursive = mutex->_owner == current && mutex->_kind == PTHREAD_MUTEX_RECURSIVE;
        bool isFree = mutex->_owner == null;
        if (isFree)
        {
            mutex->_owner = current;
        }
        else if (isRecursive)
        {
            mutex->_recursion++;
        }

        mutex->_guard.Release(flags);
        return isFree || isRecursive ? 0 : CError.EBUSY;
    }

    /// <summary>Hands the mutex to who has waited longest.</summary>
    [RuntimeExport("pthread_mutex_unlock")]
    internal static int Unlock(PthreadMutex* mutex)
    {
        ulong flags = mutex->_guard.Acquire(LockRank.Synchronization);
        if (mutex->_recursion > 0)
        {
            mutex->_recursion--;
        }
        else
        {
            mutex->_owner = mutex->_waiters.ReleaseFirst();
        }

        mutex->_guard.Release(flags);
        return 0;
    }

    /// <summary>pthread_mutexattr_t, 4 bytes, is the mutex's kind.</summary>
    [RuntimeExport("pthread_mutexattr_init")]
    internal static int InitializeAttributes(int* attributes)
    {
        *attributes = 0;
        return 0;
    }

    [RuntimeExport("pthread_mutexattr_destroy")]
    internal static int DestroyAttributes(int* attributes) => 0;

    [RuntimeExport("pthread_mutexattr_settype")]
    internal static int SetAttributesKind(int* attributes, int kind)
    {
        *attributes = kind;
        return 0;
    }

    // The unwinder guards a cache with a reader-writer lock (pthread_rwlock_t, 56 bytes). One reader at a time will do.
    [RuntimeExport("pthread_rwlock_rdlock")]
    internal static int LockForReading(PthreadMutex* mutex) => Lock(mutex);

    [RuntimeExport("pthread_rwlock_wrlock")]
    internal static int LockForWriting(PthreadMutex* mutex) => Lock(mutex);

    [RuntimeExport("pthread_rwlock_unlock")]
    internal static int UnlockReadersWriters(PthreadMutex* mutex) => Unlock(mutex);
}
