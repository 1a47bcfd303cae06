using System;

namespace Levitate.Machine.Virtio.Console;

/// <summary>
/// Bytes on their way to the host: a ring in device memory of which every write takes the next piece, one descriptor a
/// piece. Pieces come back in any order, room in the order of the pieces. The port's lock guards all members.
/// </summary>
internal sealed class TransmitRing
{
    private readonly Virtqueue _queue;
    private readonly DmaRegion _memory;

    /// <summary>By descriptor: the piece's length; negative once the device is done with it.</summary>
    private readonly int[] _pieces;

    /// <summary>Descriptors are used in turn: this is the oldest whose piece still takes room.</summary>
    private int _oldest;
    private int _pieceCount;
    private int _writeOffset;
    private int _bytesUsed;

    public TransmitRing(Virtqueue queue, DmaRegion memory)
    {
        _queue = queue;
        _memory = memory;
        _pieces = new int[queue.Size];
    }

    /// <summary>Whether the device has given everything back.</summary>
    public bool IsEmpty => _pieceCount == 0;

    /// <summary>Whether a byte may be written.</summary>
    public bool HasRoom => _pieceCount < _pieces.Length && _bytesUsed < _memory.Length;

    /// <summary>Copies what there is room for and gives it to the device, unpublished.</summary>
    public int Write(ReadOnlySpan<byte> source)
    {
        int written = 0;
        while (written < source.Length && HasRoom)
        {
            int room = Math.Min(_memory.Length - _bytesUsed, _memory.Length - _writeOffset);
            int length = Math.Min(room, source.Length - written);
            DmaRegion piece = _memory.Slice(_writeOffset, length);
            source.Slice(written, length).CopyTo(piece.Bytes);
            int descriptor = (_oldest + _pieceCount) & (_pieces.Length - 1);
            _pieces[descriptor] = length;
            _queue.Add(descriptor, piece, deviceWrites: false);
            _pieceCount++;
            _bytesUsed += length;
            _writeOffset = (_writeOffset + length) % _memory.Length;
            written += length;
        }

        return written;
    }

    /// <summary>Takes back what the device is done with; returns whether there was any.</summary>
    public bool Reap()
    {
        bool any = false;
        while (_queue.TryTake(out int descriptor, out _))
        {
            _pieces[descriptor] = -_pieces[descriptor];
            any = true;
        }

        while (_pieceCount > 0 && _pieces[_oldest] < 0)
        {
            _bytesUsed += _pieces[_oldest];
            _oldest = (_oldest + 1) & (_pieces.Length - 1);
            _pieceCount--;
        }

        if (_pieceCount == 0)
        {
            // Start over at the front: long writes then are one piece.
            _writeOffset = 0;
        }

        return any;
    }
}
