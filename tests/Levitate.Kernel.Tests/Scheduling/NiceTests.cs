using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

public sealed class NiceTests : IDisposable
{
    private const uint Nobody = 65534;
    private const int IOPRIO_WHO_PROCESS = 1, IOPRIO_WHO_PGRP = 2, IOPRIO_WHO_USER = 3;
    private const uint RealTime = 1 << 13, BestEffort = 2 << 13, Idle = 3 << 13;

    private readonly SimulatedKernel _kernel = new();
    private readonly UserThread _thread;

    public NiceTests()
    {
        ProcessTable table = _kernel.System.Processes;
        table.Add(_kernel.CreateProcess().Process);
        Process process = Caller.Process;
        process.ProcessGroupId = process.ProcessId;
        Assert.True(process.TryAddThread(Caller));
        table.Add(process);
        table.AddThread(Caller);
        _thread = UserThread.Create(process, table.AllocateId()).Value;
        _thread.InheritCredentials(Caller);
        _thread.InheritTerms(Caller, sharesIoPriority: false);
        Assert.True(process.TryAddThread(_thread));
        table.AddThread(_thread);
    }

    private UserThread Caller => _kernel.Caller;

    public void Dispose()
    {
        _thread.Context.Dispose();
        _kernel.Dispose();
    }

    [Fact]
    public void A_thread_is_as_nice_as_it_was_said_and_the_others_stay()
    {
        Assert.Equal(Errno.None, SchedulerSyscalls.SetPriority(Caller, PriorityTarget.PRIO_PROCESS, (uint)_thread.ThreadId, 7).Error);
        Assert.Equal((0, 7), (Caller.Nice, _thread.Nice));
        Assert.Equal(Errno.None, SchedulerSyscalls.SetPriority(Caller, PriorityTarget.PRIO_PROCESS, 0, -3).Error);
        Assert.Equal((-3, 7), (Caller.Nice, _thread.Nice));
        Assert.Equal(23, SchedulerSyscalls.GetPriority(_thread, PriorityTarget.PRIO_PGRP, 0).Value);
        Assert.Equal(Errno.None, SchedulerSyscalls.SetPriority(Caller, PriorityTarget.PRIO_PGRP, 0, 100).Error);
        Assert.Equal((19, 19), (Caller.Nice, _thread.Nice));
        Assert.Equal(Errno.ESRCH, SchedulerSyscalls.SetPriority(Caller, PriorityTarget.PRIO_PROCESS, uint.MaxValue, 1).Error);
        Assert.Equal(Errno.ESRCH, SchedulerSyscalls.GetPriority(Caller, PriorityTarget.PRIO_USER, 4711).Error);
    }

    [Fact]
    public void A_user_is_the_user_of_each_thread()
    {
        _thread.Credentials = As(Nobody);
        Assert.Equal(Errno.None, SchedulerSyscalls.SetPriority(Caller, PriorityTarget.PRIO_USER, Nobody, 5).Error);
        Assert.Equal((0, 5), (Caller.Nice, _thread.Nice));
        Assert.Equal(Errno.EPERM, SchedulerSyscalls.SetPriority(_thread, PriorityTarget.PRIO_PROCESS, (uint)Caller.ThreadId, 6).Error);
        Assert.Equal(Errno.EACCES, SchedulerSyscalls.SetPriority(_thread, PriorityTarget.PRIO_PROCESS, 0, 4).Error);
        Assert.Equal(Errno.EPERM, SchedulerSyscalls.SetPriority(_thread, PriorityTarget.PRIO_PGRP, 0, 8).Error);
        Assert.Equal((0, 8), (Caller.Nice, _thread.Nice));
    }

    [Fact]
    public void An_ended_leader_keeps_its_nice_value()
    {
        Assert.Equal(Errno.None, SchedulerSyscalls.SetPriority(Caller, PriorityTarget.PRIO_PROCESS, 0, 4).Error);
        Caller.Process.ThreadList.Remove(Caller);
        _kernel.System.Processes.RemoveThread(Caller);
        Assert.Equal(16, SchedulerSyscalls.GetPriority(_thread, PriorityTarget.PRIO_PROCESS, (uint)Caller.Process.ProcessId).Value);
        Assert.Equal(Errno.None, SchedulerSyscalls.SetPriority(_thread, PriorityTarget.PRIO_PGRP, 0, 9).Error);
        Assert.Equal((9, 9), (Caller.Process.LeaderNice, _thread.Nice));
    }

    [Fact]
    public void The_best_IO_priority_of_a_group_counts_what_follows_from_nice_values()
    {
        Assert.Equal(0, IoPrioritySyscalls.IoprioGet(Caller, IOPRIO_WHO_PROCESS, 0).Value);
        Assert.Equal(BestEffort | 4, IoPrioritySyscalls.IoprioGet(Caller, IOPRIO_WHO_PGRP, 0).Value);
        Assert.Equal(Errno.None, IoPrioritySyscalls.IoprioSet(Caller, IOPRIO_WHO_PROCESS, 0, Idle | 7).Error);
        _thread.SetNice(15);
        Assert.Equal(BestEffort | 7, IoPrioritySyscalls.IoprioGet(Caller, IOPRIO_WHO_PGRP, 0).Value);
        Assert.Equal(Errno.None, IoPrioritySyscalls.IoprioSet(Caller, IOPRIO_WHO_PROCESS, _thread.ThreadId, RealTime | 1).Error);
        Assert.Equal(RealTime | 1, IoPrioritySyscalls.IoprioGet(Caller, IOPRIO_WHO_PGRP, 0).Value);
        Assert.Equal(Idle | 7, IoPrioritySyscalls.IoprioGet(Caller, IOPRIO_WHO_PROCESS, 0).Value);
    }

    [Fact]
    public void An_IO_priority_that_is_not_allowed_changes_nothing()
    {
        _thread.Credentials = As(Nobody);
        Assert.Equal(Errno.EPERM, IoPrioritySyscalls.IoprioSet(_thread, IOPRIO_WHO_PROCESS, 0, RealTime).Error);
        Assert.Equal(Errno.EPERM, IoPrioritySyscalls.IoprioSet(_thread, IOPRIO_WHO_USER, 0, BestEffort).Error);
        Assert.Equal(Errno.EINVAL, IoPrioritySyscalls.IoprioSet(_thread, IOPRIO_WHO_PROCESS, 0, 7).Error);
        Assert.Equal(Errno.EINVAL, IoPrioritySyscalls.IoprioSet(_thread, int.MinValue, 0, BestEffort).Error);
        Assert.Equal(Errno.None, IoPrioritySyscalls.IoprioSet(_thread, IOPRIO_WHO_PROCESS, 0, uint.MaxValue & ~(0xffffu & ~Idle)).Error);
        Assert.Equal(Errno.None, IoPrioritySyscalls.IoprioSet(_thread, IOPRIO_WHO_USER, (int)Nobody, BestEffort | 2).Error);
        Assert.Equal(BestEffort | 2, IoPrioritySyscalls.IoprioGet(_thread, IOPRIO_WHO_PROCESS, 0).Value);
        Assert.Null(Caller.IoPriority);
    }

    private Credentials As(uint user) => Caller.Credentials with
    {
        RealUserId = user,
        EffectiveUserId = user,
        SavedUserId = user,
        EffectiveCapabilities = 0,
        PermittedCapabilities = 0,
    };
}
