using System;

namespace Levitate.Floor;

/// <content>Who runs before whom, and when the running thread makes room.</content>
internal static unsafe partial class Scheduler
{
    /// <summary>In <see cref="PerCpu.NeedsReschedule"/>: the running thread makes room at the end of any interrupt.</summary>
    internal const int PreemptAnywhere = 1;

    /// <summary>
    /// In <see cref="PerCpu.NeedsReschedule"/>: it does so before it is in user mode. In the kernel it goes on, for a more
    /// urgent one may need what it holds there.
    /// </summary>
    internal const int PreemptInUserMode = 2;

    /// <summary>The calling thread stops where another should run. One with a real-time priority goes on before those of its own, but at its slice's end; others come last.</summary>
    internal static void Preempt()
    {
        LockChecks.BeforeSwitch();
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        cpu->NeedsReschedule = 0;
        KernelThread* thread = cpu->Current;
        KernelThread* first = RunQueue.First(cpu);
        if (first != null)
        {
            long now = Clock.Nanoseconds;
            bool isRealTime = ThreadPriority.IsRealTime(thread->Priority);
            bool isSliceOver = SliceUsed(thread, now) >= thread->SliceNanoseconds;
            thread->SliceBase = isSliceOver ? thread->RunNanoseconds + now - thread->SliceStart : thread->SliceBase;
            thread->State = ThreadState.Ready;
            if (isRealTime && first->QueuedPriority > thread->Priority && Processors.Count > 1)
            {
                // Another CPU's thread may be less urgent.
                cpu->Leaving = thread;
            }
            else
            {
                RunQueue.Add(cpu, thread, thread->Priority, atHead: isRealTime && !isSliceOver);
            }

            SwitchAway(cpu);
        }

        EndSwitch();
        Asm.RestoreInterrupts(flags);
    }

    /// <summary>
    /// Where a thread waits that is more urgent than the running one, has that make room before it is in user mode again.
    /// Only where one of the two has a real-time priority, or the other one collects garbage: others take turns by slices. The
    /// CPU's lock is held.
    /// </summary>
    /// <returns>Whether there is such a thread.</returns>
    internal static bool NoteBetter(PerCpu* cpu, KernelThread* running)
    {
        KernelThread* first = RunQueue.First(cpu);
        if (first == null || first->QueuedPriority <= running->Priority || running == cpu->Idle)
        {
            return false;
        }

        bool isRealTime = ThreadPriority.IsRealTime(running->Priority);
        bool mayGoOn = ThreadPriority.IsRealTime(first->QueuedPriority) ? cpu->RealTime.IsReached && !isRealTime : !isRealTime;
        if (mayGoOn && first->IsCollecting == 0)
        {
            // Others' time has come, or both share the CPU by slices. Nobody's slice is worth that all wait for it.
            return false;
        }

        cpu->NeedsReschedule |= PreemptInUserMode;
        if (running->UserState != null)
        {
            UserMode.RequestLook(running->UserState);
        }

        return true;
    }

    /// <summary>How urgent a thread is, and how long it runs while others wait that are as urgent. Among these it comes last, or first when it has become less urgent.</summary>
    internal static void SetPriority(KernelThread* thread, int priority, long sliceNanoseconds)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = LockCpuOf(thread);
        if (cpu == null)
        {
            Asm.RestoreInterrupts(flags);
            return;
        }

        int before = thread->Priority;
        ChangePriority(cpu, thread, priority);
        bool isLess = thread->Priority < before;
        thread->SliceNanoseconds = sliceNanoseconds;
        if (thread->IsQueued != 0)
        {
            RunQueue.Remove(cpu, thread, Clock.Nanoseconds);
            RunQueue.Add(cpu, thread, thread->Priority, atHead: isLess);
        }

        bool mustInterrupt = NoteBetter(cpu, cpu->Current) && cpu != Asm.ThisCpu();
        cpu->Lock.ReleaseRaw();
        if (mustInterrupt)
        {
            Processors.Interrupt(cpu);
        }

        Asm.RestoreInterrupts(flags);
    }

    /// <summary>Says on which CPUs the calling thread may run (bits by number, one of them at least of a CPU that there is), what its slice is and how urgent it is.</summary>
    internal static void SetTerms(ulong allowedCpus, long sliceNanoseconds, int priority, bool isNice)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        KernelThread* thread = cpu->Current;
        bool hasBegun = thread->OwnPriority == ThreadPriority.Kernel && ThreadPriority.IsRealTime(priority);
        thread->SliceNanoseconds = sliceNanoseconds;
        thread->IsNice = isNice ? 1 : 0;
        ChangePriority(cpu, thread, priority);
        thread->AllowedCpus = allowedCpus;
        NoteBetter(cpu, thread);
        if ((allowedCpus & (1UL << cpu->Index)) == 0)
        {
            thread->State = ThreadState.Ready;
            cpu->Leaving = thread;
            SwitchAway(cpu);
        }

        EndSwitch();
        Asm.RestoreInterrupts(flags);
        if (hasBegun)
        {
            // It comes last among those that are as urgent.
            Yield(toAnyone: false);
        }
    }

    /// <summary>Whether the running thread's slice is over and another is as urgent, or the time of those with real-time priorities.</summary>
    private static bool MustMakeRoom(PerCpu* cpu, long now)
    {
        KernelThread* running = cpu->Current;
        bool isRealTime = ThreadPriority.IsRealTime(running->Priority);
        cpu->RealTime.Count(now, isRealTime);
        KernelThread* first = RunQueue.First(cpu);
        return first != null && (first->QueuedPriority >= running->Priority
            ? SliceUsed(running, now) >= running->SliceNanoseconds
            : isRealTime && cpu->RealTime.IsReached);
    }

    private static void ChangePriority(PerCpu* cpu, KernelThread* thread, int priority)
    {
        if (thread == cpu->Current)
        {
            cpu->RealTime.Count(Clock.Nanoseconds, ThreadPriority.IsRealTime(thread->Priority));
        }

        thread->OwnPriority = priority;
        thread->Priority = thread->IsCollecting != 0 ? Math.Max(priority, ThreadPriority.Kernel) : priority;
    }

    /// <summary>
    /// The calling thread stops all others for the garbage collector, and is as urgent as the kernel's own threads until
    /// <see cref="EndCollection"/>: all want what it makes, and thousands of them, each asking for it in turn, would leave it
    /// little time.
    /// </summary>
    internal static void BeginCollection() => SetCollecting(true);

    /// <summary>The world runs again; the calling thread is as urgent as it says itself.</summary>
    internal static void EndCollection() => SetCollecting(false);

    private static void SetCollecting(bool isCollecting)
    {
        ulong flags = Asm.DisableInterrupts();
        PerCpu* cpu = Asm.ThisCpu();
        cpu->Lock.AcquireRaw(LockRank.RunQueue);
        KernelThread* thread = cpu->Current;
        thread->IsCollecting = isCollecting ? 1 : 0;
        ChangePriority(cpu, thread, thread->OwnPriority);
        NoteBetter(cpu, thread);
        cpu->Lock.ReleaseRaw();
        Asm.RestoreInterrupts(flags);
    }

    private static long SliceUsed(KernelThread* thread, long now)
    {
        long sinceSwitch = now - thread->SliceStart;
        return ThreadPriority.IsRealTime(thread->Priority) ? thread->RunNanoseconds + sinceSwitch - thread->SliceBase : sinceSwitch;
    }

    /// <summary>At the end of an interrupt, on the interrupted thread's stack: lets another thread run where one should.</summary>
    /// <param name="inUserMode">Whether the thread was in user mode, or is about to be.</param>
    internal static void PreemptIfNeeded(bool inUserMode)
    {
        PerCpu* cpu = Asm.ThisCpu();
        int reasons = inUserMode ? PreemptAnywhere | PreemptInUserMode : PreemptAnywhere;
        if ((cpu->NeedsReschedule & reasons) != 0 && cpu->Current != cpu->Idle)
        {
            Preempt();
        }
    }

    /// <summary>How long a thread lets less urgent ones run that would not let it run again.</summary>
    private const long DozeNanoseconds = 1_000_000;

    /// <summary>
    /// Lets less urgent threads run that have real-time priorities, for a moment: behind one of these, which runs until it
    /// sleeps, the caller would not come again. Its permit stays what it is. Gives the held lock back.
    /// </summary>
    private static void Doze(PerCpu* cpu, KernelThread* thread, ulong flags)
    {
        bool hasPermit = thread->Permit != 0;
        thread->Permit = 0;
        thread->State = ThreadState.Parked;
        thread->TimedOut = 0;
        thread->Deadline = Clock.Nanoseconds + DozeNanoseconds;
        TimerHeap.Add(ref cpu->TimerHead, thread);
        SwitchAway(cpu);
        EndSwitch();
        Asm.RestoreInterrupts(flags);
        if (hasPermit || thread->TimedOut == 0)
        {
            Unpark(thread, urgent: false);
        }
    }
}
