using System;
using Levitate.Machine.Entropy;
using Levitate.Machine.Virtio;
using Xunit;

namespace Levitate.Machine.Tests;

public sealed class EntropyDeviceTests : IDisposable
{
    private readonly HostMemory _memory = new();
    private readonly FakeEntropy _host = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void A_request_is_always_under_way_and_its_answer_is_taken_once()
    {
        EntropyDevice device = EntropyDevice.TryStart(_host, _memory)!;
        byte[] bytes = new byte[64];
        Assert.Equal(0, device.TryRead(bytes));
        _host.Answer(40, 0xab);
        Assert.Equal(40, device.TryRead(bytes));
        Assert.Equal(0xab, bytes[39]);
        Assert.Equal(0, bytes[40]);
        Assert.Equal(0, device.TryRead(bytes));
        _host.Answer(64, 0xcd);
        Assert.Equal(64, device.TryRead(bytes));
    }

    [Fact]
    public void A_device_that_says_it_wrote_more_than_fits_is_not_believed()
    {
        EntropyDevice device = EntropyDevice.TryStart(_host, _memory)!;
        _host.Answer(64, 1, claimed: 65);
        Assert.Equal(0, device.TryRead(new byte[64]));
    }

    [Fact]
    public void A_device_without_version_1_is_refused()
    {
        _host.Features = 0;
        Assert.Null(EntropyDevice.TryStart(_host, _memory));
        Assert.True(_host.Status.HasFlag(VirtioStatus.Failed));
    }

    [Fact]
    public void A_machine_without_any_source_still_has_differing_bytes()
    {
        byte[] first = new byte[32];
        byte[] second = new byte[32];
        new HardwareRandom(() => 0, isProcessorGood: false, device: null, bootTime: 0).Fill(first);
        new HardwareRandom(() => 0, isProcessorGood: false, device: null, bootTime: 0).Fill(second);
        Assert.NotEqual(first, second);
    }

    private sealed class FakeEntropy : IVirtioTransport
    {
        private DeviceSide? _queue;

        public ulong Features { get; set; } = VirtioDevice.Version1;

        public VirtioDeviceKind Kind => VirtioDeviceKind.Entropy;

        public bool IsLegacy => false;

        public int InterruptLine => 6;

        public VirtioStatus Status { get; set; }

        public ulong ReadDeviceFeatures() => Features;

        public void WriteDriverFeatures(ulong features) => Assert.Equal(VirtioDevice.Version1, features);

        public int MaximumQueueSize(int index) => index == 0 ? 8 : 0;

        public void EnableQueue(int index, Virtqueue queue) => _queue = new DeviceSide(queue);

        public void Notify(int index) => Assert.Equal(0, index);

        public uint ReadConfiguration(int offset) => 0;

        public void AcknowledgeInterrupt()
        {
        }

        public void Answer(int length, byte value, uint? claimed = null)
        {
            Assert.True(_queue!.TryPop(out int descriptor, out ulong address, out int room, out bool isWritable));
            Assert.True(isWritable);
            HostMemory.At(address, room)[..length].Fill(value);
            _queue.Push((uint)descriptor, claimed ?? (uint)length);
        }
    }
}
