using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Ipc;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Files;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

/// <summary>Numbers and places of System V objects; what ipcs sees of them is in the guest program ipc_status.</summary>
public sealed class IpcTableTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();

    private UserThread Caller => _kernel.Caller;

    private MessageQueues Queues => _kernel.System.MessageQueues;

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void A_place_is_used_again_by_another_number_and_the_old_one_is_EIDRM()
    {
        int first = Make(), second = Make(), third = Make();
        Assert.Equal((0, 1, 2), (first, second, third));
        Assert.Equal(Errno.None, Queues.Remove(Caller, second));
        Assert.Equal(Errno.EINVAL, Queues.GetStatus(Caller, second, IpcLookup.ById).Error);
        int again = Make();
        Assert.Equal(32768 + 1, again);
        Assert.Equal(Errno.EIDRM, Queues.GetStatus(Caller, second, IpcLookup.ById).Error);
        Assert.Equal(again, Queues.GetStatus(Caller, 1, IpcLookup.ByPlace).Value.Id);
        Assert.Equal(2, Queues.GetLimits(showsUse: false).HighestPlace);
        Assert.Equal(Errno.None, Queues.Remove(Caller, third));
        Assert.Equal(1, Queues.GetLimits(showsUse: true).HighestPlace);
    }

    [Fact]
    public void By_its_place_anyone_sees_an_object_only_where_that_is_asked_for()
    {
        int queue = Make();
        _kernel.Become(1000);
        Assert.Equal(Errno.EACCES, Queues.GetStatus(Caller, queue, IpcLookup.ByPlace).Error);
        Assert.Equal(queue, Queues.GetStatus(Caller, queue, IpcLookup.ByPlaceForAnyone).Value.Id);
        _kernel.Become(0);
    }

    [Fact]
    public void Sets_that_are_refused_for_their_number_take_none_of_the_semaphores()
    {
        SemaphoreSets sets = _kernel.System.SemaphoreSets;
        for (int i = 0; i < SemaphoreSets.MaximumCount; i++)
        {
            Assert.True(sets.Get(Caller, IpcFlags.IPC_PRIVATE, 1, 0x180).Succeeded);
        }

        Assert.Equal(Errno.ENOSPC, sets.Get(Caller, IpcFlags.IPC_PRIVATE, 1, 0x180).Error);
        Assert.Equal((SemaphoreSets.MaximumCount - 1, SemaphoreSets.MaximumCount, SemaphoreSets.MaximumCount), sets.GetSums());
    }

    private int Make() => Queues.Get(Caller, IpcFlags.IPC_PRIVATE, 0x180).Value;
}
