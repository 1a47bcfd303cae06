using System.Threading;
using Levitate.Floor;
using Levitate.Kernel.Platform;

namespace Levitate.Machine.Processors;

/// <summary>The floor's clock as the kernel sees it.</summary>
internal sealed class HardwareClock : IClock
{
    private long _realTimeOffset = Clock.BootTimeNanoseconds;

    /// <inheritdoc/>
    public long MonotonicNanoseconds => Clock.Nanoseconds;

    /// <inheritdoc/>
    public long BootTimeNanoseconds => Clock.BootTimeNanoseconds;

    /// <inheritdoc/>
    public long RealTimeOffset
    {
        get => Volatile.Read(ref _realTimeOffset);
        set => Volatile.Write(ref _realTimeOffset, value);
    }
}
