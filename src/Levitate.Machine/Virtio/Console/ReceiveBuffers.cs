using System;

namespace Levitate.Machine.Virtio.Console;

/// <summary>
/// Bytes that came from the host: they stay in the buffers that the device filled until they are read. As long as they do,
/// the device lacks those buffers; that is the flow control. The port's lock guards all members.
/// </summary>
internal sealed class ReceiveBuffers
{
    /// <summary>Bytes in a buffer: what QEMU hands over at a time.</summary>
    public const int BufferBytes = 4096;

    private readonly Virtqueue _queue;
    private readonly DmaRegion _memory;

    /// <summary>The filled buffers as a ring: which, and how many bytes.</summary>
    private readonly (int Buffer, int Length)[] _filled;
    private int _first;
    private int _count;

    /// <summary>Bytes of the first filled buffer that were read.</summary>
    private int _offset;

    /// <summary>Buffers that were read and that the device has not been told of.</summary>
    private int _unpublished;

    public ReceiveBuffers(Virtqueue queue, DmaRegion memory)
    {
        _queue = queue;
        _memory = memory;
        _filled = new (int, int)[Math.Min(memory.Length / BufferBytes, queue.Size)];
        for (int buffer = 0; buffer < _filled.Length; buffer++)
        {
            Give(buffer);
        }
    }

    /// <summary>Whether there are bytes.</summary>
    public bool HasBytes => _count > 0;

    /// <summary>Takes over what the device has filled; returns whether there was any.</summary>
    public bool Reap()
    {
        bool any = false;
        while (_queue.TryTake(out int buffer, out int length))
        {
            if (length == 0)
            {
                Give(buffer);
                continue;
            }

            _filled[(_first + _count) % _filled.Length] = (buffer, length);
            _count++;
            any = true;
        }

        return any;
    }

    /// <summary>Copies out what there is of the reaped bytes.</summary>
    public int Read(Span<byte> destination)
    {
        int read = 0;
        while (_count > 0 && read < destination.Length)
        {
            (int buffer, int length) = _filled[_first];
            int part = Math.Min(length - _offset, destination.Length - read);
            _memory.Slice(buffer * BufferBytes, BufferBytes).Bytes.Slice(_offset, part).CopyTo(destination[read..]);
            read += part;
            _offset += part;
            if (_offset == length)
            {
                _offset = 0;
                _first = (_first + 1) % _filled.Length;
                _count--;
                Give(buffer);
            }
        }

        return read;
    }

    /// <summary>
    /// Shows the device the buffers that were read, once they are worth it: a notification is a trip to the host. Returns
    /// whether to notify the device.
    /// </summary>
    public bool Publish()
    {
        if (_unpublished == 0 || (_count > 0 && _unpublished < _filled.Length / 2))
        {
            return false;
        }

        _unpublished = 0;
        return _queue.Publish();
    }

    private void Give(int buffer)
    {
        _queue.Add(buffer, _memory.Slice(buffer * BufferBytes, BufferBytes), deviceWrites: true);
        _unpublished++;
    }
}
