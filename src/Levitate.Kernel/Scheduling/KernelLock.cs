using System.Threading;

namespace Levitate.Kernel.Scheduling;

#pragma warning disable RS0030 // The one place where the runtime's lock is used.

/// <summary>
/// A lock above the floor: one thread holds it, and may take it again; others wait. It has a place in the order of
/// <see cref="LockOrder"/>, which <see cref="LockOrderChecks"/> watches where it is on.
/// </summary>
public readonly struct KernelLock
{
    private readonly Lock _lock = new();
    private readonly LockOrder _place;

    /// <summary>A lock that nobody holds.</summary>
    public KernelLock(LockOrder place) => _place = place;

    /// <summary>Takes the lock; dispose of the result to give it back: `using (_lock.Enter())`.</summary>
    public Scope Enter()
    {
        if (LockOrderChecks.AreOn && !_lock.IsHeldByCurrentThread)
        {
            LockOrderChecks.Enter(_place);
        }

        _lock.Enter();
        return new Scope(this);
    }

    /// <summary>Whether the calling thread holds it.</summary>
    internal bool IsHeld => _lock.IsHeldByCurrentThread;

    /// <summary>Takes a further part of a lock that has several: the first was checked for all.</summary>
    internal void EnterUnchecked() => _lock.Enter();

    /// <summary>Gives such a part back.</summary>
    internal void ExitUnchecked() => _lock.Exit();

    private void Exit()
    {
        _lock.Exit();
        if (LockOrderChecks.AreOn && !_lock.IsHeldByCurrentThread)
        {
            LockOrderChecks.Exit(_place);
        }
    }

    /// <summary>The time for which the lock is held.</summary>
    public readonly ref struct Scope
    {
        private readonly KernelLock _held;

        internal Scope(KernelLock held) => _held = held;

        /// <summary>Gives the lock back.</summary>
        public void Dispose() => _held.Exit();
    }
}
