using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>
/// A wait on one or more queues, in this form:
/// <code>
/// using var wait = new WaitScope(caller);
/// wait.Add(queue);
/// while (!condition)
/// {
///     Errno error = wait.Sleep(deadline);
///     if (error != Errno.None)
///     {
///         return error;
///     }
/// }
/// </code>
/// No lock may be held over <see cref="Sleep"/>. Scopes nest. On the way out the entries leave their queues, and a
/// WakeOne that did not end the last sleep goes on to the next waiter: the wait failed, or found what it waits for before
/// it slept, and the wake-up was for something that came later.
/// </summary>
public ref struct WaitScope
{
    private readonly Waiter _waiter;
    private readonly int _first;
    private bool _wasWoken;

    /// <summary>A wait of a user thread, which signals interrupt.</summary>
    public WaitScope(UserThread caller)
        : this(caller.Waiter)
    {
    }

    /// <summary>A wait of any kernel thread.</summary>
    public WaitScope(Waiter waiter)
    {
        _waiter = waiter;
        _first = waiter.Count;
    }

    /// <summary>Goes on a queue; then look at the condition.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="exclusive">Whether one such waiter is enough for a <see cref="WaitQueue.WakeOne"/>.</param>
    public readonly void Add(WaitQueue queue, bool exclusive = false) => _waiter.Enter(queue, exclusive);

    /// <summary>Sleeps until something happens: look at the condition again after <see cref="Errno.None"/>.</summary>
    /// <param name="deadline">Monotonic time in nanoseconds.</param>
    /// <returns>ETIMEDOUT past the deadline; ERESTARTSYS for a pending signal (return it as it is, or EINTR where the man page says never restarted).</returns>
    public Errno Sleep(long deadline = ThreadParker.NoDeadline)
    {
        _wasWoken = false;
        _waiter.Acknowledge();
        return _waiter.Thread is { HasPendingSignal: true } ? Errno.ERESTARTSYS : Park(deadline);
    }

    /// <summary>Sleeps like <see cref="Sleep"/>, but only the thread's end interrupts (EINTR).</summary>
    public Errno SleepKillable(long deadline = ThreadParker.NoDeadline)
    {
        _wasWoken = false;
        _waiter.Acknowledge();
        return _waiter.Thread is { MustExit: true } ? Errno.EINTR : Park(deadline);
    }

    /// <summary>Leaves the queues.</summary>
    public readonly void Dispose() => _waiter.Leave(_first, passOn: !_wasWoken);

    private Errno Park(long deadline)
    {
        if (!_waiter.Parker.Park(deadline))
        {
            return Errno.ETIMEDOUT;
        }

        _wasWoken = _waiter.IsSignaled(_first);
        return Errno.None;
    }
}
