using System.Threading;

namespace Levitate.Floor;

/// <summary>
/// The floor's spin locks in their order: who holds one takes only later ones, and never two of a kind. What each guards
/// stands with it.
/// </summary>
internal enum LockRank
{
    /// <summary>Not held.</summary>
    None,

    /// <summary>The inside of a pthread mutex or condition.</summary>
    Synchronization,

    /// <summary>The reserved ranges of the runtime's window.</summary>
    RuntimeMemory,

    /// <summary>malloc's lists.</summary>
    Malloc,

    /// <summary>The keys of thread-specific data.</summary>
    ThreadKeys,

    /// <summary>Free kernel stacks.</summary>
    KernelStacks,

    /// <summary>Free thread structures.</summary>
    ThreadStructures,

    /// <summary>The kernel's page tables.</summary>
    KernelPageTables,

    /// <summary>The IO-APIC's registers.</summary>
    InterruptLines,

    /// <summary>The averages of the load.</summary>
    LoadAverages,

    /// <summary>A CPU's run queue and timers. Held across a switch of threads.</summary>
    RunQueue,

    /// <summary>The lists of free frames.</summary>
    Frames,

    /// <summary>The comparison of two CPUs' time-stamp counters.</summary>
    TimeStamps,

    /// <summary>The serial port.</summary>
    SerialPort,
}

/// <summary>A lock of the floor: spins with interrupts off. All zero it is free.</summary>
internal struct SpinLock
{
    /// <summary>The rank under which it is held, or 0.</summary>
    private int _held;

    /// <summary>Turns interrupts off and takes the lock.</summary>
    /// <returns>The flags to hand to <see cref="Release"/>.</returns>
    internal ulong Acquire(LockRank rank)
    {
        ulong flags = Asm.DisableInterrupts();
        AcquireRaw(rank);
        return flags;
    }

    /// <summary>Gives the lock back and restores the interrupt flag.</summary>
    internal void Release(ulong flags)
    {
        ReleaseRaw();
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Takes the lock; interrupts are already off.</summary>
    internal void AcquireRaw(LockRank rank)
    {
        if (LockChecks.AreOn)
        {
            LockChecks.Enter(rank);
        }

        while (Interlocked.CompareExchange(ref _held, (int)rank, 0) != 0)
        {
            Asm.Pause();
        }
    }

    /// <summary>Gives the lock back; interrupts stay off.</summary>
    internal void ReleaseRaw()
    {
        if (LockChecks.AreOn)
        {
            LockChecks.Leave((LockRank)_held);
        }

        Volatile.Write(ref _held, 0);
    }
}
