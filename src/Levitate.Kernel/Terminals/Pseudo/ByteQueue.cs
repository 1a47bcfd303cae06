using System;

namespace Levitate.Kernel.Terminals;

/// <summary>Bytes on their way, in a ring that is made when the first one comes. Its owner's lock guards it.</summary>
internal sealed class ByteQueue(int capacity)
{
    private byte[]? _bytes;
    private int _start;

    /// <summary>Bytes in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes that fit in.</summary>
    public int Room => capacity - Count;

    /// <summary>Adds as many as fit; returns how many.</summary>
    public int Add(ReadOnlySpan<byte> source)
    {
        _bytes ??= new byte[capacity];
        int done = Math.Min(source.Length, Room);
        int end = (_start + Count) % capacity;
        int first = Math.Min(done, capacity - end);
        source[..first].CopyTo(_bytes.AsSpan(end));
        source[first..done].CopyTo(_bytes);
        Count += done;
        return done;
    }

    /// <summary>Takes as many as there are; returns how many.</summary>
    public int Take(Span<byte> destination)
    {
        int done = Math.Min(destination.Length, Count);
        int first = Math.Min(done, capacity - _start);
        _bytes.AsSpan(_start, first).CopyTo(destination);
        _bytes.AsSpan(0, done - first).CopyTo(destination[first..]);
        _start = (_start + done) % capacity;
        Count -= done;
        return done;
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => Count = 0;
}
