using System;
using System.Collections.Generic;
using System.Numerics;

namespace Levitate.Kernel.Signals;

/// <summary>Signals sent and not yet taken, of a thread or of a process. The process's <see cref="ProcessSignals"/> lock guards it.</summary>
internal sealed class PendingSignals
{
    private readonly List<SignalInfo> _queue = [];

    /// <summary>Which signals are pending.</summary>
    internal ulong Set { get; private set; }

    /// <summary>How many are queued.</summary>
    internal int Count => _queue.Count;

    /// <summary>Adds a signal. An ordinary one that is pending already is not queued again.</summary>
    internal void Add(in SignalInfo info)
    {
        ulong bit = SignalNumber.Bit(info.Signal);
        if (info.Signal < SignalNumber.FirstRealTime && (Set & bit) != 0)
        {
            return;
        }

        Set |= bit;
        _queue.Add(info);
    }

    /// <summary>Takes the next signal out of those in <paramref name="wanted"/>: the synchronous first, then by number, equal ones in their order.</summary>
    internal bool TryTake(ulong wanted, out SignalInfo info)
    {
        info = default;
        ulong candidates = Set & wanted;
        if (candidates == 0)
        {
            return false;
        }

        if ((candidates & SignalNumber.Synchronous) != 0)
        {
            candidates &= SignalNumber.Synchronous;
        }

        int signal = BitOperations.TrailingZeroCount(candidates) + 1;
        int index = IndexOf(signal, 0);
        info = _queue[index];
        _queue.RemoveAt(index);
        if (IndexOf(signal, index) < 0)
        {
            Set &= ~SignalNumber.Bit(signal);
        }

        return true;
    }

    /// <summary>Shows every queued signal of a set.</summary>
    internal void ForEach(ulong signals, Action<SignalInfo> show)
    {
        foreach (SignalInfo queued in _queue)
        {
            if ((SignalNumber.Bit(queued.Signal) & signals) != 0)
            {
                show(queued);
            }
        }
    }

    /// <summary>Drops all signals of a set.</summary>
    internal void Discard(ulong signals)
    {
        if ((Set & signals) != 0)
        {
            _queue.RemoveAll(queued => (SignalNumber.Bit(queued.Signal) & signals) != 0);
            Set &= ~signals;
        }
    }

    private int IndexOf(int signal, int from)
    {
        for (int i = from; i < _queue.Count; i++)
        {
            if (_queue[i].Signal == signal)
            {
                return i;
            }
        }

        return -1;
    }
}
