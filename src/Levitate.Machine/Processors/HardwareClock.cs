using Levitate.Floor;
using Levitate.Kernel.Platform;

namespace Levitate.Machine.Processors;

/// <summary>The floor's clock as the kernel sees it.</summary>
internal sealed class HardwareClock : IClock
{
    /// <inheritdoc/>
    public long MonotonicNanoseconds => Clock.Nanoseconds;

    /// <inheritdoc/>
    public long BootTimeNanoseconds => Clock.BootTimeNanoseconds;
}
