using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Signals;

/// <content>Job control: stopping all threads of a process, and going on.</content>
internal sealed partial class ProcessSignals
{
    private int _stopSignal;
    private bool _isStopped;

    // A stopping signal was taken and is being acted upon. A SIGCONT or SIGKILL in between cancels it.
    private bool _isStopDecided;

    /// <summary>Whether the process is to stop or has stopped.</summary>
    internal bool IsStopping { get; private set; }

    /// <summary>Whether all threads have stopped.</summary>
    internal bool IsStopped => Volatile.Read(ref _isStopped);

    /// <summary>Has all threads stop.</summary>
    internal void BeginStop(int signal)
    {
        using (process.StateLock.Enter())
        {
            if (process.IsExiting || IsStopping || !_isStopDecided)
            {
                return;
            }

            IsStopping = true;
            _stopSignal = signal;
            foreach (UserThread thread in process.ThreadList)
            {
                thread.AddWork(ThreadWork.Signal);
            }
        }
    }

    /// <summary>Stops the calling thread until the process goes on or the thread must end.</summary>
    internal void JoinStop(UserThread thread)
    {
        using (process.StateLock.Enter())
        {
            thread.Signals.IsStopped = IsStopping;
        }

        CheckStopComplete();
        while (true)
        {
            using (process.StateLock.Enter())
            {
                if (!IsStopping || thread.MustExit)
                {
                    thread.Signals.IsStopped = false;
                    return;
                }
            }

            thread.Parker.Park(Platform.ThreadParker.NoDeadline);
        }
    }

    /// <summary>Tells the parent once all threads have stopped. Called when one has stopped, and when one has ended.</summary>
    internal void CheckStopComplete()
    {
        int signal;
        using (process.StateLock.Enter())
        {
            if (!IsStopping || _isStopped || process.ThreadList.Count == 0 || process.ThreadList.Exists(static thread => !thread.Signals.IsStopped))
            {
                return;
            }

            _isStopped = true;
            process.Kernel.Processes.CountStopped(1);
            signal = _stopSignal;
        }

        process.Kernel.Processes.ReportStopped(process, signal);
    }

    /// <summary>A stopping signal cancels a pending SIGCONT; SIGCONT cancels pending stops and lets the process go on. Returns whether a stopped process goes on.</summary>
    private bool PrepareStopOrContinue(int signal)
    {
        ulong bit = SignalNumber.Bit(signal);
        if ((SignalNumber.Stopping & bit) != 0)
        {
            DiscardEverywhere(SignalNumber.Bit(SignalNumber.SIGCONT));
            return false;
        }

        if (signal != SignalNumber.SIGCONT)
        {
            return false;
        }

        DiscardEverywhere(SignalNumber.Stopping);
        _isStopDecided = false;
        bool wasStopped = _isStopped;
        if (IsStopping)
        {
            CancelStop();
        }

        return wasStopped;
    }

    /// <summary>Lets stopped threads go on; the caller holds the lock.</summary>
    internal void CancelStop()
    {
        IsStopping = false;
        if (_isStopped)
        {
            _isStopped = false;
            process.Kernel.Processes.CountStopped(-1);
        }

        List<UserThread> threads = process.ThreadList;
        foreach (UserThread thread in threads)
        {
            thread.Parker.Unpark();
        }
    }
}
