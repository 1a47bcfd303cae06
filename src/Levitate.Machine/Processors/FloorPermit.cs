using System.Threading;
using Levitate.Floor;

namespace Levitate.Machine.Processors;

/// <summary>
/// A permit that is there or not, by which one thread waits on the floor. It is kept here, so it may be given before its
/// owner has begun to run; the floor's thread is only woken where its owner waits. The memory of the floor's threads is
/// only ever reused for other threads: a waker that comes too late does no more than end one floor's wait early, and all
/// of those look again.
/// </summary>
internal unsafe struct FloorPermit
{
    private const int NoPermit = 0;
    private const int Permit = 1;
    private const int Waiting = 2;

    private KernelThread* _owner;
    private int _state;

    /// <summary>Waits for the permit and takes it. By one thread only.</summary>
    /// <param name="deadline">The monotonic time in nanoseconds at which to give up.</param>
    /// <returns>False when the deadline passed.</returns>
    internal bool Wait(long deadline)
    {
        if (Interlocked.CompareExchange(ref _state, NoPermit, Permit) == Permit)
        {
            return true;
        }

        _owner = Threads.Current;
        if (Interlocked.CompareExchange(ref _state, Waiting, NoPermit) == NoPermit)
        {
            while (Volatile.Read(ref _state) == Waiting && BlockingCalls.Park(deadline) != 0)
            {
            }
        }

        return Interlocked.Exchange(ref _state, NoPermit) == Permit;
    }

    /// <summary>Gives it. Any thread.</summary>
    internal void Give()
    {
        if (Interlocked.Exchange(ref _state, Permit) == Waiting)
        {
            Threads.Unpark(_owner);
        }
    }
}
