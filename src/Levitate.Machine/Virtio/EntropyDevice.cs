using System;

namespace Levitate.Machine.Virtio;

/// <summary>
/// A virtio entropy device (virtio 1.1, section 5.4): one request is always under way, and what has come is taken without
/// waiting. The caller's lock guards all members.
/// </summary>
public sealed class EntropyDevice
{
    private const int RequestBytes = 64;

    private readonly IVirtioTransport _transport;
    private readonly Virtqueue _queue;
    private readonly DmaRegion _buffer;

    private EntropyDevice(IVirtioTransport transport, Virtqueue queue, DmaRegion buffer)
    {
        _transport = transport;
        _queue = queue;
        _buffer = buffer;
    }

    /// <summary>Brings the device up and sends the first request. Null where it doesn't work or memory is short.</summary>
    public static EntropyDevice? TryStart(IVirtioTransport transport, IDmaAllocator memory)
    {
        if (!VirtioDevice.TryNegotiate(transport, wanted: 0, out _)
            || VirtioDevice.TryCreateQueues(transport, memory, count: 1, wantedSize: 1) is not [Virtqueue queue]
            || !memory.TryAllocate(RequestBytes, out DmaRegion buffer))
        {
            return null;
        }

        transport.Status |= VirtioStatus.DriverOk;
        var device = new EntropyDevice(transport, queue, buffer);
        device.Request();
        return device;
    }

    /// <summary>Takes the bytes of the last request, once they are there, and sends the next one. Returns their number, or 0.</summary>
    /// <param name="destination">At least 64 bytes.</param>
    public int TryRead(Span<byte> destination)
    {
        if (!_queue.TryTake(out _, out int length))
        {
            return 0;
        }

        Span<byte> bytes = _buffer.Bytes[..length];
        bytes.CopyTo(destination);
        bytes.Clear();
        Request();
        return length;
    }

    private void Request()
    {
        _queue.Add(0, _buffer, deviceWrites: true);
        if (_queue.Publish())
        {
            _transport.Notify(0);
        }
    }
}
