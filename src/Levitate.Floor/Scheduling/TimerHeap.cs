namespace Levitate.Floor;

/// <summary>
/// The parked threads of one CPU that have a deadline, the earliest on top: a pairing heap (Fredman, Sedgewick, Sleator and
/// Tarjan, 1986) whose links lie in the threads. To add one takes the same few steps however many there are; to take one
/// out a logarithm, amortized, where a sorted list would be walked with interrupts off. The CPU's lock guards it.
/// </summary>
internal static unsafe class TimerHeap
{
    /// <summary>Adds a thread with its <see cref="KernelThread.Deadline"/>.</summary>
    internal static void Add(ref KernelThread* top, KernelThread* thread)
    {
        thread->TimerChild = null;
        thread->TimerNext = null;
        thread->TimerPrevious = null;
        top = top == null ? thread : Meld(top, thread);
    }

    /// <summary>Takes a thread out that is in it.</summary>
    internal static void Remove(ref KernelThread* top, KernelThread* thread)
    {
        KernelThread* below = MeldAll(thread->TimerChild);
        thread->TimerChild = null;
        if (thread == top)
        {
            top = below;
            return;
        }

        KernelThread* previous = thread->TimerPrevious;
        if (previous->TimerChild == thread)
        {
            previous->TimerChild = thread->TimerNext;
        }
        else
        {
            previous->TimerNext = thread->TimerNext;
        }

        if (thread->TimerNext != null)
        {
            thread->TimerNext->TimerPrevious = previous;
        }

        thread->TimerNext = null;
        thread->TimerPrevious = null;
        if (below != null)
        {
            top = Meld(top, below);
        }
    }

    /// <summary>Makes one heap of two: the later top becomes the first child of the other. Neither has siblings.</summary>
    private static KernelThread* Meld(KernelThread* one, KernelThread* other)
    {
        KernelThread* earlier = other->Deadline < one->Deadline ? other : one;
        KernelThread* later = earlier == one ? other : one;
        later->TimerPrevious = earlier;
        later->TimerNext = earlier->TimerChild;
        if (later->TimerNext != null)
        {
            later->TimerNext->TimerPrevious = later;
        }

        earlier->TimerChild = later;
        return earlier;
    }

    /// <summary>Makes one heap of a list of siblings: of each two in turn, and then of all these from the last to the first.</summary>
    private static KernelThread* MeldAll(KernelThread* first)
    {
        KernelThread* pairs = null;
        while (first != null)
        {
            KernelThread* one = first, other = one->TimerNext;
            first = other == null ? null : other->TimerNext;
            one->TimerNext = null;
            one->TimerPrevious = null;
            if (other != null)
            {
                other->TimerNext = null;
                other->TimerPrevious = null;
                one = Meld(one, other);
            }

            one->TimerNext = pairs;
            pairs = one;
        }

        KernelThread* whole = null;
        while (pairs != null)
        {
            KernelThread* next = pairs->TimerNext;
            pairs->TimerNext = null;
            whole = whole == null ? pairs : Meld(whole, pairs);
            pairs = next;
        }

        return whole;
    }
}
