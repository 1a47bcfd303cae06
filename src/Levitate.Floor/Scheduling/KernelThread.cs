using System.Runtime.InteropServices;

namespace Levitate.Floor;

/// <summary>Where a kernel thread is.</summary>
internal enum ThreadState
{
    Ready,
    Running,
    Parked,
    Dead,
}

/// <summary>A kernel thread. The memory of these is never given back, only reused for other threads, so that a late Unpark is harmless.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct KernelThread
{
    // The first five are known to Boot/layout.inc.
    internal ulong SavedRsp;

    /// <summary>The thread pointer (fs base) of the .NET runtime's static thread-local storage.</summary>
    public ulong TlsBase;

    /// <summary>The page-table root (physical) that this thread runs in; 0: any.</summary>
    internal ulong AddressSpaceRoot;

    /// <summary>The user's gs base while the thread is off its CPU.</summary>
    internal ulong UserGsBase;

    /// <summary>Whether the thread runs user code, so that a switch keeps its gs base.</summary>
    internal int IsUser;

    /// <summary>Unique among all threads so far; 1 is the first.</summary>
    public int Id;

    internal ThreadState State;
    internal int Permit;
    internal int TimedOut;
    internal int IsQueued;

    /// <summary>Set by pthread_kill: the runtime's activation handler is to run on this thread before it goes on where it was interrupted.</summary>
    public int PendingActivation;

    /// <summary>Where it runs, waits or last ran. Changes under the lock of the CPU that it leaves.</summary>
    internal PerCpu* Cpu;

    /// <summary>The CPUs that it may run on: a bit for each number.</summary>
    internal ulong AllowedCpus;

    /// <summary>How long it runs while others wait that are as urgent; long.MaxValue: until it sleeps.</summary>
    internal long SliceNanoseconds;

    /// <summary>How urgent it is: see <see cref="ThreadPriority"/>.</summary>
    internal int Priority;

    /// <summary>How urgent it is when it does not collect garbage (<see cref="Scheduler.BeginCollection"/>).</summary>
    internal int OwnPriority;

    /// <summary>Whether it collects garbage: only then may <see cref="Priority"/> be more than its own.</summary>
    internal int IsCollecting;

    /// <summary>Whether it takes frames out of the kernel's reserve just now: see <see cref="FrameAllocator.UseReserve"/>.</summary>
    internal int MayUseReserve;

    /// <summary>How urgent it is in the queue that it is in.</summary>
    internal int QueuedPriority;

    /// <summary>What it weighs in the queue that it is in: see <see cref="Placement.Weight"/>.</summary>
    internal long QueuedWeight;

    /// <summary>CPU time when its slice began, in nanoseconds; of those with a real-time priority, which keep a slice when they are interrupted.</summary>
    internal long SliceBase;

    /// <summary>The state that it enters user mode with; null for a thread that does not.</summary>
    internal UserState* UserState;

    /// <summary>Its user state, where switches to it are counted; else null.</summary>
    internal UserState* Watched;

    internal KernelThread* Next;

    /// <summary>Its place in the CPU's <see cref="TimerHeap"/>: the first below it, the next beside it, and the one before it or, of the first, above.</summary>
    internal KernelThread* TimerChild;

    /// <inheritdoc cref="TimerChild"/>
    internal KernelThread* TimerNext;

    /// <inheritdoc cref="TimerChild"/>
    internal KernelThread* TimerPrevious;

    internal long Deadline;
    internal long SliceStart;

    /// <summary>CPU time so far, in nanoseconds, up to <see cref="SliceStart"/>.</summary>
    internal long RunNanoseconds;

    /// <summary>When it came to the queue that it is in.</summary>
    internal long QueuedSince;

    /// <summary>Nanoseconds in queues before this time.</summary>
    internal long WaitNanoseconds;

    /// <summary>How often it came to a CPU.</summary>
    internal long Slices;

    /// <summary>How often it had to leave one, or left it to others, though it could have gone on.</summary>
    internal long Preemptions;

    /// <summary>Samples of the timer interrupt in user mode and in the kernel.</summary>
    internal long UserTicks;

    internal long SystemTicks;

    /// <summary>1 where it is nice to others, so that its samples in user mode are counted apart on the CPU.</summary>
    internal int IsNice;

    /// <summary>The stack, both ends (bottom is the lowest address).</summary>
    public ulong StackBottom;

    /// <inheritdoc cref="StackBottom"/>
    public ulong StackTop;

    /// <summary>For the owner of the pthread functions.</summary>
    public ulong RuntimeData0;

    /// <inheritdoc cref="RuntimeData0"/>
    public ulong RuntimeData1;
}
