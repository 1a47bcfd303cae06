using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

public sealed class PolicyTests : IDisposable
{
    private const uint Nobody = 65534;

    private readonly SimulatedKernel _kernel = new();
    private readonly UserAddress _priority;

    public PolicyTests() => _priority = _kernel.Space.Map(default, PageSize.Bytes, PageAccess.Read | PageAccess.Write, PageAccess.Read | PageAccess.Write, Kernel.Memory.MappingOptions.None, file: null, 0).Value;

    private UserThread Caller => _kernel.Caller;

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void A_thread_gets_the_priority_that_it_asks_for_at_once()
    {
        Assert.Equal(Errno.None, Set(SchedulingPolicy.SCHED_FIFO, 42));
        Assert.Equal((42, ThreadTerms.NoSlice), ((SimulatedUserContext)Caller.Context).Urgency);
        Assert.Equal(Errno.None, Set(SchedulingPolicy.SCHED_RR, 7));
        Assert.Equal((7, 100_000_000L), ((SimulatedUserContext)Caller.Context).Urgency);
        Assert.Equal(Errno.None, Set(SchedulingPolicy.SCHED_OTHER, 0));
        Assert.Equal((0, _kernel.Machine.UsualSliceNanoseconds), ((SimulatedUserContext)Caller.Context).Urgency);
    }

    [Theory]
    [InlineData((int)SchedulingPolicy.SCHED_FIFO, 0)]
    [InlineData((int)SchedulingPolicy.SCHED_RR, 100)]
    [InlineData((int)SchedulingPolicy.SCHED_RR, -1)]
    [InlineData((int)SchedulingPolicy.SCHED_OTHER, 1)]
    [InlineData((int)SchedulingPolicy.SCHED_DEADLINE, 0)]
    [InlineData(4, 0)]
    public void What_is_no_policy_or_no_priority_of_its_is_EINVAL(int policy, int priority)
    {
        Assert.Equal(Errno.EINVAL, Set((SchedulingPolicy)policy, priority));
        Assert.Equal(default, Caller.Scheduling);
    }

    [Fact]
    public void A_thread_that_runs_in_real_time_without_sleeping_is_warned_each_second_and_then_killed()
    {
        Assert.True(Caller.Process.TryAddThread(Caller));
        Caller.Process.Signals.SetBlocked(Caller, ulong.MaxValue);
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_RTTIME] = new ResourceLimit(1_000_000, 3_000_000);
        Tick(5000, isTold: false);
        Assert.Equal(Errno.None, Set(SchedulingPolicy.SCHED_FIFO, 42));
        Tick(5010, isTold: false);
        Tick(5900, isTold: false);
        Tick(6010, isTold: true);
        Tick(6900, isTold: false);
        Assert.Equal(2_000_000UL, Caller.Process.Limits[ResourceLimitKind.RLIMIT_RTTIME].Soft);
        ((SimulatedUserContext)Caller.Context).SimulatedHistory = new ThreadHistory(0, 0, 2) { Sleeps = 1 };
        Tick(7500, isTold: false);
        Tick(9400, isTold: false);
        Tick(9500, isTold: true);
        Assert.False(Caller.Process.IsExiting);
        Tick(10_500, isTold: false);
        Assert.True(Caller.Process.IsExiting);
        Assert.Equal(WaitStatus.Killed(SignalNumber.SIGKILL, dumpsCore: false), Caller.Process.ExitStatus);

        void Tick(long milliseconds, bool isTold)
        {
            _kernel.Machine.ThreadTimes = (milliseconds * 1_000_000, 0);
            Caller.CheckTimes();
            Assert.Equal(isTold, Caller.Process.Signals.TryTakeAny(Caller, SignalNumber.Bit(SignalNumber.SIGXCPU), out _));
        }
    }

    [Fact]
    public void Without_rights_the_limit_decides()
    {
        Become(Nobody);
        Assert.Equal(Errno.EPERM, Set(SchedulingPolicy.SCHED_FIFO, 1));
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_RTPRIO] = new ResourceLimit(20, 20);
        Assert.Equal(Errno.EPERM, Set(SchedulingPolicy.SCHED_FIFO, 21));
        Assert.Equal(Errno.None, Set(SchedulingPolicy.SCHED_FIFO, 20));
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_RTPRIO] = new ResourceLimit(0, 20);
        Assert.Equal(Errno.None, Set(SchedulingPolicy.SCHED_FIFO, 10));
        Assert.Equal(Errno.EPERM, Set(SchedulingPolicy.SCHED_FIFO, 11));
        Assert.Equal(Errno.EPERM, Set(SchedulingPolicy.SCHED_RR, 10));
        Assert.Equal(Errno.None, Set(SchedulingPolicy.SCHED_OTHER, 0));
        Assert.Equal(Errno.EPERM, Set(SchedulingPolicy.SCHED_FIFO, 1));
    }

    [Fact]
    public void A_usual_thread_is_given_back_what_it_gave_away_only_by_who_may()
    {
        Assert.Equal(Errno.None, Set(SchedulingPolicy.SCHED_IDLE | (SchedulingPolicy)0x4000_0000, 0));
        Assert.Equal(new SchedulingTerms(SchedulingPolicy.SCHED_IDLE, 0, ResetsOnFork: true), Caller.Scheduling);
        Become(Nobody);
        Assert.Equal(Errno.EPERM, Set(SchedulingPolicy.SCHED_OTHER | (SchedulingPolicy)0x4000_0000, 0));
        Assert.Equal(Errno.EPERM, Set(SchedulingPolicy.SCHED_IDLE, 0));
    }

    [Fact]
    public void What_a_thread_creates_inherits_its_terms_unless_they_reset()
    {
        var terms = new SchedulingTerms(SchedulingPolicy.SCHED_RR, 30, ResetsOnFork: false);
        Assert.Equal(terms, terms.Inherited);
        Assert.Equal(default, (terms with { ResetsOnFork = true }).Inherited);
        Assert.Equal(new SchedulingTerms(SchedulingPolicy.SCHED_BATCH, 0, false), new SchedulingTerms(SchedulingPolicy.SCHED_BATCH, 0, true).Inherited);
        Assert.Equal(terms, SchedulingTerms.FromWord(terms.ToWord()));
    }

    private void Become(uint user) => Caller.Process.Credentials = Caller.Credentials with
    {
        RealUserId = user,
        EffectiveUserId = user,
        SavedUserId = user,
        EffectiveCapabilities = 0,
        PermittedCapabilities = 0,
    };

    private Errno Set(SchedulingPolicy policy, int priority)
    {
        Assert.Equal(Errno.None, Caller.Memory.Write(_priority, priority));
        return PolicySyscalls.SchedSetScheduler(Caller, 0, policy, _priority).Error;
    }
}
