using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Files;
using Levitate.Kernel.Time;
using Xunit;

namespace Levitate.Kernel.Tests.Signals;

public sealed class PosixTimerTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private const int Signal = SignalNumber.FirstRealTime;
    private readonly FileTestKernel _kernel = new();

    private UserThread Caller => _kernel.Caller;

    private ProcessSignals Signals => Caller.Process.Signals;

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void A_timer_rests_until_its_signal_is_taken_and_says_then_what_it_missed()
    {
        Signals.SetBlocked(Caller, ulong.MaxValue);
        int timer = Create();
        Set(timer, value: Second, period: Second);
        Advance(1);
        AwaitPending();
        Advance(4);
        Assert.True(Signals.TryTakeAny(Caller, ulong.MaxValue, out SignalInfo info));
        Assert.Equal((Signal, SignalCode.SI_TIMER, (uint)timer, 4UL), (info.Signal, info.Code, (uint)info.Field0, info.Field0 >> 32));
        Assert.Equal(4, PosixTimerSyscalls.TimerGetoverrun(Caller, timer).Value);
        Advance(1);
        AwaitPending();
    }

    [Fact]
    public void A_timer_whose_pending_signal_is_dropped_goes_on()
    {
        Signals.SetBlocked(Caller, ulong.MaxValue);
        int timer = Create();
        Set(timer, value: Second, period: Second);
        Advance(1);
        AwaitPending();
        Signals.SetAction(Signal, new SignalAction { Handler = SignalAction.Ignore });
        Assert.Equal(0UL, Signals.GetPending(Caller));
        Signals.SetAction(Signal, default);
        Advance(1);
        AwaitPending();
    }

    [Fact]
    public void Timers_end_with_the_program_and_their_number_is_limited()
    {
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_SIGPENDING] = new ResourceLimit(2, 2);
        int timer = Create();
        Create();
        Assert.Equal(Errno.EAGAIN, PosixTimerSyscalls.TimerCreate(Caller, ClockId.CLOCK_MONOTONIC, default, _kernel.Scratch).Error);
        Caller.Process.PosixTimers.Clear();
        Assert.Equal(Errno.EINVAL, PosixTimerSyscalls.TimerDelete(Caller, timer).Error);
        Create();
    }

    private int Create()
    {
        UserAddress id = new(_kernel.Scratch.Value + 64);
        Caller.Memory.Write(_kernel.Scratch, new SignalEvent(42, Signal, NotifyKind.SIGEV_SIGNAL, 0));
        Assert.Equal(Errno.None, PosixTimerSyscalls.TimerCreate(Caller, ClockId.CLOCK_MONOTONIC, _kernel.Scratch, id).Error);
        return Caller.Memory.Read<int>(id).Value;
    }

    private void Set(int timer, long value, long period)
    {
        Caller.Memory.Write(_kernel.Scratch, TimerSpec.FromNanoseconds(value, period));
        Assert.Equal(Errno.None, PosixTimerSyscalls.TimerSettime(Caller, timer, SleepFlags.None, _kernel.Scratch, default).Error);
    }

    private void Advance(int seconds) => _kernel.Machine.SimulatedClock.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>The timers' thread is a host thread of its own.</summary>
    private void AwaitPending() =>
        Assert.True(SpinWait.SpinUntil(() => Signals.GetPending(Caller) == SignalNumber.Bit(Signal), TimeSpan.FromSeconds(30)));
}
