using System;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <content>The end of a thread.</content>
public sealed partial class UserThread
{
    /// <summary>Where a zero is stored and a futex woken when the thread ends (set_tid_address, CLONE_CHILD_CLEARTID).</summary>
    internal UserAddress ClearChildThreadId { get; set; }

    /// <summary>The head of the list of held robust futexes (set_robust_list).</summary>
    internal UserAddress RobustListHead { get; set; }

    /// <summary>Ends the calling thread: exit(2). The process ends with its last thread, with this status if the thread is its leader and no one said otherwise.</summary>
    internal void BeginExit(WaitStatus status)
    {
        using (Process.StateLock.Enter())
        {
            if (ThreadId == Process.ProcessId)
            {
                Process.ProposeExitStatus(status);
            }

            AddOwnWork(ThreadWork.Exit);
        }
    }

    /// <summary>execve: what belongs to the old program's memory.</summary>
    internal void ResetForNewProgram()
    {
        ReleaseUserState();
        _name = null;
        using (Process.StateLock.Enter())
        {
            Signals.DisableAlternateStack();
        }
    }

    /// <summary>The last steps, on the thread itself. A step that throws is contained and the next is done all the same.</summary>
    private void End()
    {
        Contained(static thread => thread.ReleaseUserState());

        // Thousands may end at once: none may wait for the collector to end, and so here nothing is made.
        Contained(static thread => thread._waiter?.Leave(0, passOn: true));
        Contained(static thread => thread.TakeLastTimes());

        Contained(static thread => thread.ReleaseFileSystem());

        // No CPU may hold the page table when the last thread gives up the memory.
        Contained(static thread => thread.Context.Activate(null));
        bool isLast;
        using (Process.StateLock.Enter())
        {

            // The newest end first.
            Process.ThreadList.RemoveAt(Process.ThreadList.LastIndexOf(this));
            Process.AddEnded(this);
            Signals.Pending.Close();
            isLast = Process.ThreadList.Count == 0;
            if (isLast)
            {
                Process.MarkExiting();
                Process.Signals.Pending.Close();
            }
            else
            {
                Process.Signals.HandOver();
            }
        }

        if (!isLast || ThreadId != Process.ProcessId)
        {
            // The process's own ID stays until the process was waited for.
            Contained(static thread => thread.Kernel.Processes.RemoveThread(thread));
        }

        if (isLast)
        {
            Contained(static thread => thread.Process.End());
        }
        else
        {
            Contained(static thread => thread.Process.Signals.CheckStopComplete());
            Contained(static thread => thread.Process.ThreadEnded.WakeAll());
        }

        Contained(static thread => thread.Context.Dispose());
    }

    /// <summary>Restartable sequences, robust futexes and clear_child_tid, which live in user memory.</summary>
    private void ReleaseUserState()
    {
        _sequence.Forget(this);
        if (!RobustListHead.IsNull)
        {
            UserAddress head = RobustListHead;
            RobustListHead = UserAddress.Null;
            RobustList.Release(this, head);
        }

        if (!ClearChildThreadId.IsNull)
        {
            // With nobody left who could look, the store would only dirty a page.
            UserAddress address = ClearChildThreadId;
            ClearChildThreadId = UserAddress.Null;
            if ((Process.MemoryIsShared || Process.ThreadCount > 1) && Memory.Write(address, 0) == Abi.Errno.None)
            {
                Kernel.Futexes.Wake(this, address, count: 1, FutexTable.AllBits, isPrivate: false);
            }
        }
    }

    private void Contained(Action<UserThread> step)
    {
        try
        {
            step(this);
        }
        catch (Exception exception)
        {
            Kernel.Contain(Process, exception);
        }
    }
}
