namespace Levitate.Kernel.Scheduling;

/// <summary>A place in a <see cref="WaitQueue"/>. Derive from it to be told of wake-ups instead of sleeping (epoll).</summary>
public abstract class WaitEntry
{
    /// <summary>The queue that it is on; that queue's lock guards this and the links.</summary>
    internal WaitQueue? Queue { get; set; }

    internal WaitEntry? Next { get; set; }

    internal WaitEntry? Previous { get; set; }

    /// <summary>Whether a wake-up has come that the owner has not yet looked at.</summary>
    internal bool IsSignaled { get; set; }

    /// <summary>Whether <see cref="WaitQueue.WakeOne"/> stops at it, as for a reader that will take what is there.</summary>
    internal bool IsExclusive { get; set; }

    /// <summary>Called on a wake-up, with the queue's lock held: must not block, nor touch this queue.</summary>
    /// <returns>Whether someone will look: an exclusive wake-up that nobody uses goes on to the next.</returns>
    internal abstract bool OnWake();
}

/// <summary>The place of a sleeping kernel thread.</summary>
internal sealed class SleeperEntry(Platform.ThreadParker parker) : WaitEntry
{
    internal override bool OnWake()
    {
        parker.Unpark();
        return true;
    }
}
