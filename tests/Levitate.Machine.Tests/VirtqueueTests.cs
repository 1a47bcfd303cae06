using System;
using Levitate.Machine.Virtio;
using Xunit;

namespace Levitate.Machine.Tests;

public sealed class VirtqueueTests : IDisposable
{
    private readonly HostMemory _memory = new();

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Buffers_go_round_and_the_16_bit_indexes_wrap(bool isLegacy)
    {
        Virtqueue queue = Create(8, isLegacy);
        var device = new DeviceSide(queue);
        DmaRegion buffer = Buffer(64);
        for (int round = 0; round < 70_000; round++)
        {
            int descriptor = round % 8;
            queue.Add(descriptor, buffer, deviceWrites: true);
            Assert.True(queue.Publish());
            Assert.True(device.TryPop(out int seen, out ulong address, out int length, out bool isWritable));
            Assert.Equal((descriptor, buffer.PhysicalAddress, 64, true), (seen, address, length, isWritable));
            device.Push((uint)seen, 17);
            Assert.True(queue.TryTake(out int taken, out int written));
            Assert.Equal((descriptor, 17), (taken, written));
        }

        Assert.False(queue.TryTake(out _, out _));
        Assert.False(queue.IsBroken);
        Assert.Equal(0, queue.InFlight);
    }

    [Fact]
    public void Nothing_is_seen_before_it_is_published()
    {
        Virtqueue queue = Create(4);
        var device = new DeviceSide(queue);
        queue.Add(2, Buffer(1), deviceWrites: false);
        Assert.False(device.TryPop(out _, out _, out _, out _));
        queue.Publish();
        Assert.True(device.TryPop(out int descriptor, out _, out _, out bool isWritable));
        Assert.Equal((2, false), (descriptor, isWritable));
    }

    [Theory]
    [InlineData(4u, 0u)]
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(1u, 0u)]
    [InlineData(0u, 65u)]
    [InlineData(0u, uint.MaxValue)]
    public void An_impossible_answer_breaks_the_queue_and_nothing_else(uint descriptor, uint written)
    {
        Virtqueue queue = Create(4);
        var device = new DeviceSide(queue);
        queue.Add(0, Buffer(64), deviceWrites: true);
        queue.Publish();
        device.Push(descriptor, written);
        Assert.False(queue.TryTake(out _, out _));
        Assert.True(queue.IsBroken);
        device.Push(0, 1);
        Assert.False(queue.TryTake(out _, out _));
    }

    [Fact]
    public void A_buffer_that_comes_back_twice_breaks_the_queue()
    {
        Virtqueue queue = Create(4);
        var device = new DeviceSide(queue);
        queue.Add(0, Buffer(64), deviceWrites: true);
        queue.Publish();
        device.Push(0, 1);
        device.Push(0, 1);
        Assert.True(queue.TryTake(out _, out _));
        Assert.False(queue.TryTake(out _, out _));
        Assert.True(queue.IsBroken);
    }

    [Fact]
    public void A_length_for_a_buffer_that_the_device_only_reads_is_ignored()
    {
        Virtqueue queue = Create(4);
        var device = new DeviceSide(queue);
        queue.Add(3, Buffer(64), deviceWrites: false);
        queue.Publish();
        device.Push(3, 64);
        Assert.True(queue.TryTake(out int descriptor, out int written));
        Assert.Equal((3, 0), (descriptor, written));
    }

    [Fact]
    public void A_device_that_is_busy_with_the_queue_is_not_notified()
    {
        Virtqueue queue = Create(4);
        new DeviceSide(queue).RefuseNotifications();
        queue.Add(0, Buffer(1), deviceWrites: false);
        Assert.False(queue.Publish());
    }

    private Virtqueue Create(int size, bool isLegacy = false)
    {
        Assert.True(_memory.TryAllocate(Virtqueue.BytesFor(size, isLegacy), out DmaRegion region));
        return new Virtqueue(region, size, isLegacy);
    }

    private DmaRegion Buffer(int length)
    {
        Assert.True(_memory.TryAllocate(length, out DmaRegion region));
        return region;
    }
}
