using System.Runtime.CompilerServices;

namespace Levitate.Floor;

/// <summary>The threads of one CPU that are ready. The CPU's lock guards the list.</summary>
internal static unsafe class RunQueue
{
    /// <summary>Adds a thread to those that are as urgent: in front of them or behind them.</summary>
    internal static void Add(PerCpu* cpu, KernelThread* thread, int priority, bool atHead)
    {
        thread->IsQueued = 1;
        thread->QueuedSince = Clock.Nanoseconds;
        thread->QueuedPriority = priority;
        thread->QueuedWeight = Placement.Weight(thread);
        cpu->QueueWeight += thread->QueuedWeight;
        cpu->QueueLength++;
        if (cpu->QueueHead == null)
        {
            thread->Next = null;
            cpu->QueueHead = thread;
            cpu->QueueTail = thread;
            return;
        }

        if (!atHead && cpu->QueueTail->QueuedPriority >= priority)
        {
            thread->Next = null;
            cpu->QueueTail->Next = thread;
            cpu->QueueTail = thread;
            return;
        }

        KernelThread** link = &cpu->QueueHead;
        while (*link != null && ((*link)->QueuedPriority > priority || ((*link)->QueuedPriority == priority && !atHead)))
        {
            link = &(*link)->Next;
        }

        thread->Next = *link;
        *link = thread;
        if (thread->Next == null)
        {
            cpu->QueueTail = thread;
        }
    }

    /// <summary>The thread that should run next, which stays in the queue; null when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static KernelThread* First(PerCpu* cpu)
    {
        KernelThread* first = cpu->QueueHead;
        return first == null || !cpu->RealTime.IsReached ? first : FirstOfOthers(first);
    }

    /// <summary>The first thread that has no real-time priority, or the first of all.</summary>
    private static KernelThread* FirstOfOthers(KernelThread* first)
    {
        KernelThread* other = first;
        while (other != null && ThreadPriority.IsRealTime(other->QueuedPriority))
        {
            other = other->Next;
        }

        return other == null ? first : other;
    }

    internal static void Remove(PerCpu* cpu, KernelThread* thread, long now)
    {
        long wait = now - thread->QueuedSince;
        thread->WaitNanoseconds += wait;
        cpu->WaitNanoseconds += wait;
        thread->IsQueued = 0;
        cpu->QueueWeight -= thread->QueuedWeight;
        cpu->QueueLength--;
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
}
