using Levitate.Floor;
using Levitate.Kernel.Scheduling;

namespace Levitate.Machine.Processors;

/// <summary>A thread that waits for the kernel's locks on the floor.</summary>
internal class HardwareLockWaiter : LockWaiter
{
    private FloorPermit _permit;

    /// <inheritdoc/>
    protected override void Sleep() => _permit.Wait(long.MaxValue);

    /// <inheritdoc/>
    protected override void Wake() => _permit.Give();

    /// <inheritdoc/>
    protected override void LetOthersRun() => BlockingCalls.Yield();
}
