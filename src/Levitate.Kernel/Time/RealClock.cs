using System.Threading;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Time;

/// <summary>CLOCK_REALTIME: the monotonic clock plus an offset that can be set.</summary>
public sealed class RealClock
{
    private readonly IClock _clock;

    /// <summary>Where programs read the clock by themselves; null: nowhere.</summary>
    private readonly Vdso? _vdso;

    internal RealClock(IClock clock, Vdso? vdso)
    {
        _clock = clock;
        _vdso = vdso;
        vdso?.SetRealTimeOffset(clock.RealTimeOffset);
    }

    /// <summary>Nanoseconds since 1970-01-01 UTC.</summary>
    public long Nanoseconds => _clock.MonotonicNanoseconds + _clock.RealTimeOffset;

    /// <summary>Nanoseconds between 1970-01-01 UTC and power-on, as the clock is set now (btime in /proc/stat).</summary>
    public long BootNanoseconds => _clock.RealTimeOffset;

    /// <summary>Woken when the clock was set: those who sleep until a time of day look again.</summary>
    public WaitQueue Changed { get; } = new(LockOrder.ClockWatch);

    /// <summary>Sets the clock.</summary>
    internal void Set(long nanoseconds)
    {
        _clock.RealTimeOffset = nanoseconds - _clock.MonotonicNanoseconds;

        // Who sets it at the same time may come between: what is shown in the end is what holds.
        long shown;
        do
        {
            shown = _clock.RealTimeOffset;
            _vdso?.SetRealTimeOffset(shown);
            Interlocked.MemoryBarrier();
        }
        while (shown != _clock.RealTimeOffset);

        Changed.WakeAll();
    }

    /// <summary>The monotonic time at which the clock shows a time, as it is set now.</summary>
    internal long ToMonotonic(long nanoseconds)
    {
        long offset = _clock.RealTimeOffset;
        return nanoseconds < offset ? 0 : nanoseconds - offset;
    }
}
