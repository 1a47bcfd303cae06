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
/// WakeOne that came to a wait which failed goes on to the next waiter.
/// </summary>
public ref struct WaitScope
{
    private readonly Waiter _waiter;
    private readonly int _first;
    private bool _failed;

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
        _waiter.Acknowledge();
        if (_waiter.Thread is { HasPendingSignal: true })
        {
            _failed = true;
            return Errno.ERESTARTSYS;
        }

        if (_waiter.Parker.Park(deadline))
        {
            return Errno.None;
        }

        _failed = true;
        return Errno.ETIMEDOUT;
    }

    /// <summary>Sleeps like <see cref="Sleep"/>, but only the thread's end interrupts (EINTR).</summary>
    public Errno SleepKillable(long deadline = ThreadParker.NoDeadline)
    {
        _waiter.Acknowledge();
        if (_waiter.Thread is { MustExit: true })
        {
            _failed = true;
            return Errno.EINTR;
        }

        return _waiter.Parker.Park(deadline) ? Errno.None : Errno.ETIMEDOUT;
    }

    /// <summary>Leaves the queues.</summary>
    public readonly void Dispose() => _waiter.Leave(_first, _failed);
}
