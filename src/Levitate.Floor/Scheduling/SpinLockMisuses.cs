namespace Levitate.Floor;

/// <summary>What <see cref="LockChecks"/> is to notice, done with locks that guard nothing: for the tests that it does.</summary>
public static class SpinLockMisuses
{
    /// <summary>Takes a lock with interrupts on.</summary>
    public static void TakeWithInterruptsOn()
    {
        SpinLock nothing = default;
        nothing.AcquireRaw(LockRank.TimeStamps);
        nothing.ReleaseRaw();
    }

    /// <summary>Takes a lock under a later one.</summary>
    public static void Invert()
    {
        SpinLock later = default, earlier = default;
        ulong flags = later.Acquire(LockRank.TimeStamps);
        earlier.AcquireRaw(LockRank.Frames);
        earlier.ReleaseRaw();
        later.Release(flags);
    }

    /// <summary>Lets others run while a lock is held.</summary>
    public static void Sleep()
    {
        SpinLock nothing = default;
        ulong flags = nothing.Acquire(LockRank.TimeStamps);
        Threads.Yield();
        nothing.Release(flags);
    }
}
