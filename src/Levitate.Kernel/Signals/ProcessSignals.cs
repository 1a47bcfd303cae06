using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Signals;

/// <summary>What a thread is to do about the signal that it took.</summary>
internal enum SignalDisposition
{
    /// <summary>There is none.</summary>
    Nothing,

    /// <summary>Run the handler.</summary>
    Handle,

    /// <summary>End the process.</summary>
    Terminate,

    /// <summary>Stop the process, by the signal's default.</summary>
    BeginStop,

    /// <summary>Stop the thread, as its process is stopping.</summary>
    JoinStop,
}

/// <summary>A process's signals: actions, those pending for any of its threads, stopping. <see cref="Process.StateLock"/> guards all of it.</summary>
internal sealed partial class ProcessSignals(Process process)
{
    private SignalActions _actions = new();
    private WaitQueue? _arrived;

    /// <summary>Signals for the process, to be taken by whichever thread has them unblocked.</summary>
    internal PendingSignals Pending { get; } = new();

    /// <summary>Woken when a signal comes in, blocked or not; made by the first who waits (signalfd).</summary>
    internal WaitQueue Arrived
    {
        get
        {
            using (process.StateLock.Enter())
            {
                return _arrived ??= new WaitQueue();
            }
        }
    }

    /// <summary>The action of a signal.</summary>
    internal SignalAction GetAction(int signal)
    {
        using (process.StateLock.Enter())
        {
            return _actions[signal];
        }
    }

    /// <summary>Sets an action and returns the old one. A signal that is now ignored is no longer pending.</summary>
    internal SignalAction SetAction(int signal, in SignalAction action)
    {
        using (process.StateLock.Enter())
        {
            ref SignalAction place = ref _actions.Change(signal);
            SignalAction old = place;
            place = action with { Mask = action.Mask & ~SignalNumber.Unblockable };
            if (IsIgnored(signal))
            {
                DiscardEverywhere(SignalNumber.Bit(signal));
            }

            return old;
        }
    }

    /// <summary>A copy of the actions for fork.</summary>
    internal void CopyActions(ProcessSignals other)
    {
        using (other.Owner.StateLock.Enter())
        {
            _actions = other._actions.Share();
        }
    }

    /// <summary>execve, and clone's CLONE_CLEAR_SIGHAND: what was caught gets its default action, what was ignored stays so.</summary>
    internal void ResetCaught()
    {
        using (process.StateLock.Enter())
        {
            _actions.ResetCaught();
        }
    }

    /// <summary>Sends a signal, to one thread or to whichever thread takes it first.</summary>
    /// <returns>EAGAIN when too many real-time signals are queued.</returns>
    internal Errno Send(in SignalInfo info, UserThread? target = null)
    {
        bool continued;
        Errno error;
        using (process.StateLock.Enter())
        {
            continued = PrepareStopOrContinue(info.Signal);
            error = SendLocked(info, target);
        }

        if (continued)
        {
            process.Kernel.Processes.ReportContinued(process);
        }

        return error;
    }

    /// <summary>Sends a timer's signal. False where it was not queued: it is ignored, or there is nobody to take it.</summary>
    internal bool TrySendTimer(in SignalInfo info, UserThread? target)
    {
        bool continued, isQueued;
        using (process.StateLock.Enter())
        {
            if (target is not null && !process.ThreadList.Contains(target))
            {
                return false;
            }

            PendingSignals queue = target?.Signals.Pending ?? Pending;
            continued = PrepareStopOrContinue(info.Signal);
            int before = queue.Count;
            isQueued = SendLocked(info, target) == Errno.None && queue.Count > before;
        }

        if (continued)
        {
            process.Kernel.Processes.ReportContinued(process);
        }

        return isQueued;
    }

    /// <summary>
    /// Sends the signal of a fault to the thread that caused it, which cannot go on without: where it is blocked or
    /// ignored the default action takes its place.
    /// </summary>
    internal void SendFault(UserThread thread, in SignalInfo info)
    {
        ulong bit = SignalNumber.Bit(info.Signal);
        using (process.StateLock.Enter())
        {
            if (_actions[info.Signal].Handler == SignalAction.Ignore || (thread.Signals.Blocked & bit) != 0)
            {
                _actions.Change(info.Signal) = default;
                thread.Signals.Blocked &= ~bit;
            }

            thread.Signals.Pending.Add(info, Volatile.Read(ref thread.Account));
            thread.AddOwnWork(ThreadWork.Signal);
        }
    }

    /// <summary>Takes the next signal that a thread has to act upon.</summary>
    internal SignalDisposition Take(UserThread thread, out SignalInfo info, out SignalAction action)
    {
        info = default;
        action = default;
        using (process.StateLock.Enter())
        {
            while (true)
            {
                if (thread.MustExit)
                {
                    return SignalDisposition.Nothing;
                }

                if (IsStopping)
                {
                    return SignalDisposition.JoinStop;
                }

                ulong wanted = ~thread.Signals.Blocked;
                if (!thread.Signals.Pending.TryTake(wanted, out info) && !Pending.TryTake(wanted, out info))
                {
                    thread.ClearWork(ThreadWork.Signal);
                    return SignalDisposition.Nothing;
                }

                process.NoteTaken(ref info);
                action = _actions[info.Signal];
                SignalDisposition disposition = Decide(info.Signal, action);
                if (disposition != SignalDisposition.Nothing)
                {
                    _isStopDecided = disposition == SignalDisposition.BeginStop;
                    return disposition;
                }
            }
        }
    }

    /// <summary>Takes a pending signal of a set, blocked or not, for sigtimedwait and signalfd.</summary>
    internal bool TryTakeAny(UserThread thread, ulong wanted, out SignalInfo info)
    {
        using (process.StateLock.Enter())
        {
            bool taken = thread.Signals.Pending.TryTake(wanted, out info) || Pending.TryTake(wanted, out info);
            if (taken)
            {
                process.NoteTaken(ref info);
            }

            Recalculate(thread);
            return taken;
        }
    }

    /// <summary>Sets a thread's mask, by the thread itself. Shared signals that it no longer takes go to another thread.</summary>
    internal void SetBlocked(UserThread thread, ulong blocked)
    {
        using (process.StateLock.Enter())
        {
            ulong old = thread.Signals.Blocked;
            thread.Signals.Blocked = blocked & ~SignalNumber.Unblockable;
            ulong handedOver = Pending.Set & ~old & thread.Signals.Blocked;
            if (handedOver != 0)
            {
                foreach (UserThread other in process.ThreadList)
                {
                    if (other != thread && (handedOver & ~other.Signals.Blocked) != 0)
                    {
                        other.AddWork(ThreadWork.Signal);
                    }
                }
            }

            Recalculate(thread);
        }
    }

    /// <summary>Says what sigtimedwait waits for, so that a sender wakes the thread although it blocks the signal.</summary>
    internal void SetAwaited(UserThread thread, ulong awaited)
    {
        using (process.StateLock.Enter())
        {
            thread.Signals.Awaited = awaited;
            Recalculate(thread);
        }
    }

    /// <summary>Whether a signal of a set is pending for a thread or its process.</summary>
    internal bool HasAny(UserThread thread, ulong wanted)
    {
        using (process.StateLock.Enter())
        {
            return ((thread.Signals.Pending.Set | Pending.Set) & wanted) != 0;
        }
    }

    /// <summary>Signals sent to a thread or its process that it blocks (sigpending).</summary>
    internal ulong GetPending(UserThread thread)
    {
        using (process.StateLock.Enter())
        {
            return (thread.Signals.Pending.Set | Pending.Set) & thread.Signals.Blocked;
        }
    }

    /// <summary>Undoes a handler (SA_RESETHAND, or a frame that could not be written).</summary>
    internal void ResetAction(int signal)
    {
        using (process.StateLock.Enter())
        {
            _actions.Change(signal).Handler = SignalAction.Default;
        }
    }

    /// <summary>The sets of /proc/[pid]/status: pending for the process, ignored, caught.</summary>
    internal (ulong Pending, ulong Ignored, ulong Caught) GetSets()
    {
        using (process.StateLock.Enter())
        {
            ulong ignored = 0, caught = 0;
            for (int signal = 1; signal <= SignalNumber.Maximum; signal++)
            {
                ulong bit = SignalNumber.Bit(signal);
                ignored |= _actions[signal].Handler == SignalAction.Ignore ? bit : 0;
                caught |= _actions[signal].Handler > SignalAction.Ignore ? bit : 0;
            }

            return (Pending.Set, ignored, caught);
        }
    }

    private Process Owner => process;

    private Errno SendLocked(in SignalInfo info, UserThread? target)
    {
        int signal = info.Signal;
        if (process.IsExiting || process.ThreadList.Count == 0)
        {
            return Errno.None;
        }

        if (signal == SignalNumber.SIGKILL)
        {
            process.BeginExitLocked(WaitStatus.Killed(signal, dumpsCore: false));
            return Errno.None;
        }

        ulong bit = SignalNumber.Bit(signal);
        UserThread first = target ?? process.ThreadList[0];
        if (IsIgnored(signal) && ((first.Signals.Blocked | first.Signals.Awaited) & bit) == 0)
        {
            return Errno.None;
        }

        PendingSignals queue = target?.Signals.Pending ?? Pending;
        UserAccount? account = info.IsOfTimer ? null : Volatile.Read(ref first.Account);

        // A timer has its place in the queue from its creation; ordinary signals of the kernel's and kill's are always queued.
        bool isLimited = !info.IsOfTimer && (signal >= SignalNumber.FirstRealTime || info.Code < 0);
        if (!isLimited || (ulong)(account?.Signals ?? queue.Count) < process.Limits[ResourceLimitKind.RLIMIT_SIGPENDING].Soft)
        {
            queue.Add(info, account);
        }
        else if (signal >= SignalNumber.FirstRealTime && info.Code != SignalCode.SI_USER)
        {
            return Errno.EAGAIN;
        }
        else
        {
            // The signal comes, and only its information is lost.
            queue.AddWithoutInformation(signal);
        }

        _arrived?.WakeAll();
        Wake(bit, target);
        return Errno.None;
    }

    private void Wake(ulong bit, UserThread? target)
    {
        if (target is not null)
        {
            if (Wants(target, bit))
            {
                target.AddWork(ThreadWork.Signal);
            }

            return;
        }

        foreach (UserThread thread in process.ThreadList)
        {
            if (Wants(thread, bit) && !thread.MustExit)
            {
                thread.AddWork(ThreadWork.Signal);
                return;
            }
        }
    }

    /// <summary>
    /// A thread has left the list: what was sent to the process, and would have been taken by that thread, goes to others.
    /// The caller holds <see cref="Process.StateLock"/>.
    /// </summary>
    internal void HandOver()
    {
        for (ulong signals = Pending.Set; signals != 0; signals &= signals - 1)
        {
            Wake(signals & (0 - signals), target: null);
        }
    }

    private static bool Wants(UserThread thread, ulong bit) => (thread.Signals.Blocked & ~thread.Signals.Awaited & bit) == 0;

    private void Recalculate(UserThread thread)
    {
        ulong pending = thread.Signals.Pending.Set | Pending.Set;
        if (IsStopping || (pending & ~(thread.Signals.Blocked & ~thread.Signals.Awaited)) != 0)
        {
            thread.AddOwnWork(ThreadWork.Signal);
        }
    }

    private bool IsIgnored(int signal) => _actions[signal].Handler switch
    {
        SignalAction.Ignore => true,
        SignalAction.Default => (SignalNumber.IgnoredByDefault & SignalNumber.Bit(signal)) != 0,
        _ => false,
    };

    private SignalDisposition Decide(int signal, in SignalAction action)
    {
        if (IsIgnored(signal))
        {
            return SignalDisposition.Nothing;
        }

        if (action.Handler != SignalAction.Default)
        {
            if ((action.Flags & SignalActionFlags.SA_RESETHAND) != 0)
            {
                _actions.Change(signal).Handler = SignalAction.Default;
            }

            return SignalDisposition.Handle;
        }

        return (SignalNumber.Stopping & SignalNumber.Bit(signal)) != 0 ? SignalDisposition.BeginStop : SignalDisposition.Terminate;
    }

    private void DiscardEverywhere(ulong signals)
    {
        Discard(Pending, signals);
        foreach (UserThread thread in process.ThreadList)
        {
            Discard(thread.Signals.Pending, signals);
        }
    }

    private void Discard(PendingSignals pending, ulong signals)
    {
        if (process.PosixTimersIfAny is { } timers)
        {
            // A timer rests until its signal is gone, so it must know.
            pending.ForEach(signals, timers.NoteDiscarded);
        }

        pending.Discard(signals);
    }
}
