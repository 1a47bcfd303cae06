using System.Threading;

namespace Levitate.Floor;

/// <summary>A lock of the floor: spins with interrupts off. Floor locks never nest except where a lock's summary says so.</summary>
public struct SpinLock
{
    private int _held;

    /// <summary>Turns interrupts off and takes the lock.</summary>
    /// <returns>The flags to hand to <see cref="Release"/>.</returns>
    public ulong Acquire()
    {
        ulong flags = Asm.DisableInterrupts();
        AcquireRaw();
        return flags;
    }

    /// <summary>Gives the lock back and restores the interrupt flag.</summary>
    public void Release(ulong flags)
    {
        ReleaseRaw();
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Takes the lock; interrupts are already off.</summary>
    internal void AcquireRaw()
    {
        while (Interlocked.CompareExchange(ref _held, 1, 0) != 0)
        {
            Asm.Pause();
        }
    }

    /// <summary>Gives the lock back; interrupts stay off.</summary>
    internal void ReleaseRaw() => Volatile.Write(ref _held, 0);
}
