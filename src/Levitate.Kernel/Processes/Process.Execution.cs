using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <content>What execve does to a process, in the order of its calls at the point of no return.</content>
public sealed partial class Process
{
    private WaitQueue? _vforkDone;

    /// <summary>Woken when a thread of the process ends.</summary>
    internal WaitQueue ThreadEnded { get; } = new();

    /// <summary>Whether the file table is shared with another process (CLONE_FILES without CLONE_THREAD): execve takes a copy.</summary>
    internal bool FilesAreShared { get; set; }

    /// <summary>What waits in vfork for this process to execute a program or to end; null when none.</summary>
    internal WaitQueue? VforkDone
    {
        get => System.Threading.Volatile.Read(ref _vforkDone);
        set => System.Threading.Volatile.Write(ref _vforkDone, value);
    }

    /// <summary>
    /// Step 1, the last that may fail: ends every thread but <paramref name="survivor"/>, which takes over the process ID
    /// as its thread ID, and waits until they are gone.
    /// </summary>
    /// <returns>None; EAGAIN when the process is ending or another thread's execve came first (the caller ends then, and touches nothing).</returns>
    public Errno EndOtherThreads(UserThread survivor)
    {
        using (StateLock.Enter())
        {
            if (IsExiting || survivor.MustExit)
            {
                return Errno.EAGAIN;
            }

            EndThreads(survivor);
        }

        using var wait = new WaitScope(survivor);
        wait.Add(ThreadEnded);
        while (!IsOnlyThread())
        {
            if (wait.SleepKillable() != Errno.None)
            {
                return Errno.EAGAIN;
            }
        }

        Kernel.Processes.TakeOverLeadership(survivor);
        return Errno.None;
    }

    /// <summary>
    /// Step 3: puts a new program's memory in the place of the old, whose reference is given up, and activates it on the
    /// calling thread, the only one left. A parent in vfork goes on.
    /// </summary>
    public void ReplaceAddressSpace(AddressSpace replacement)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        AddressSpace old;
        UserThread? caller;
        using (StateLock.Enter())
        {
            NotePeak();
            old = AddressSpace;
            AddressSpace = replacement;
            caller = _threads.Count > 0 ? _threads[0] : null;
        }

        PassLimitsToMemory();
        caller?.Context.Activate(replacement.PageTable);
        ReleaseVforkParent();
        old.Release();
    }

    /// <summary>
    /// Step 2, with the old memory still active: what a new program does not inherit. Caught signals get their default
    /// action; the alternate signal stack, the robust list, clear_child_tid, rseq and the thread's name are gone; a
    /// file table shared with another process is replaced by a copy.
    /// </summary>
    public void ResetForNewProgram(UserThread caller)
    {
        caller.ResetForNewProgram();
        Signals.ResetCaught();
        PosixTimersIfAny?.Clear();
        HasExecuted = true;
        UnshareFiles();
    }

    /// <summary>Replaces a file table shared with another process by a copy; called by the only thread.</summary>
    internal void UnshareFiles()
    {
        if (FilesAreShared)
        {
            Files.FileTable shared = Files;
            Files = shared.Clone();
            FilesAreShared = false;
            shared.Release();
        }
        else
        {
            Files.EndSharing();
        }
    }

    /// <summary>Whether the process has executed a program since its fork: setpgid by the parent is refused then.</summary>
    internal bool HasExecuted { get; private set; }

    /// <summary>Tells the memory the limits that it enforces.</summary>
    internal void PassLimitsToMemory()
    {
        AddressSpace space = AddressSpace;
        space.StackLimit = Limits.Stack;
        space.AddressSpaceLimit = Limits.AddressSpace;
        space.DataLimit = Limits.Data;
        space.LockedLimit = Limits[ResourceLimitKind.RLIMIT_MEMLOCK].Soft;
    }

    /// <summary>Lets a parent that waits in vfork go on.</summary>
    internal void ReleaseVforkParent()
    {
        WaitQueue? waiting = VforkDone;
        VforkDone = null;
        waiting?.WakeAll();
    }

    private bool IsOnlyThread()
    {
        using (StateLock.Enter())
        {
            return _threads.Count == 1;
        }
    }
}
