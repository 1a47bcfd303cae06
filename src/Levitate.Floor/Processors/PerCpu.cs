using System.Runtime.InteropServices;

namespace Levitate.Floor;

/// <summary>What a CPU has for itself; gs points to it in the kernel. Boot/layout.inc knows the first fields' offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PerCpu
{
    /// <summary>Order-0 frames kept without a lock; see FrameAllocator.</summary>
    internal const int FrameCacheCapacity = 64;

    /// <summary>In <see cref="ActiveRoot"/> while cr3 changes: the CPU may still use the old root, and already the new one.</summary>
    internal const ulong SwitchingRoots = 1;

    internal PerCpu* Self;
    internal KernelThread* Current;
    internal UserState* UserState;
    internal ulong Scratch;

    /// <summary>The page-table root (physical) that this CPU has loaded. Written by this CPU only, read by those that flush.</summary>
    internal ulong ActiveRoot;

    internal int Index;

    /// <summary>The ID of its local interrupt controller.</summary>
    internal uint ApicId;

    /// <summary>Whether another thread should run: the bits of <see cref="Scheduler"/>.</summary>
    internal int NeedsReschedule;

    /// <summary>Threads in the queue; others read it without the lock, to compare.</summary>
    internal int QueueLength;

    /// <summary>What the threads in the queue weigh together, likewise: see <see cref="Placement.Weight"/>.</summary>
    internal long QueueWeight;

    /// <summary>Slices that ended here while another CPU had less to do; see <see cref="Placement.Balance"/>.</summary>
    internal int UnevenSlices;

    internal KernelThread* Idle;

    /// <summary>A thread that has exited; the next thread frees its stack.</summary>
    internal KernelThread* Dead;

    /// <summary>A thread that may not run here any more; the next thread sends it elsewhere.</summary>
    internal KernelThread* Leaving;

    /// <summary>
    /// Guards the run queue and the timers of this CPU, and the state of the threads whose Cpu it is. Interrupts off;
    /// innermost, and never two of them at once.
    /// </summary>
    internal SpinLock Lock;

    /// <summary>Threads that are ready: the most urgent first, equally urgent ones in the order of their coming.</summary>
    internal KernelThread* QueueHead;
    internal KernelThread* QueueTail;

    /// <summary>Of the parked threads with a deadline the one with the earliest: the top of a <see cref="TimerHeap"/>.</summary>
    internal KernelThread* TimerHead;

    /// <summary>See <see cref="RealTimeLimit"/>.</summary>
    internal RealTimeLimit RealTime;

    /// <summary>When the LAPIC timer is set to fire (nanoseconds), or long.MaxValue.</summary>
    internal long TimerArmedFor;

    /// <summary>Nanoseconds without work so far; while the CPU is idle, that less the time when it began to be: negative.</summary>
    internal long IdleBalance;

    /// <summary>Samples of the timer interrupt in user mode and in the kernel, without those in the idle thread.</summary>
    internal long UserTicks;

    internal long SystemTicks;

    /// <summary>Those of <see cref="UserTicks"/> that met a thread that is nice to others.</summary>
    internal long NiceTicks;

    /// <summary>Nanoseconds of threads here, up to the last switch, and in this CPU's queue before they came to run or went elsewhere.</summary>
    internal long RunNanoseconds;

    /// <inheritdoc cref="RunNanoseconds"/>
    internal long WaitNanoseconds;

    /// <summary>How often a thread was picked to run, and how often there was none.</summary>
    internal long Picks;

    /// <inheritdoc cref="Picks"/>
    internal long IdlePicks;

    /// <summary>How often a thread came to run here.</summary>
    internal long Slices;

    /// <summary>How often a sleeping thread was woken from here, and how often to run here.</summary>
    internal long WakeUps;

    /// <inheritdoc cref="WakeUps"/>
    internal long LocalWakeUps;

    /// <summary>Interrupts of its timer and of other CPUs.</summary>
    internal long TimerInterrupts;

    /// <inheritdoc cref="TimerInterrupts"/>
    internal long RequestInterrupts;

    /// <summary>How often it forgot translations because another CPU wanted it to.</summary>
    internal long Shootdowns;

    /// <summary>
    /// Whether the CPU halts, or is about to, in its idle thread: it runs no managed code and uses no memory of the
    /// runtime's. Set and cleared by it alone, with a memory barrier; so whoever sees it set need not interrupt the CPU for
    /// a barrier or for kernel memory.
    /// </summary>
    internal int IsHalted;

    /// <summary>Set by others while <see cref="IsHalted"/>: kernel memory has changed, to be forgotten when the CPU goes on.</summary>
    internal int MustFlush;

    /// <summary>Translations that other CPUs want this one to forget: a list that they push to and this CPU takes whole.</summary>
    internal FlushNode* FlushHead;

    /// <summary>The ranks of the spin locks that are held on this CPU, a bit each; see LockChecks.</summary>
    internal uint HeldLocks;

    /// <summary>The number of the last memory barrier that this CPU took part in.</summary>
    internal int BarrierSeen;

    internal int FrameCacheCount;
    internal fixed uint FrameCache[FrameCacheCapacity];

    internal ulong GlobalDescriptor0;
    internal fixed ulong GlobalDescriptors[7];
    internal fixed byte TaskState[112];
}
