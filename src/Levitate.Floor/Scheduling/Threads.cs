using System.Runtime;
using System.Threading;
using Levitate.Floor.Runtime;

namespace Levitate.Floor;

/// <summary>Kernel threads, for the runtime's pthreads and the machine layer's parkers.</summary>
public static unsafe class Threads
{
    private const int StructureBytes = 512;
    private static KernelThread* s_free;
    private static int s_lastId;

    /// <summary>Guards the list of free structures. Interrupts off; before FrameAllocator's lock.</summary>
    private static SpinLock s_lock;

    /// <summary>Frames of a thread's stack.</summary>
    public const long StackFrames = KernelStacks.FramesOfOne;

    /// <summary>Frames of stacks that are kept for threads to come.</summary>
    public static long UnusedStackFrames => KernelStacks.UnusedFrames;

    /// <summary>The calling thread.</summary>
    public static KernelThread* Current => Asm.CurrentThread();

    /// <summary>Waits for the permit and takes it; false when the deadline (nanoseconds; long.MaxValue: none) passed. Blocks: managed code calls it through <see cref="BlockingCalls"/>.</summary>
    public static bool Park(long deadline) => Scheduler.Park(deadline);

    /// <summary>Gives the permit. Any context; harmless for a thread that has ended.</summary>
    public static void Unpark(KernelThread* thread) => Scheduler.Unpark(thread, urgent: false);

    /// <summary>Has the runtime's activation handler run on a thread before it goes on where it was interrupted, and that soon.</summary>
    public static void RequestActivation(KernelThread* thread)
    {
        Volatile.Write(ref thread->PendingActivation, 1);
        Scheduler.Hurry(thread);
    }

    /// <summary>Lets others run, less urgent ones too. Blocks: managed code calls it through <see cref="BlockingCalls"/>.</summary>
    public static void Yield() => Scheduler.Yield(toAnyone: true);

    /// <summary>Says on which CPUs the calling thread may run (bits by number, one of them at least of a CPU that there is), how long while others wait that are as urgent, and how urgent it is (<see cref="ThreadPriority"/>).</summary>
    public static void SetTerms(ulong allowedCpus, long sliceNanoseconds, int priority, bool isNice) =>
        Scheduler.SetTerms(allowedCpus, sliceNanoseconds, priority, isNice);

    /// <summary>Whether the calling thread should make room before it enters user mode; a moment's view.</summary>
    public static bool MustMakeRoom => Asm.ThisCpu()->NeedsReschedule != 0;

    /// <summary>Makes the calling thread as one that has just begun: its times and counts are zero, its terms the usual ones.</summary>
    public static void Renew() => Scheduler.Renew();

    /// <summary>The calling thread, made as new by <see cref="Renew"/> and kept since, begins new work.</summary>
    public static void BeginBody() => Scheduler.BeginBody();

    /// <summary>Of how many nanoseconds threads with a real-time priority get how many at most where others wait.</summary>
    public static (long Period, long Limit) RealTimeShare => (RealTimeLimit.PeriodNanoseconds, RealTimeLimit.LimitNanoseconds);

    /// <summary>How long a thread runs while others wait that has not said anything else.</summary>
    public const long DefaultSliceNanoseconds = Scheduler.SliceNanoseconds;

    /// <summary>Ends the calling thread.</summary>
    [RuntimeExport("floor_thread_exit")]
    public static void Exit()
    {
        KernelStacks.Trim();
        Scheduler.Exit();
    }

    /// <summary>CPU time of the calling thread in nanoseconds, and its samples in user mode and in the kernel.</summary>
    public static long RunTime(out long userTicks, out long systemTicks) => Scheduler.RunTime(out userTicks, out systemTicks);

    /// <summary>Nanoseconds that the CPUs were idle, all together.</summary>
    public static long IdleNanoseconds => Scheduler.IdleNanoseconds;

    /// <summary>Samples of one CPU's work in user mode, those of them of nice threads, and those in the kernel.</summary>
    public static void SamplesOf(int processor, out long userTicks, out long niceTicks, out long systemTicks)
    {
        PerCpu* cpu = Processors.Get(processor);
        userTicks = Volatile.Read(ref cpu->UserTicks);
        niceTicks = Volatile.Read(ref cpu->NiceTicks);
        systemTicks = Volatile.Read(ref cpu->SystemTicks);
    }

    /// <summary>Nanoseconds of threads on a CPU up to its last switch, and in its queue, and how often one came to run.</summary>
    public static void HistoryOf(int processor, out long run, out long wait, out long slices)
    {
        PerCpu* cpu = Processors.Get(processor);
        run = Volatile.Read(ref cpu->RunNanoseconds);
        wait = Volatile.Read(ref cpu->WaitNanoseconds);
        slices = Volatile.Read(ref cpu->Slices);
    }

    /// <summary>How often a CPU looked for a thread to run, and found none; how often a sleeper was woken from it, and to run on it.</summary>
    public static void DecisionsOf(int processor, out long picks, out long idlePicks, out long wakeUps, out long localWakeUps)
    {
        PerCpu* cpu = Processors.Get(processor);
        picks = Volatile.Read(ref cpu->Picks);
        idlePicks = Volatile.Read(ref cpu->IdlePicks);
        wakeUps = Volatile.Read(ref cpu->WakeUps);
        localWakeUps = Volatile.Read(ref cpu->LocalWakeUps);
    }

    /// <summary>How many threads run or wait for a CPU.</summary>
    public static int Runnable => Placement.RunnableThreads;

    /// <summary>How many they were on the average of 1, 5 and 15 minutes, in 2048ths.</summary>
    public static (long Load1, long Load5, long Load15) LoadAverages => Floor.LoadAverages.Read(Clock.Nanoseconds);

    /// <summary>Nanoseconds that one CPU was idle.</summary>
    public static long IdleOf(int processor) => Scheduler.IdleOf(processor);

    /// <summary>Starts a thread at a C function, as pthread_create does; false when there is no memory.</summary>
    /// <param name="start">The function.</param>
    /// <param name="argument">Its argument.</param>
    public static bool TryStart(delegate* unmanaged<void*, void> start, void* argument)
    {
        KernelThread* thread;
        return Pthread.Create(&thread, null, start, argument) == 0;
    }

    /// <summary>Has a waiting thread, which has nothing to do, begin with something new.</summary>
    public static void Resume(KernelThread* thread)
    {
        Inherit(thread);
        Unpark(thread);
    }

    /// <summary>
    /// A thread that the caller makes runs where the caller may, and is as urgent; but where that has a real-time priority it
    /// begins as one of the kernel's, until it has said who it is, for who gives it another priority must find it.
    /// </summary>
    private static void Inherit(KernelThread* thread)
    {
        KernelThread* creator = Asm.CurrentThread();
        thread->AllowedCpus = creator->AllowedCpus;
        thread->OwnPriority = ThreadPriority.IsRealTime(creator->OwnPriority) ? ThreadPriority.Kernel : creator->OwnPriority;
        thread->Priority = thread->OwnPriority;
    }

    /// <summary>Starts a thread at a C function; null when there is no memory. Its TLS block lies at its stack's top.</summary>
    /// <param name="entry">The function's address.</param>
    /// <param name="argument">Its argument.</param>
    public static KernelThread* TryCreate(void* entry, void* argument)
    {
        KernelThread* thread = TryAllocateStructure();
        ulong top = thread == null ? 0 : KernelStacks.TryAllocate();
        if (top == 0)
        {
            if (thread != null)
            {
                FreeStructure(thread);
            }

            return null;
        }

        PerCpu* last = thread->Cpu;
        *thread = default;
        thread->State = ThreadState.Dead;
        thread->Cpu = last;
        thread->SliceNanoseconds = DefaultSliceNanoseconds;
        Inherit(thread);
        thread->Id = Interlocked.Increment(ref s_lastId);
        thread->StackBottom = top - KernelStacks.Bytes;
        thread->StackTop = top;
        thread->TlsBase = LayOutTls(top, out ulong stack);

        // What floor_switch pops: r15, r14, r13, r12, rbx, rbp, and the address to return to.
        ulong* frame = (ulong*)(stack - 16 - 56);
        frame[0] = 0;
        frame[1] = 0;
        frame[2] = (ulong)argument;
        frame[3] = (ulong)entry;
        frame[4] = 0;
        frame[5] = 0;
        frame[6] = (ulong)LinkSymbols.ThreadStart();
        frame[7] = 0;
        thread->SavedRsp = (ulong)frame;
        Scheduler.Start(thread);
        return thread;
    }

    /// <summary>
    /// The static thread-local block, x86-64 psABI variant II: the block ends at the thread pointer, which points to
    /// itself; glibc's stack canary is at 0x28 past it.
    /// </summary>
    private static ulong LayOutTls(ulong top, out ulong stack)
    {
        const ulong ControlBlockBytes = 128;
        ulong pointer = (top - ControlBlockBytes) & ~(TlsAlignment - 1);
        ulong start = TlsStart(pointer);
        for (ulong address = start; address < top; address += 8)
        {
            *(ulong*)address = 0;
        }

        byte* template = LinkSymbols.TlsTemplate();
        ulong templateBytes = (ulong)(LinkSymbols.TlsTemplateEnd() - template);
        for (ulong index = 0; index < templateBytes; index++)
        {
            ((byte*)start)[index] = template[index];
        }

        *(ulong*)pointer = pointer;
        *(ulong*)(pointer + 0x28) = CpuEntropy.Next64() & ~0xffUL;
        stack = start & ~63UL;
        return pointer;
    }

    private static ulong TlsAlignment => LinkSymbols.TlsAlignment() > 64 ? LinkSymbols.TlsAlignment() : 64;

    /// <summary>Where the thread-local block begins that ends at a thread pointer: a thread's stack ends there.</summary>
    internal static ulong TlsStart(ulong pointer) => pointer - ((LinkSymbols.TlsSize() + TlsAlignment - 1) & ~(TlsAlignment - 1));

    /// <summary>Makes the boot context the idle thread of its CPU.</summary>
    internal static void AdoptIdle(PerCpu* cpu)
    {
        KernelThread* thread = TryAllocateStructure();
        *thread = default;
        thread->State = ThreadState.Running;
        thread->Cpu = cpu;
        thread->AllowedCpus = ulong.MaxValue;
        thread->SliceNanoseconds = DefaultSliceNanoseconds;
        cpu->Idle = thread;
        cpu->Current = thread;
    }

    /// <summary>Takes back what an ended thread had.</summary>
    internal static void Recycle(KernelThread* thread)
    {
        KernelStacks.Free(thread->StackTop);
        FreeStructure(thread);
    }

    private static KernelThread* TryAllocateStructure()
    {
        ulong flags = s_lock.Acquire(LockRank.ThreadStructures);
        if (s_free == null && FrameAllocator.TryAllocate(out uint frame))
        {
            byte* page = DirectMap.FramePointer(frame);
            Asm.ClearPage(page);
            for (int offset = 0; offset < 4096; offset += StructureBytes)
            {
                KernelThread* fresh = (KernelThread*)(page + offset);
                fresh->State = ThreadState.Dead;
                fresh->Next = s_free;
                s_free = fresh;
            }
        }

        KernelThread* thread = s_free;
        if (thread != null)
        {
            s_free = thread->Next;
        }

        s_lock.Release(flags);
        return thread;
    }

    private static void FreeStructure(KernelThread* thread)
    {
        ulong flags = s_lock.Acquire(LockRank.ThreadStructures);
        thread->State = ThreadState.Dead;
        thread->Next = s_free;
        s_free = thread;
        s_lock.Release(flags);
    }
}
