using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.FileSystems.Mqueue;
using Levitate.Kernel.Ipc;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Files;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

/// <summary>What message queues take and give back; how they behave is in the guest programs mqueues and message_queues.</summary>
public sealed class MessageQueueTests : IDisposable
{
    private const OpenFlags Create = OpenFlags.O_CREAT | OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK;
    private readonly FileTestKernel _kernel = new();

    private UserThread Caller => _kernel.Caller;

    private MessageQueues Queues => _kernel.System.MessageQueues;

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void Queues_count_against_a_limit_until_name_and_descriptors_are_gone()
    {
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_MSGQUEUE] = new ResourceLimit(100_000, 100_000);
        int first = Open("first", 10, 8192);
        Assert.Equal(Errno.EMFILE, OpenError("second", 10, 8192));
        Assert.Equal(Errno.None, MqueueSyscalls.MqUnlink(Caller, _kernel.Path("first")).Error);
        Assert.Equal(Errno.EMFILE, OpenError("second", 10, 8192));
        _kernel.Close(first);
        _kernel.Close(Open("second", 10, 8192));
        Assert.Equal(Errno.None, MqueueSyscalls.MqUnlink(Caller, _kernel.Path("second")).Error);
    }

    [Fact]
    public void Messages_take_no_more_than_their_part_of_memory_and_give_it_back_with_their_queue()
    {
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_MSGQUEUE] = new ResourceLimit(ResourceLimits.Infinity, ResourceLimits.Infinity);
        for (int round = 0; round < 2; round++)
        {
            int queue = Open("large", 1000, 60_000);
            int sent = 0;
            SyscallResult result;
            while (!(result = MqueueSyscalls.MqTimedSend(Caller, queue, _kernel.Scratch, 60_000, 0, default)).IsError)
            {
                sent++;
            }

            Assert.Equal(Errno.ENOMEM, result.Error);
            Assert.InRange(sent, 10, 20);
            _kernel.Close(queue);
            Assert.Equal(Errno.None, MqueueSyscalls.MqUnlink(Caller, _kernel.Path("large")).Error);
        }
    }

    [Fact]
    public void A_message_whose_bytes_fault_takes_no_memory()
    {
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_MSGQUEUE] = new ResourceLimit(ResourceLimits.Infinity, ResourceLimits.Infinity);
        int queue = Open("faults", 10, 60_000);
        UserAddress page = _kernel.LonePage();
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(Errno.EFAULT, MqueueSyscalls.MqTimedSend(Caller, queue, page, 60_000, 0, default).Error);
        }

        Assert.Equal(Errno.None, MqueueSyscalls.MqTimedSend(Caller, queue, _kernel.Scratch, 60_000, 0, default).Error);
        _kernel.Close(queue);
        Assert.Equal(Errno.None, MqueueSyscalls.MqUnlink(Caller, _kernel.Path("faults")).Error);
    }

    [Fact]
    public void A_removed_queue_gives_its_messages_memory_back()
    {
        for (int round = 0; round < 300; round++)
        {
            int queue = Queues.Get(Caller, IpcFlags.IPC_PRIVATE, 0x180).Value;
            Assert.Equal(Errno.None, Queues.Send(Caller, queue, new TypedMessage(1, new byte[8192]), MessageFlags.None));
            Assert.Equal(Errno.None, Queues.Send(Caller, queue, new TypedMessage(1, new byte[8192]), MessageFlags.None));
            Assert.Equal(Errno.EAGAIN, Queues.Send(Caller, queue, new TypedMessage(1, new byte[1]), MessageFlags.IPC_NOWAIT));
            Assert.Equal(Errno.None, Queues.Remove(Caller, queue));
        }
    }

    private int Open(string name, long messages, long bytes) => (int)FileTestKernel.Check(TryOpen(name, messages, bytes));

    private Errno OpenError(string name, long messages, long bytes) => TryOpen(name, messages, bytes).Error;

    private SyscallResult TryOpen(string name, long messages, long bytes)
    {
        UserAddress attributes = _kernel.Scratch + 4096;
        Assert.Equal(Errno.None, Caller.Memory.Write(attributes, new MqueueAttributes(0, messages, bytes, 0)));
        return MqueueSyscalls.MqOpen(Caller, _kernel.Path(name), Create, 0x180, attributes);
    }
}
