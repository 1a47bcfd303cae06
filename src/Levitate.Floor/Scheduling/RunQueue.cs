namespace Levitate.Floor;

/// <summary>The lists of one CPU: threads that are ready, and parked ones with a deadline. The CPU's lock guards both.</summary>
internal static unsafe class RunQueue
{
    internal static void Add(PerCpu* cpu, KernelThread* thread, bool atHead)
    {
        thread->IsQueued = 1;
        thread->QueuedSince = Clock.Nanoseconds;
        cpu->QueueLength++;
        if (cpu->QueueHead == null)
        {
            thread->Next = null;
            cpu->QueueHead = thread;
            cpu->QueueTail = thread;
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

    internal static void Remove(PerCpu* cpu, KernelThread* thread, long now)
    {
        long wait = now - thread->QueuedSince;
        thread->WaitNanoseconds += wait;
        cpu->WaitNanoseconds += wait;
        thread->IsQueued = 0;
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

    internal static void AddTimer(PerCpu* cpu, KernelThread* thread)
    {
        KernelThread** link = &cpu->TimerHead;
        while (*link != null && (*link)->Deadline <= thread->Deadline)
        {
            link = &(*link)->TimerNext;
        }

        thread->TimerNext = *link;
        *link = thread;
    }

    internal static void RemoveTimer(PerCpu* cpu, KernelThread* thread)
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
