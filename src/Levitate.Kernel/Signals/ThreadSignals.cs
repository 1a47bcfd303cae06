namespace Levitate.Kernel.Signals;

/// <summary>A thread's share in signals. The process's <see cref="ProcessSignals"/> lock guards what others look at.</summary>
internal sealed class ThreadSignals
{
    /// <summary>The blocked signals. Written by the thread itself, with the lock held.</summary>
    internal ulong Blocked { get; set; }

    /// <summary>The mask that a temporary one (sigsuspend, ppoll) stands for: put back after the signal's delivery, or into its frame. Only the thread uses it.</summary>
    internal ulong? SavedBlocked { get; set; }

    /// <summary>What sigtimedwait waits for at present: such a signal wakes the thread though it is blocked.</summary>
    internal ulong Awaited { get; set; }

    /// <summary>Whether the thread has stopped with its process.</summary>
    internal bool IsStopped { get; set; }

    /// <summary>Signals for this thread alone.</summary>
    internal PendingSignals Pending { get; } = new();

    /// <summary>The alternate stack's first byte. Only the thread uses it.</summary>
    internal ulong AlternateStack { get; set; }

    /// <summary>Its size in bytes; 0: none.</summary>
    internal ulong AlternateStackSize { get; set; }

    /// <summary>SS_AUTODISARM.</summary>
    internal bool AlternateStackAutoDisarm { get; set; }

    /// <summary>Whether a stack pointer lies on the alternate stack.</summary>
    internal bool IsOnAlternateStack(ulong stackPointer) =>
        !AlternateStackAutoDisarm && stackPointer > AlternateStack && stackPointer - AlternateStack <= AlternateStackSize;

    /// <summary>Forgets the alternate stack.</summary>
    internal void DisableAlternateStack()
    {
        AlternateStack = 0;
        AlternateStackSize = 0;
        AlternateStackAutoDisarm = false;
    }

    /// <summary>What a clone has of its maker: the mask, and the alternate stack unless they share memory.</summary>
    internal void Inherit(ThreadSignals other, bool keepsAlternateStack)
    {
        Blocked = other.Blocked;
        if (keepsAlternateStack)
        {
            AlternateStack = other.AlternateStack;
            AlternateStackSize = other.AlternateStackSize;
            AlternateStackAutoDisarm = other.AlternateStackAutoDisarm;
        }
    }
}
