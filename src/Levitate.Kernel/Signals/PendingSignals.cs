using System;
using System.Collections.Generic;
using System.Numerics;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Signals;

/// <summary>Signals sent and not yet taken, of a thread or of a process. The process's <see cref="ProcessSignals"/> lock guards it.</summary>
internal sealed class PendingSignals
{
    private readonly List<QueuedSignal> _queue = [];
    private bool _isClosed;

    /// <summary>Which signals are pending.</summary>
    internal ulong Set { get; private set; }

    /// <summary>How many are queued with their information.</summary>
    internal int Count => _queue.Count;

    /// <summary>Adds a signal. An ordinary one that is pending already is not queued again.</summary>
    /// <param name="info">The signal.</param>
    /// <param name="account">Whose queued signals it is counted among until it is taken or dropped; null: nobody's.</param>
    internal void Add(in SignalInfo info, UserAccount? account)
    {
        ulong bit = SignalNumber.Bit(info.Signal);
        if (_isClosed || (info.Signal < SignalNumber.FirstRealTime && (Set & bit) != 0))
        {
            return;
        }

        Set |= bit;
        _queue.Add(new QueuedSignal(info, account));
        account?.CountSignals(1);
    }

    /// <summary>Makes a signal pending that there is no room for in the queue: it comes as from nobody.</summary>
    internal void AddWithoutInformation(int signal) => Set |= _isClosed ? 0 : SignalNumber.Bit(signal);

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
        if (index < 0)
        {
            Set &= ~SignalNumber.Bit(signal);
            info = SignalInfo.FromProcess(signal, SignalCode.SI_USER, processId: 0, userId: 0);
            return true;
        }

        (info, UserAccount? account) = _queue[index];
        account?.CountSignals(-1);
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
        foreach ((SignalInfo queued, _) in _queue)
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
        if ((Set & signals) == 0)
        {
            return;
        }

        Uncount(signals);
        _queue.RemoveAll(queued => (SignalNumber.Bit(queued.Info.Signal) & signals) != 0);
        Set &= ~signals;
    }

    /// <summary>The thread or process has ended: what is pending is shown as it is, but takes no room any more.</summary>
    internal void Close()
    {
        _isClosed = true;
        Uncount(ulong.MaxValue);
        _queue.Clear();
    }

    private void Uncount(ulong signals)
    {
        foreach ((SignalInfo queued, UserAccount? account) in _queue)
        {
            if ((SignalNumber.Bit(queued.Signal) & signals) != 0)
            {
                account?.CountSignals(-1);
            }
        }
    }

    private int IndexOf(int signal, int from)
    {
        for (int i = from; i < _queue.Count; i++)
        {
            if (_queue[i].Info.Signal == signal)
            {
                return i;
            }
        }

        return -1;
    }

    private readonly record struct QueuedSignal(SignalInfo Info, UserAccount? Account);
}
