using System.Text;
using Levitate.Kernel.Logging;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Memory;

/// <summary>
/// Ends one process when there is no page left for a program: the one that has the most memory, as its adjustment has it
/// (/proc/[pid]/oom_score_adj), whoever it is that needs the page.
/// </summary>
internal sealed class OutOfMemoryKiller(KernelSystem kernel)
{
    /// <summary>An adjustment, per mille of all memory, that keeps a process from being chosen; its opposite is the largest.</summary>
    internal const int Never = -1000;

    /// <summary>Who has not given its memory back by then is stuck, and another is chosen.</summary>
    private const long PatienceNanoseconds = 5_000_000_000;

    /// <summary>Guards the fields below, and that one process is chosen at a time. The first of all; never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.OutOfMemory);

    private Process? _victim;
    private long _deadline;

    /// <summary>
    /// For a thread that needs a page, on its way back to user mode: ends a process, unless one that was chosen before is
    /// about to end, and waits until its memory is back or the thread itself must end.
    /// </summary>
    internal void MakeRoom(UserThread caller)
    {
        if (caller.MustExit)
        {
            return;
        }

        Process victim = Choose(caller, out long deadline);
        using var wait = new WaitScope(caller);
        wait.Add(victim.Ended);
        while (victim != caller.Process && !victim.IsZombie && wait.SleepKillable(deadline) == Abi.Errno.None)
        {
        }
    }

    /// <summary>For a thread that took frames out of the kernel's reserve, likewise: makes room, where there is none yet.</summary>
    internal void Refill(UserThread caller)
    {
        IFrameAllocator frames = kernel.Machine.Frames;
        if (frames.FreeFrames <= frames.Reserve)
        {
            MakeRoom(caller);
        }
    }

    /// <summary>How much a process is worth killing: its pages and its adjustment in pages; null: it must not be.</summary>
    internal long? BadnessOf(Process process)
    {
        int adjustment = process.OutOfMemoryAdjustment;
        if (process == kernel.Processes.Init || adjustment == Never || process.TryAcquireAddressSpace() is not { } space)
        {
            return null;
        }

        long pages = (long)(space.Usage.Resident >> PageSize.Shift);
        space.Release();
        return pages + (adjustment * kernel.Machine.Frames.TotalFrames / 1000);
    }

    private Process Choose(UserThread caller, out long deadline)
    {
        long now = kernel.Machine.Clock.MonotonicNanoseconds;
        using (_lock.Enter())
        {
            if (_victim is { IsZombie: false } && now < _deadline)
            {
                deadline = _deadline;
                return _victim;
            }

            // Where nobody may be chosen it is who asks: Linux would stop there.
            Process victim = caller.Process;
            long most = long.MinValue;
            foreach (Process process in kernel.Processes.All)
            {
                if (!process.IsExiting && BadnessOf(process) is { } badness && badness > most)
                {
                    (victim, most) = (process, badness);
                }
            }

            (_victim, _deadline) = (victim, now + PatienceNanoseconds);
            deadline = _deadline;
            Kill(caller, victim);
            return victim;
        }
    }

    /// <summary>Ends a process, and those that share its memory: it would not come back without.</summary>
    private void Kill(UserThread caller, Process victim)
    {
        kernel.Log.WriteSevere(LogLevel.Error, $"[OOM] process {caller.Process.ProcessId} needs a page and there is none: process {victim.ProcessId} ({Encoding.Latin1.GetString(victim.Name)}) is killed");
        AddressSpace space = victim.AddressSpace;
        foreach (Process process in kernel.Processes.All)
        {
            if (process == victim || (process.AddressSpace == space && process.OutOfMemoryAdjustment != Never))
            {
                process.BeginExit(WaitStatus.Killed(SignalNumber.SIGKILL, dumpsCore: false));
            }
        }
    }
}
