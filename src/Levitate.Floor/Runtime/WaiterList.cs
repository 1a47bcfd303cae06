namespace Levitate.Floor.Runtime;

/// <summary>A thread that waits for a mutex or a condition; it lies on that thread's stack.</summary>
internal unsafe struct Waiter
{
    /// <summary>Who waits.</summary>
    internal KernelThread* Thread;

    /// <summary>Who came next.</summary>
    internal Waiter* Next;

    /// <summary>Set, under the list's guard, when the wait is over.</summary>
    internal volatile bool IsReleased;
}

/// <summary>Waiters, first come, first served. Guarded by the mutex or condition that it is part of.</summary>
internal unsafe struct WaiterList
{
    private Waiter* _first;
    private Waiter* _last;

    /// <summary>Puts a waiter last.</summary>
    internal void Add(Waiter* waiter)
    {
        waiter->Next = null;
        if (_first == null)
        {
            _first = waiter;
        }
        else
        {
            _last->Next = waiter;
        }

        _last = waiter;
    }

    /// <summary>
    /// Takes the first waiter out and wakes it. Its memory is gone as soon as it sees IsReleased. It takes the guard once more
    /// before it goes on, for it may then destroy the mutex or condition, whose guard the caller still has to give back.
    /// Returns its thread, or null when nobody waits.
    /// </summary>
    internal KernelThread* ReleaseFirst()
    {
        Waiter* waiter = _first;
        if (waiter == null)
        {
            return null;
        }

        _first = waiter->Next;
        KernelThread* thread = waiter->Thread;
        waiter->IsReleased = true;
        Threads.Unpark(thread);
        return thread;
    }

    /// <summary>Takes out a waiter that gives up.</summary>
    internal void Remove(Waiter* waiter)
    {
        Waiter* previous = null;
        for (Waiter* current = _first; current != null; previous = current, current = current->Next)
        {
            if (current != waiter)
            {
                continue;
            }

            if (previous == null)
            {
                _first = current->Next;
            }
            else
            {
                previous->Next = current->Next;
            }

            if (_last == current)
            {
                _last = previous;
            }

            return;
        }
    }
}
