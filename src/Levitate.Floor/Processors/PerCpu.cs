using System.Runtime.InteropServices;

namespace Levitate.Floor;

/// <summary>What a CPU has for itself; gs points to it in the kernel. Boot/layout.inc knows the first fields' offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PerCpu
{
    /// <summary>Order-0 frames kept without a lock; see FrameAllocator.</summary>
    internal const int FrameCacheCapacity = 64;

    internal PerCpu* Self;
    internal KernelThread* Current;
    internal UserState* UserState;
    internal ulong Scratch;
    internal int Index;
    internal int NeedsReschedule;
    internal KernelThread* Idle;

    /// <summary>A thread that has exited; the next thread frees its stack.</summary>
    internal KernelThread* Dead;

    /// <summary>Guards the run queue and the timers of this CPU, and the state of the threads on it. Interrupts off; innermost.</summary>
    internal SpinLock Lock;

    internal KernelThread* QueueHead;
    internal KernelThread* QueueTail;

    /// <summary>Parked threads with a deadline, the earliest first.</summary>
    internal KernelThread* TimerHead;

    /// <summary>When the LAPIC timer is set to fire (nanoseconds), or long.MaxValue.</summary>
    internal long TimerArmedFor;

    internal long IdleNanoseconds;

    internal int FrameCacheCount;
    internal fixed uint FrameCache[FrameCacheCapacity];

    internal ulong GlobalDescriptor0;
    internal fixed ulong GlobalDescriptors[7];
    internal fixed byte TaskState[112];
}
