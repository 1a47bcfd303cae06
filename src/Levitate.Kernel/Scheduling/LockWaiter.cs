using System.Threading;

namespace Levitate.Kernel.Scheduling;

/// <summary>
/// A thread as it waits for a <see cref="KernelLock"/>, for one at a time. How it sleeps is the machine's matter. A wake-up
/// that comes before the sleep ends that one.
/// </summary>
public abstract class LockWaiter
{
    /// <summary>Who waits in the same queue and came next.</summary>
    internal LockWaiter? Next { get; set; }

    /// <summary>The number of the lock that it waits for.</summary>
    internal int Place { get; set; }

    /// <summary>Sleeps until it is woken. On its own thread.</summary>
    protected internal abstract void Sleep();

    /// <summary>Ends the sleep, or the next one. Any thread.</summary>
    protected internal abstract void Wake();

    /// <summary>Lets others use the processor for a moment. On its own thread.</summary>
    protected internal abstract void LetOthersRun();
}

/// <summary>One by the monitors of .NET, for where the kernel's library runs as any other (its tests).</summary>
internal sealed class MonitorWaiter : LockWaiter
{
    private bool _isWoken;

    /// <inheritdoc/>
    protected internal override void Sleep()
    {
        lock (this)
        {
            while (!_isWoken)
            {
                Monitor.Wait(this);
            }

            _isWoken = false;
        }
    }

    /// <inheritdoc/>
    protected internal override void Wake()
    {
        lock (this)
        {
            _isWoken = true;
            Monitor.Pulse(this);
        }
    }

    /// <inheritdoc/>
    protected internal override void LetOthersRun() => Thread.Yield();
}
