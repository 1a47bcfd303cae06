using System;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <content>The end of a process.</content>
public sealed partial class Process
{
    private WaitStatus _exitStatus;
    private WaitQueue? _ended;

    /// <summary>Whether its end was decided: no thread enters user mode again. <see cref="StateLock"/> guards it.</summary>
    internal bool IsExiting { get; private set; }

    /// <summary>Whether memory and files are gone and only the status is left. The parent's part of the family lock guards it.</summary>
    public bool IsZombie { get; private set; }

    /// <summary>Woken when it has ended; made by the first who waits (pidfd).</summary>
    internal WaitQueue Ended => _ended ?? LazyInitializer.EnsureInitialized(ref _ended, static () => new WaitQueue());

    /// <summary>Why it ended; meaningful once it is a zombie.</summary>
    public WaitStatus ExitStatus => _exitStatus;

    /// <summary>Whether its memory is shared with another process (vfork, CLONE_VM without CLONE_THREAD).</summary>
    internal bool MemoryIsShared { get; set; }

    /// <summary>Ends the process: exit_group(2), a fatal signal, a contained exception. The first status counts.</summary>
    internal void BeginExit(WaitStatus status)
    {
        using (StateLock.Enter())
        {
            BeginExitLocked(status);
        }
    }

    /// <inheritdoc cref="BeginExit"/>
    internal void BeginExitLocked(WaitStatus status)
    {
        if (IsExiting)
        {
            return;
        }

        IsExiting = true;
        _exitStatus = status;
        Signals.CancelStop();
        EndThreads(survivor: null);
    }

    /// <summary>
    /// Has all threads end but one. The newest first: it is the first in the runtime's list of threads, which has to be
    /// gone through for each that ends. The caller holds the lock.
    /// </summary>
    private void EndThreads(UserThread? survivor)
    {
        for (int i = _threads.Count - 1; i >= 0; i--)
        {
            if (_threads[i] != survivor)
            {
                _threads[i].AddWork(ThreadWork.Exit);
            }
        }
    }

    /// <summary>The status for the case that the threads end one by one; the caller holds the lock.</summary>
    internal void ProposeExitStatus(WaitStatus status)
    {
        if (!IsExiting)
        {
            _exitStatus = status;
        }
    }

    /// <summary>Says that the last thread has gone; the caller holds the lock.</summary>
    internal void MarkExiting() => IsExiting = true;

    /// <summary>
    /// Takes a reference on the address space, for readers of another process (procfs). Null when the memory is gone.
    /// Release it when done.
    /// </summary>
    public Memory.AddressSpace? TryAcquireAddressSpace()
    {
        using (StateLock.Enter())
        {
            if (_threads.Count == 0)
            {
                return null;
            }

            AddressSpace.AddReference();
            return AddressSpace;
        }
    }

    /// <summary>Takes a reference on the file table, likewise.</summary>
    public Files.FileTable? TryAcquireFiles()
    {
        using (StateLock.Enter())
        {
            if (_threads.Count == 0)
            {
                return null;
            }

            Files.AddReference();
            return Files;
        }
    }

    /// <summary>Gives everything back and becomes a zombie; on the last thread, after it left the list. Memory and files are gone before the parent hears of it.</summary>
    internal void End()
    {
        Contained(static process => process.CancelTimers());
        Contained(static process => process.ReleaseVforkParent());
        Contained(static process => process.LeaveTerminal());
        Contained(static process => process.UndoSemaphores());
        Contained(static process => process.Files.Release());
        Contained(static process => process.FileSystem.Release());
        Contained(static process => process.AddressSpace.Release());
        Kernel.Processes.BecomeZombie(this);
    }

    /// <summary>Sets the zombie flag; the caller holds the parent's part of the family lock.</summary>
    internal void MarkZombie()
    {
        IsZombie = true;
        Interlocked.MemoryBarrier();
        _ended?.WakeAll();
    }

    /// <summary>The end of a session's leader takes the terminal from the session, and hangs it up.</summary>
    private void LeaveTerminal()
    {
        if (ProcessId == SessionId)
        {
            Terminals.TerminalSessions.Leave(this, exits: true);
        }
    }

    private void Contained(Action<Process> step)
    {
        try
        {
            step(this);
        }
        catch (Exception exception)
        {
            Kernel.Contain(this, exception);
        }
    }
}
