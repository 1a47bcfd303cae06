using System.Collections.Generic;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>What a kernel thread needs to wait: its parker and its entries, which are made once and used again. Only its thread uses it.</summary>
/// <param name="parker">The thread's parker.</param>
/// <param name="thread">The user thread whose signals end a wait; null for a thread of the kernel's own.</param>
public sealed class Waiter(ThreadParker parker, UserThread? thread)
{
    private readonly List<SleeperEntry> _entries = [];

    /// <summary>The parker.</summary>
    public ThreadParker Parker => parker;

    /// <summary>The user thread, or null.</summary>
    public UserThread? Thread => thread;

    /// <summary>How many entries are on queues.</summary>
    internal int Count { get; private set; }

    internal void Enter(WaitQueue queue, bool exclusive)
    {
        if (Count == _entries.Count)
        {
            _entries.Add(new SleeperEntry(parker));
        }

        SleeperEntry entry = _entries[Count];
        entry.IsExclusive = exclusive;
        Count++;
        queue.Add(entry);
    }

    /// <summary>Takes the entries from the given number on off their queues.</summary>
    internal void Leave(int first, bool passOn)
    {
        while (Count > first)
        {
            SleeperEntry entry = _entries[--Count];
            entry.Queue?.Remove(entry, passOn);
        }
    }

    /// <summary>Whether a wake-up came by one of the entries from the given number on that was not acknowledged.</summary>
    internal bool IsSignaled(int first)
    {
        for (int i = first; i < Count; i++)
        {
            if (_entries[i].IsSignaled)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Says that the wake-ups so far are being looked at.</summary>
    internal void Acknowledge()
    {
        for (int i = 0; i < Count; i++)
        {
            _entries[i].IsSignaled = false;
        }
    }
}
