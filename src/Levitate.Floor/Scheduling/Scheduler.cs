using System;
using System.Runtime;
using System.Threading;

namespace Levitate.Floor;

/// <summary>
/// Kernel threads on CPUs: a run queue a CPU, the most urgent first, equally urgent ones first in first out with a time
/// slice; parked threads with deadlines in the order of these; one timer interrupt for whatever comes first. A CPU that has work ticks, so that its time is counted and
/// limits on it hold; one that has none does not.
/// </summary>
internal static unsafe partial class Scheduler
{
    /// <summary>How long a thread runs while others wait; a nice value makes it shorter or longer.</summary>
    internal const long SliceNanoseconds = 4_000_000;

    /// <summary>How often a CPU that has work looks how the time is spent.</summary>
    internal const long TickNanoseconds = 10_000_000;

    /// <summary>How many threads one timer interrupt wakes; where more are due, another follows at once, and others come between.</summary>
    private const int MostWokenAtOnce = 64;

    private static PerCpu s_bootCpu;

    /// <summary>Nanoseconds that all CPUs together had nothing to do.</summary>
    internal static long IdleNanoseconds
    {
        get
        {
            long total = 0;
            for (int index = 0; index < Processors.Count; index++)
            {
                total += IdleOf(index);
            }

            return total;
        }
    }

    /// <summary>Nanoseconds that a CPU had nothing to do.</summary>
    internal static long IdleOf(int index)
    {
        // What is read together must be of one moment: it may have ended to be idle, or begun, while the clock was read.
        PerCpu* cpu = Processors.Get(index);
        while (true)
        {
            long balance = Volatile.Read(ref cpu->IdleBalance);
            long idle = balance < 0 ? balance + Clock.Nanoseconds : balance;
            if (balance == Volatile.Read(ref cpu->IdleBalance))
            {
                return idle;
            }
        }
    }

    /// <summary>Gives the boot CPU its PerCpu; frames can be allocated from then on.</summary>
    internal static PerCpu* InitializeBootCpu()
    {
        fixed (PerCpu* cpu = &s_bootCpu)
        {
            cpu->Self = cpu;
            cpu->ActiveRoot = KernelPageTables.Root;
            cpu->TimerArmedFor = long.MaxValue;
            Asm.SetGs((ulong)cpu);
            Processors.Add(cpu);
            return cpu;
        }
    }

    /// <summary>Makes the running context this CPU's idle thread. Never returns.</summary>
    internal static void RunIdle(PerCpu* cpu)
    {
        CpuFeatures.ShowProcessorNumber(cpu->Index);
        while (true)
        {
            if (Processors.Count > 1)
            {
                Placement.BeginIdle(cpu);
            }

            cpu->Lock.AcquireRaw(LockRank.RunQueue);
            if (cpu->QueueHead == null)
            {
                ArmTimer(cpu, cpu->Current, Clock.Nanoseconds);
                cpu->Lock.ReleaseRaw();
                if (!Placement.TrySteal(cpu))
                {
                    Halt(cpu);
                }

                continue;
            }

            if (Processors.Count > 1)
            {
                Placement.EndIdle(cpu);
            }

            SwitchAway(cpu);
            EndSwitch();
        }
    }

    private static void Halt(PerCpu* cpu)
    {
        cpu->IdleBalance -= Clock.Nanoseconds;
        if (Processors.Count > 1)
        {
            TlbShootdown.BeforeHalt(cpu);
            Asm.Halt();
            TlbShootdown.AfterHalt(cpu);
            Processors.PassBarrier(cpu);
        }
        else
        {
            Asm.Halt();
        }

        cpu->IdleBalance += Clock.Nanoseconds;
    }

    /// <summary>Puts a thread that has never run on a CPU's queue.</summary>
    internal static void Start(KernelThread* thread)
    {
        ulong flags = Asm.DisableInterrupts();

        // One that wakes the thread which had this structure before may still look at it, under the lock of its last CPU.
        PerCpu* cpu = LockCpuOf(thread);
        if (cpu == null)
        {
            cpu = Asm.ThisCpu();
            cpu->Lock.AcquireRaw(LockRank.RunQueue);
            thread->Cpu = cpu;
        }

        thread->State = ThreadState.Ready;
        Placement.Place(cpu, thread, Arrival.Back);
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Waits for the calling thread's permit and takes it; false when the deadline (nanoseconds) passed first.</summary>
    internal static bool Park(long deadline)
    {
        LockChecks.BeforeSwitch();
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        KernelThread* thread = cpu->Current;
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        if (thread->Permit != 0)
        {
            thread->Permit = 0;
            cpu->Lock.ReleaseRaw();
            Asm.RestoreInterrupts(flags);
            return true;
        }

        if (deadline != long.MaxValue && deadline <= Clock.Nanoseconds)
        {
            cpu->Lock.ReleaseRaw();
            Asm.RestoreInterrupts(flags);
            return false;
        }

        thread->State = ThreadState.Parked;
        thread->TimedOut = 0;
        thread->Deadline = deadline;
        if (deadline != long.MaxValue)
        {
            TimerHeap.Add(ref cpu->TimerHead, thread);
        }

        SwitchAway(cpu);
        EndSwitch();
        Asm.RestoreInterrupts(flags);
        return thread->TimedOut == 0;
    }

    /// <summary>Gives a thread its permit; any context. An urgent one runs before the others (interrupt threads).</summary>
    internal static void Unpark(KernelThread* thread, bool urgent)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = LockCpuOf(thread);
        if (cpu != null)
        {
            if (thread->State == ThreadState.Parked)
            {
                if (thread->Deadline != long.MaxValue)
                {
                    TimerHeap.Remove(ref cpu->TimerHead, thread);
                }

                thread->State = ThreadState.Ready;
                Placement.PlaceWoken(cpu, thread, urgent ? Arrival.Urgent : Arrival.Back);
            }
            else
            {
                thread->Permit = thread->State != ThreadState.Dead ? 1 : 0;
                cpu->Lock.ReleaseRaw();
            }
        }

        Asm.RestoreInterrupts(flags);
    }

    /// <summary>
    /// Has a thread look at its pending activation soon: one that runs on another CPU is interrupted, one that waits for a
    /// CPU comes first, and where it waits for the caller's the caller makes room for it, and is the next after it.
    /// </summary>
    internal static void Hurry(KernelThread* thread)
    {
        LockChecks.BeforeSwitch();
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = LockCpuOf(thread);
        if (cpu == null)
        {
            Asm.RestoreInterrupts(flags);
            return;
        }

        bool isHere = cpu == Asm.ThisCpu();
        bool isReady = thread->State == ThreadState.Ready && thread->IsQueued != 0;
        bool mustInterrupt = !isHere && (isReady || thread->State == ThreadState.Running);
        if (isReady)
        {
            RunQueue.Remove(cpu, thread, Clock.Nanoseconds);
            if (isHere)
            {
                cpu->Current->State = ThreadState.Ready;
                RunQueue.Add(cpu, cpu->Current, ThreadPriority.Hurried, atHead: true);
            }

            RunQueue.Add(cpu, thread, ThreadPriority.Hurried, atHead: true);
            cpu->NeedsReschedule |= isHere ? 0 : PreemptAnywhere;
        }

        if (isReady && isHere)
        {
            SwitchAway(cpu);
            EndSwitch();
        }
        else
        {
            cpu->Lock.ReleaseRaw();
        }

        if (mustInterrupt)
        {
            Processors.Interrupt(cpu);
        }

        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Interrupts a thread that runs on another CPU, so that it leaves user mode. Any context.</summary>
    internal static void InterruptRunning(KernelThread* thread)
    {
        if (Processors.Count == 1)
        {
            return;
        }

        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = LockCpuOf(thread);
        if (cpu != null)
        {
            bool mustInterrupt = thread->State == ThreadState.Running && cpu != Asm.ThisCpu();
            cpu->Lock.ReleaseRaw();
            if (mustInterrupt)
            {
                Processors.Interrupt(cpu);
            }
        }

        Asm.RestoreInterrupts(flags);
    }

    /// <summary>
    /// Lets the others that are ready run first: those that are as urgent or, of the others, one kind. Who waits in a loop
    /// for a less urgent thread lets that one run.
    /// </summary>
    internal static void Yield(bool toAnyone)
    {
        LockChecks.BeforeSwitch();
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        KernelThread* thread = cpu->Current;
        KernelThread* first = RunQueue.First(cpu);
        if (first != null && (toAnyone || first->QueuedPriority >= thread->Priority))
        {
            if (first->QueuedPriority < thread->Priority && ThreadPriority.IsRealTime(first->QueuedPriority))
            {
                Doze(cpu, thread, flags);
                return;
            }

            thread->State = ThreadState.Ready;
            if (thread != cpu->Idle)
            {
                RunQueue.Add(cpu, thread, Math.Min(thread->Priority, first->QueuedPriority), atHead: false);
            }

            SwitchAway(cpu);
        }

        EndSwitch();
        Asm.RestoreInterrupts(flags);

        // Who yields in a loop waits for another CPU, perhaps, and that one for the lock: it must find it free.
        Asm.Pause();
    }

    /// <summary>Makes the calling thread's times, counts and terms those of a new one. The CPU's own figures stay true.</summary>
    internal static void Renew()
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        KernelThread* thread = cpu->Current;
        long now = Clock.Nanoseconds;
        cpu->RunNanoseconds += now - thread->SliceStart;
        thread->SliceStart = now;
        thread->RunNanoseconds = 0;
        thread->WaitNanoseconds = 0;
        thread->Slices = 0;
        thread->Preemptions = 0;
        thread->UserTicks = 0;
        thread->SystemTicks = 0;
        thread->SliceBase = 0;
        thread->SliceNanoseconds = SliceNanoseconds;
        thread->IsNice = 0;
        thread->AllowedCpus = ulong.MaxValue;
        cpu->Lock.ReleaseRaw();
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>
    /// A kept thread begins new work: its first slice is the present one, however often it was preempted since
    /// <see cref="Renew"/>, and whether it slept then or found its work before that.
    /// </summary>
    internal static void BeginBody()
    {
        ulong flags = Asm.DisableInterrupts();
        KernelThread* thread = Asm.CurrentThread();
        thread->Slices = 1;
        thread->Preemptions = 0;
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>The state that the calling thread enters user mode with; null: none, and nobody uses the former any more. Interrupts are off.</summary>
    internal static void SetUserState(UserState* state)
    {
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        cpu->Current->UserState = state;
        cpu->Lock.ReleaseRaw();
    }

    /// <summary>Ends the calling thread; the next one frees its stack.</summary>
    internal static void Exit()
    {
        Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        cpu->Current->State = ThreadState.Dead;
        cpu->Dead = cpu->Current;
        SwitchAway(cpu);
        Panic.Halt("a dead thread ran again"u8);
    }

    /// <summary>The timer interrupt: wakes whose deadline has come, and ends a slice that is over.</summary>
    internal static void HandleTimer(bool fromUser)
    {
        PerCpu* cpu = Asm.ThisCpu();
        long now = Clock.Nanoseconds;
        Sample(cpu, fromUser);
        if (cpu->Current != cpu->Idle)
        {
            LoadAverages.Tick(now);
        }

        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        cpu->TimerArmedFor = long.MaxValue;
        for (int woken = 0; woken < MostWokenAtOnce && cpu->TimerHead != null && cpu->TimerHead->Deadline <= now; woken++)
        {
            KernelThread* thread = cpu->TimerHead;
            TimerHeap.Remove(ref cpu->TimerHead, thread);
            thread->TimedOut = 1;
            thread->State = ThreadState.Ready;
            Placement.PlaceWoken(cpu, thread, Arrival.Back);
            cpu->Lock.AcquireRaw(LockRank.RunQueue);
        }

        bool isSliceOver = MustMakeRoom(cpu, now);
        bool isBetter = NoteBetter(cpu, cpu->Current);
        cpu->NeedsReschedule |= isSliceOver && !isBetter ? PreemptAnywhere : 0;
        ArmTimer(cpu, cpu->Current, now);
        cpu->Lock.ReleaseRaw();
        if (isSliceOver && Processors.Count > 1)
        {
            Placement.Balance(cpu);
        }
    }

    private static void Sample(PerCpu* cpu, bool fromUser)
    {
        KernelThread* thread = cpu->Current;
        thread->UserTicks += fromUser ? 1 : 0;
        thread->SystemTicks += fromUser ? 0 : 1;
        cpu->UserTicks += fromUser ? 1 : 0;
        cpu->NiceTicks += fromUser ? thread->IsNice : 0;
        cpu->SystemTicks += fromUser || thread == cpu->Idle ? 0 : 1;
    }

    /// <summary>Another CPU has put a thread on this one's queue, or wants the running thread to be interrupted.</summary>
    internal static void HandleAttention(PerCpu* cpu)
    {
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        ArmTimer(cpu, cpu->Current, Clock.Nanoseconds);
        cpu->Lock.ReleaseRaw();
    }

    /// <summary>CPU time of the calling thread, in nanoseconds: all of it, and its user and kernel samples.</summary>
    internal static long RunTime(out long userTicks, out long systemTicks)
    {
        ulong flags = Asm.DisableInterrupts();
        KernelThread* thread = Asm.CurrentThread();
        userTicks = thread->UserTicks;
        systemTicks = thread->SystemTicks;
        long time = thread->RunNanoseconds + Clock.Nanoseconds - thread->SliceStart;
        Asm.RestoreInterrupts(flags);
        return time;
    }

    /// <summary>How a thread ran and waited so far.</summary>
    internal static ThreadCounts CountsOf(KernelThread* thread)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = LockCpuOf(thread);
        bool isRunning = thread->State == ThreadState.Running;
        ThreadCounts counts = default;
        counts.Run = thread->RunNanoseconds + (isRunning ? Clock.Nanoseconds - thread->SliceStart : 0);
        counts.Wait = thread->WaitNanoseconds;
        counts.Slices = thread->Slices;
        counts.Preemptions = thread->Preemptions;

        // Every slice but the present one has ended, in one way or the other.
        counts.Sleeps = thread->Slices - thread->Preemptions - (isRunning ? 1 : 0);
        if (cpu != null)
        {
            cpu->Lock.ReleaseRaw();
        }

        Asm.RestoreInterrupts(flags);
        return counts;
    }

    /// <summary>Sets the timer for the earliest deadline, the end of a slice of <paramref name="running"/> where others wait, or the next tick.</summary>
    internal static void ArmTimer(PerCpu* cpu, KernelThread* running, long now)
    {
        long wanted = cpu->TimerHead != null ? cpu->TimerHead->Deadline : long.MaxValue;
        if (running != cpu->Idle)
        {
            long slice = cpu->QueueHead != null ? running->SliceNanoseconds : TickNanoseconds;
            wanted = Math.Min(wanted, now + Math.Min(slice, TickNanoseconds));
        }

        // A timer that fires too early does no harm and is set again then.
        if (wanted < cpu->TimerArmedFor)
        {
            cpu->TimerArmedFor = wanted;
            LocalApic.SetTimer(wanted - now);
        }
    }

    /// <summary>Locks the CPU that a thread runs or waits on; null when it has none yet. It may be on the way to another until the lock is held.</summary>
    private static PerCpu* LockCpuOf(KernelThread* thread)
    {
        while (true)
        {
            PerCpu* cpu = (PerCpu*)Volatile.Read(ref *(nint*)&thread->Cpu);
            if (cpu == null)
            {
                return null;
            }

            cpu->Lock.AcquireRaw(LockRank.RunQueue);
            if (thread->Cpu == cpu)
            {
                return cpu;
            }

            cpu->Lock.ReleaseRaw();
        }
    }

    /// <summary>Picks the next thread and runs it; the CPU's lock is held on both sides of the switch, until <see cref="EndSwitch"/>.</summary>
    private static void SwitchAway(PerCpu* cpu)
    {
        KernelThread* from = cpu->Current;
        KernelThread* to = RunQueue.First(cpu);
        long now = Clock.Nanoseconds;
        cpu->Picks++;
        if (to != null)
        {
            RunQueue.Remove(cpu, to, now);
        }
        else
        {
            to = cpu->Idle;
            cpu->IdlePicks++;
        }

        to->State = ThreadState.Running;
        cpu->NeedsReschedule = 0;
        if (cpu->QueueHead != null)
        {
            NoteBetter(cpu, to);
        }

        if (to == from)
        {
            return;
        }

        CountSwitch(cpu, from, to, now);
        if ((from->Priority | to->Priority) != ThreadPriority.Normal)
        {
            cpu->RealTime.Count(now, ThreadPriority.IsRealTime(from->Priority));
        }

        if (to->Watched != null)
        {
            UserMode.NoteSwitch(to->Watched);
        }

        ArmTimer(cpu, to, now);
        Asm.Switch(from, to);
    }

    private static void CountSwitch(PerCpu* cpu, KernelThread* from, KernelThread* to, long now)
    {
        long run = now - from->SliceStart;
        from->RunNanoseconds += run;
        from->Preemptions += from->State == ThreadState.Ready ? 1 : 0;
        cpu->RunNanoseconds += from == cpu->Idle ? 0 : run;
        to->SliceStart = now;
        to->Slices++;
        cpu->Slices += to == cpu->Idle ? 0 : 1;
    }

    /// <summary>
    /// Gives back the lock of the CPU that the caller runs on now. Whoever was switched away from is off the CPU by now: one
    /// that had to leave this CPU can go, and the stack of one that has ended is free.
    /// </summary>
    [RuntimeExport("floor_finish_switch")]
    internal static void EndSwitch()
    {
        PerCpu* cpu = Asm.ThisCpu();
        KernelThread* leaving = cpu->Leaving;
        KernelThread* dead = cpu->Dead;
        cpu->Leaving = null;
        cpu->Dead = null;
        if (leaving != null)
        {
            Placement.Place(cpu, leaving, ThreadPriority.IsRealTime(leaving->Priority) ? Arrival.Front : Arrival.Back);
        }
        else
        {
            cpu->Lock.ReleaseRaw();
        }

        if (dead != null)
        {
            Threads.Recycle(dead);
        }
    }
}
