using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Platform;

/// <summary>
/// Blocks the one kernel thread that owns it. A permit that is there or not: <see cref="Unpark"/> gives it,
/// <see cref="Park"/> waits for it and takes it, so that no wake-up between a check and the wait is lost.
/// </summary>
public abstract class ThreadParker
{
    /// <summary>A deadline that never comes.</summary>
    public const long NoDeadline = long.MaxValue;

    /// <summary>Waits for the permit. Called by the owner only, with no lock held.</summary>
    /// <param name="deadline">The monotonic time in nanoseconds at which to give up.</param>
    /// <returns>False when the deadline passed.</returns>
    public bool Park(long deadline)
    {
        if (LockOrderChecks.AreOn)
        {
            LockOrderChecks.BeforeSleep();
        }

        return Wait(deadline);
    }

    /// <summary>Gives the permit. Any thread; never blocks.</summary>
    public abstract void Unpark();

    /// <summary>What <see cref="Park"/> does on this machine.</summary>
    protected abstract bool Wait(long deadline);
}
