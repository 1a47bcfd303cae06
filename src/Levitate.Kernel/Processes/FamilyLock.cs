using System;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <summary>
/// Guards what processes are to each other, in parts, so that forks, ends and waits in unrelated families do not meet. A
/// process's part guards what it has of its children: their list, whether they are zombies, their exit signals, stops that
/// no wait has reported, the times of those that were waited for. Who holds all parts may also change whose child a process
/// is, its group, its session and its terminal: so who holds any part finds these at rest.
/// </summary>
/// <remarks>
/// Order: before <see cref="Process.StateLock"/> and every wait queue. Who holds one part takes no other; who holds all may
/// take any again. Never held while blocking.
/// </remarks>
public sealed class FamilyLock
{
    private const int PartCount = 32;

    private readonly KernelLock[] _parts = new KernelLock[PartCount];

    /// <summary>A lock of which nobody holds a part.</summary>
    public FamilyLock()
    {
        for (int i = 0; i < PartCount; i++)
        {
            _parts[i] = new KernelLock(LockOrder.ProcessFamily);
        }
    }

    /// <summary>Takes the part that guards a process's children.</summary>
    public KernelLock.Scope Enter(Process parent)
    {
        ArgumentNullException.ThrowIfNull(parent);
        return _parts[PartOf(parent)].Enter();
    }

    /// <summary>Takes the part of a process's parent, or its own where it has none.</summary>
    public KernelLock.Scope EnterOfParent(Process child)
    {
        ArgumentNullException.ThrowIfNull(child);
        while (true)
        {
            Process holder = child.Parent ?? child;
            KernelLock.Scope scope = Enter(holder);
            if ((child.Parent ?? child) == holder)
            {
                return scope;
            }

            // It was an orphan by the time that the part was ours.
            scope.Dispose();
        }
    }

    /// <summary>Takes all parts: for what is rare.</summary>
    public AllScope EnterAll()
    {
        if (LockOrderChecks.AreOn && _parts[0].IsHeld != _parts[^1].IsHeld)
        {
            throw new InvalidOperationException("lock order: all parts of the family lock are taken with one held");
        }

        KernelLock.Scope first = _parts[0].Enter();
        int taken = 1;
        try
        {
            for (; taken < PartCount; taken++)
            {
                _parts[taken].TakeUnchecked();
            }
        }
        catch (OutOfMemoryException)
        {
            // A thread that the machine has not prepared may find none to wait with.
            GiveBack(_parts, taken);
            first.Dispose();
            throw;
        }

        return new AllScope(_parts, first);
    }

    /// <summary>Says that the caller holds the part of a process's children, or all.</summary>
    /// <exception cref="InvalidOperationException">It does not, where locks are checked.</exception>
    internal void AssertHeld(Process parent)
    {
        if (LockOrderChecks.AreOn && !_parts[PartOf(parent)].IsHeld)
        {
            throw new InvalidOperationException($"the part of the family lock of process {parent.ProcessId} is not held");
        }
    }

    /// <summary>Says that the caller holds all parts.</summary>
    /// <exception cref="InvalidOperationException">It does not, where locks are checked.</exception>
    internal void AssertAllHeld()
    {
        if (LockOrderChecks.AreOn && !(_parts[0].IsHeld && _parts[^1].IsHeld))
        {
            throw new InvalidOperationException("not all parts of the family lock are held");
        }
    }

    private static int PartOf(Process parent) => parent.ProcessId % PartCount;

    /// <summary>Gives back all parts below a number but the first.</summary>
    private static void GiveBack(KernelLock[] parts, int end)
    {
        for (int i = end - 1; i > 0; i--)
        {
            parts[i].GiveBackUnchecked();
        }
    }

    /// <summary>The time for which all parts are held.</summary>
    public readonly ref struct AllScope
    {
        private readonly KernelLock[] _parts;
        private readonly KernelLock.Scope _first;

        internal AllScope(KernelLock[] parts, KernelLock.Scope first)
        {
            _parts = parts;
            _first = first;
        }

        /// <summary>Gives all parts back.</summary>
        public void Dispose()
        {
            GiveBack(_parts, PartCount);
            _first.Dispose();
        }
    }
}
