using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Events;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Time;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class TimerAndSignalFileTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private readonly FileTestKernel _kernel = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void A_period_goes_on_from_the_last_read_and_counts_what_was_missed()
    {
        int timer = NewTimer(ClockId.CLOCK_MONOTONIC);
        Set(timer, TimerFlags.None, value: Second, period: 2 * Second);
        Advance(seconds: 1);
        AwaitReadable(timer);
        Advance(seconds: 7);
        Assert.Equal(4UL, BitConverter.ToUInt64(_kernel.Read(timer, 8)));
        Assert.Equal(new TimerSpec(new TimeSpec(2, 0), new TimeSpec(1, 0)), Get(timer));
        Assert.Equal(Errno.EAGAIN, ReadWriteSyscalls.Read(_kernel.Caller, timer, _kernel.Scratch, 8).Error);
    }

    [Fact]
    public void Setting_the_clock_moves_a_time_of_day_and_cancels_where_that_was_asked_for()
    {
        int timer = NewTimer(ClockId.CLOCK_REALTIME);
        long now = _kernel.System.RealClock.Nanoseconds;
        Set(timer, TimerFlags.TFD_TIMER_ABSTIME, now + (100 * Second), 0);
        _kernel.System.RealClock.Set(now + (99 * Second));
        Assert.Equal(new TimeSpec(1, 0), Get(timer).Value);
        Advance(seconds: 1);
        AwaitReadable(timer);
        Assert.Equal(1UL, BitConverter.ToUInt64(_kernel.Read(timer, 8)));
        timer = NewTimer(ClockId.CLOCK_REALTIME);
        Set(timer, TimerFlags.TFD_TIMER_ABSTIME | TimerFlags.TFD_TIMER_CANCEL_ON_SET, now + (1000 * Second), 0);
        _kernel.System.RealClock.Set(now);
        Assert.Equal(Errno.ECANCELED, ReadWriteSyscalls.Read(_kernel.Caller, timer, _kernel.Scratch, 8).Error);
        Assert.Equal(Errno.EAGAIN, ReadWriteSyscalls.Read(_kernel.Caller, timer, _kernel.Scratch, 8).Error);
    }

    [Fact]
    public void A_signal_that_is_read_is_no_longer_pending_and_reads_as_the_readers()
    {
        _kernel.Caller.Process.Signals.SetBlocked(_kernel.Caller, ulong.MaxValue);
        _kernel.Caller.Memory.Write(_kernel.Scratch, SignalNumber.Bit(SignalNumber.SIGUSR1));
        int file = (int)SignalFileSyscalls.Signalfd4(_kernel.Caller, -1, _kernel.Scratch, 8, OpenFlags.O_NONBLOCK).Value;
        _kernel.Caller.Process.Signals.Send(SignalInfo.FromProcess(SignalNumber.SIGUSR1, SignalCode.SI_USER, 7, 8));
        _kernel.Caller.Process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGUSR2));
        byte[] record = _kernel.Read(file, 300);
        Assert.Equal(128, record.Length);
        Assert.Equal(SignalNumber.SIGUSR1, BitConverter.ToInt32(record, 0));
        Assert.Equal(7, BitConverter.ToInt32(record, 12));
        Assert.Equal(8, BitConverter.ToInt32(record, 16));
        Assert.Equal(SignalNumber.Bit(SignalNumber.SIGUSR2), _kernel.Caller.Process.Signals.GetPending(_kernel.Caller));
        Assert.Equal(Errno.EAGAIN, ReadWriteSyscalls.Read(_kernel.Caller, file, _kernel.Scratch, 128).Error);
    }

    private int NewTimer(ClockId clock) => (int)TimerFileSyscalls.TimerfdCreate(_kernel.Caller, clock, OpenFlags.O_NONBLOCK).Value;

    private void Advance(int seconds) => _kernel.Machine.SimulatedClock.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>The timers' thread is a host thread of its own.</summary>
    private void AwaitReadable(int timer)
    {
        Levitate.Kernel.Files.FileDescription file = _kernel.Caller.Files.Get(timer).Value;
        Assert.True(System.Threading.SpinWait.SpinUntil(() => file.Readiness != 0, TimeSpan.FromSeconds(30)));
        file.Release();
    }

    private void Set(int timer, TimerFlags flags, long value, long period)
    {
        _kernel.Caller.Memory.Write(_kernel.Scratch, TimerSpec.FromNanoseconds(value, period));
        Assert.Equal(Errno.None, TimerFileSyscalls.TimerfdSettime(_kernel.Caller, timer, flags, _kernel.Scratch, default).Error);
    }

    private TimerSpec Get(int timer)
    {
        Assert.Equal(Errno.None, TimerFileSyscalls.TimerfdGettime(_kernel.Caller, timer, _kernel.Scratch).Error);
        return _kernel.Caller.Memory.Read<TimerSpec>(_kernel.Scratch).Value;
    }
}
