using System.Threading;
using Levitate.Floor;
using Levitate.Kernel.Platform;

namespace Levitate.Machine.Processors;

/// <summary>
/// A parker on the floor's. The permit is kept here, so it may be given before the owner has begun to run; the floor's
/// thread is only woken where its owner waits in <see cref="Wait"/>. The memory of the floor's threads is only ever reused
/// for other threads: a waker that comes too late does no more than end one floor's wait early, and all of those look again.
/// </summary>
internal sealed unsafe class HardwareParker : ThreadParker
{
    private const int NoPermit = 0;
    private const int Permit = 1;
    private const int Waiting = 2;

    private KernelThread* _owner;
    private int _state;

    /// <inheritdoc/>
    protected override bool Wait(long deadline)
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

    /// <inheritdoc/>
    public override void Unpark()
    {
        if (Interlocked.Exchange(ref _state, Permit) == Waiting)
        {
            Threads.Unpark(_owner);
        }
    }
}
