using System;
using System.Runtime;
using System.Threading;

namespace Levitate.Floor;

/// <summary>
/// Kernel threads on CPUs: a run queue a CPU, first in first out with a time slice; parked threads with deadlines in the
/// order of these; one timer interrupt for whatever comes first. No tick while a CPU has only one thread to run.
/// </summary>
internal static unsafe class Scheduler
{
    private const long SliceNanoseconds = 4_000_000;
    private static PerCpu s_bootCpu;
    private static PerCpu* s_firstCpu;

    internal static long CachedFrames => s_firstCpu == null ? 0 : s_firstCpu->FrameCacheCount;

    internal static long IdleNanoseconds => s_firstCpu->IdleNanoseconds;

    /// <summary>Gives the boot CPU its PerCpu; frames can be allocated from then on.</summary>
    internal static PerCpu* InitializeBootCpu()
    {
        fixed (PerCpu* cpu = &s_bootCpu)
        {
            cpu->Self = cpu;
            cpu->TimerArmedFor = long.MaxValue;
            Asm.SetGs((ulong)cpu);
            s_firstCpu = cpu;
            return cpu;
        }
    }

    /// <summary>Makes the running context this CPU's idle thread. Never returns.</summary>
    internal static void RunIdle(PerCpu* cpu)
    {
        while (true)
        {
            cpu->Lock.AcquireRaw();
            if (cpu->QueueHead != null)
            {
                SwitchAway(cpu);
                cpu->Lock.ReleaseRaw();
                continue;
            }

            ArmTimer(cpu, cpu->Current, Clock.Nanoseconds);
            cpu->Lock.ReleaseRaw();
            long start = Clock.Nanoseconds;
            Asm.Halt();
            cpu->IdleNanoseconds += Clock.Nanoseconds - start;
        }
    }

    /// <summary>Puts a thread that has never run on the calling CPU's queue.</summary>
    internal static void Start(KernelThread* thread)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw();
        thread->Cpu = cpu;
        thread->State = ThreadState.Ready;
        Enqueue(cpu, thread, atHead: false);
        cpu->Lock.ReleaseRaw();
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Waits for the calling thread's permit and takes it; false when the deadline (nanoseconds) passed first.</summary>
    internal static bool Park(long deadline)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        KernelThread* thread = cpu->Current;
        cpu->Lock.AcquireRaw();
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
            InsertTimer(cpu, thread);
        }

        SwitchAway(cpu);
        Asm.ThisCpu()->Lock.ReleaseRaw();
        Asm.RestoreInterrupts(flags);
        return thread->TimedOut == 0;
    }

    /// <summary>Gives a thread its permit; any context. An urgent one runs before the others (interrupt threads, GC suspension).</summary>
    internal static void Unpark(KernelThread* thread, bool urgent)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = thread->Cpu;
        if (cpu == null)
        {
            Asm.RestoreInterrupts(flags);
            return;
        }

        cpu->Lock.AcquireRaw();
        if (thread->State == ThreadState.Parked)
        {
            if (thread->Deadline != long.MaxValue)
            {
                RemoveTimer(cpu, thread);
            }

            thread->State = ThreadState.Ready;
            Enqueue(cpu, thread, urgent);
            if (urgent)
            {
                cpu->NeedsReschedule = 1;
            }
        }
        else if (thread->State != ThreadState.Dead)
        {
            thread->Permit = 1;
        }

        cpu->Lock.ReleaseRaw();
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Moves a thread that waits for a CPU to the front (it is to answer a GC suspension).</summary>
    internal static void Hurry(KernelThread* thread)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = thread->Cpu;
        if (cpu != null)
        {
            cpu->Lock.AcquireRaw();
            if (thread->State == ThreadState.Ready && thread->IsQueued != 0 && cpu->QueueHead != thread)
            {
                Dequeue(cpu, thread);
                Enqueue(cpu, thread, atHead: true);
            }

            cpu->Lock.ReleaseRaw();
        }

        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Lets the others that are ready run first.</summary>
    internal static void Yield()
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw();
        cpu->NeedsReschedule = 0;
        if (cpu->QueueHead != null)
        {
            KernelThread* thread = cpu->Current;
            thread->State = ThreadState.Ready;
            if (thread != cpu->Idle)
            {
                Enqueue(cpu, thread, atHead: false);
            }

            SwitchAway(cpu);
        }

        Asm.ThisCpu()->Lock.ReleaseRaw();
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Ends the calling thread; the next one frees its stack.</summary>
    internal static void Exit()
    {
        Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw();
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
        cpu->Lock.AcquireRaw();
        cpu->TimerArmedFor = long.MaxValue;
        cpu->Current->UserTicks += fromUser ? 1 : 0;
        cpu->Current->SystemTicks += fromUser ? 0 : 1;
        while (cpu->TimerHead != null && cpu->TimerHead->Deadline <= now)
        {
            KernelThread* thread = cpu->TimerHead;
            cpu->TimerHead = thread->TimerNext;
            thread->TimedOut = 1;
            thread->State = ThreadState.Ready;
            Enqueue(cpu, thread, atHead: false);
            cpu->NeedsReschedule |= cpu->Current == cpu->Idle ? 1 : 0;
        }

        if (cpu->QueueHead != null && now - cpu->Current->SliceStart >= SliceNanoseconds)
        {
            cpu->NeedsReschedule = 1;
        }

        ArmTimer(cpu, cpu->Current, now);
        cpu->Lock.ReleaseRaw();
    }

    /// <summary>At the end of an interrupt, on the interrupted thread's stack: lets another thread run where one should.</summary>
    internal static void PreemptIfNeeded()
    {
        PerCpu* cpu = Asm.ThisCpu();
        if (cpu->NeedsReschedule != 0 && cpu->Current != cpu->Idle)
        {
            Yield();
        }
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

    /// <summary>Picks the next thread and runs it; the lock is held on both sides of the switch.</summary>
    private static void SwitchAway(PerCpu* cpu)
    {
        KernelThread* from = cpu->Current;
        KernelThread* to = cpu->QueueHead;
        if (to != null)
        {
            Dequeue(cpu, to);
        }
        else
        {
            to = cpu->Idle;
        }

        long now = Clock.Nanoseconds;
        to->State = ThreadState.Running;
        if (to == from)
        {
            return;
        }

        from->RunNanoseconds += now - from->SliceStart;
        to->SliceStart = now;
        if (cpu->QueueHead != null || cpu->TimerHead != null)
        {
            ArmTimer(cpu, to, now);
        }

        Asm.Switch(from, to);
        ReapDead(Asm.ThisCpu());
    }

    /// <summary>Where a new thread begins: ends the switch that led to it.</summary>
    [RuntimeExport("floor_finish_switch")]
    internal static void FinishSwitch()
    {
        PerCpu* cpu = Asm.ThisCpu();
        ReapDead(cpu);
        cpu->Lock.ReleaseRaw();
    }

    private static void ReapDead(PerCpu* cpu)
    {
        KernelThread* dead = cpu->Dead;
        if (dead != null && dead != cpu->Current)
        {
            cpu->Dead = null;
            Threads.Recycle(dead);
        }
    }

    /// <summary>Sets the timer for the earliest deadline, or for the end of a slice of <paramref name="running"/> where others wait.</summary>
    private static void ArmTimer(PerCpu* cpu, KernelThread* running, long now)
    {
        long wanted = cpu->TimerHead != null ? cpu->TimerHead->Deadline : long.MaxValue;
        if (cpu->QueueHead != null && running != cpu->Idle)
        {
            wanted = Math.Min(wanted, now + SliceNanoseconds);
        }

        // A timer that fires too early does no harm and is set again then.
        if (wanted < cpu->TimerArmedFor)
        {
            cpu->TimerArmedFor = wanted;
            LocalApic.SetTimer(wanted - now);
        }
    }

    private static void Enqueue(PerCpu* cpu, KernelThread* thread, bool atHead)
    {
        thread->IsQueued = 1;
        if (cpu->QueueHead == null)
        {
            thread->Next = null;
            cpu->QueueHead = thread;
            cpu->QueueTail = thread;
            if (cpu->Current != null && cpu->Current != cpu->Idle)
            {
                ArmTimer(cpu, cpu->Current, Clock.Nanoseconds);
            }
        }
        else if (atHead)
        {
            thread->Next = cpu->QueueHead;
            cpu->QueueHead = thread;
        }
        else
        {
            thread->Next = null;
            cpu->QueueTail->Next = thread;
            cpu->QueueTail = thread;
        }
    }

    private static void Dequeue(PerCpu* cpu, KernelThread* thread)
    {
        thread->IsQueued = 0;
        KernelThread* previous = null;
        KernelThread* at = cpu->QueueHead;
        while (at != thread)
        {
            previous = at;
            at = at->Next;
        }

        if (previous == null)
        {
            cpu->QueueHead = thread->Next;
        }
        else
        {
            previous->Next = thread->Next;
        }

        if (cpu->QueueTail == thread)
        {
            cpu->QueueTail = previous;
        }
    }

    private static void InsertTimer(PerCpu* cpu, KernelThread* thread)
    {
        KernelThread** link = &cpu->TimerHead;
        while (*link != null && (*link)->Deadline <= thread->Deadline)
        {
            link = &(*link)->TimerNext;
        }

        thread->TimerNext = *link;
        *link = thread;
    }

    private static void RemoveTimer(PerCpu* cpu, KernelThread* thread)
    {
        KernelThread** link = &cpu->TimerHead;
        while (*link != null)
        {
            if (*link == thread)
            {
                *link = thread->TimerNext;
                return;
            }

            link = &(*link)->TimerNext;
        }
    }
}
