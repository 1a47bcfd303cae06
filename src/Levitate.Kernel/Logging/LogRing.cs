using System;
using System.Buffers.Binary;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Logging;

/// <summary>What stands before a line of the log.</summary>
/// <param name="Sequence">How many lines came before it.</param>
/// <param name="Nanoseconds">When, since power-on.</param>
/// <param name="Priority">Facility times 8 plus level, as syslog(3).</param>
/// <param name="Length">The bytes of its text.</param>
internal readonly record struct LogRecord(ulong Sequence, long Nanoseconds, int Priority, int Length);

/// <summary>A reader's place in the log: the next line that it reads.</summary>
/// <param name="Sequence">The line's number.</param>
/// <param name="Offset">The line's place in bytes, counted from the first that ever was.</param>
internal readonly record struct LogPlace(ulong Sequence, long Offset);

/// <summary>What came of an attempt to read a line.</summary>
internal enum LogReading
{
    /// <summary>There is none yet.</summary>
    Nothing,

    /// <summary>There it is.</summary>
    Line,

    /// <summary>The next line of the reader was overwritten: it goes on with the oldest that there is.</summary>
    Lost,
}

/// <summary>The last lines of the kernel's log, in 64 KiB: a new one takes the place of the oldest. Nothing is allocated after it was made.</summary>
internal sealed class LogRing
{
    /// <summary>The bytes that lines and what stands before them take.</summary>
    public const int Capacity = 65_536;

    /// <summary>The longest text of a line in bytes.</summary>
    public const int MaximumText = 1024;

    private const int HeaderBytes = 16;

    /// <summary>Guards all fields. The innermost of all. Never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.KernelLog);
    private readonly byte[] _bytes = new byte[Capacity];
    private LogPlace _oldest;
    private LogPlace _next;
    private LogPlace _cleared;

    /// <summary>The oldest line that is kept.</summary>
    public LogPlace Oldest
    {
        get
        {
            using (_lock.Enter())
            {
                return _oldest;
            }
        }
    }

    /// <summary>Where the next line will stand.</summary>
    public LogPlace Next
    {
        get
        {
            using (_lock.Enter())
            {
                return _next;
            }
        }
    }

    /// <summary>The first line after the last <see cref="Clear()"/>.</summary>
    public LogPlace Cleared
    {
        get
        {
            using (_lock.Enter())
            {
                return _cleared;
            }
        }
    }

    /// <summary>Has <see cref="Cleared"/> be what comes next. Nothing is lost.</summary>
    public void Clear() => Clear(Next);

    /// <summary>Has <see cref="Cleared"/> be a reader's place, unless it is behind it already.</summary>
    public void Clear(LogPlace upTo)
    {
        using (_lock.Enter())
        {
            if (upTo.Sequence > _cleared.Sequence)
            {
                _cleared = upTo;
            }
        }
    }

    /// <summary>Adds a line of at most <see cref="MaximumText"/> bytes.</summary>
    public void Add(long nanoseconds, int priority, ReadOnlySpan<byte> text)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteInt64LittleEndian(header, nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], priority);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], text.Length);
        using (_lock.Enter())
        {
            while (_next.Offset + HeaderBytes + text.Length - _oldest.Offset > Capacity)
            {
                _oldest = After(_oldest);
            }

            CopyIn(_next.Offset, header);
            CopyIn(_next.Offset + HeaderBytes, text);
            _next = After(_next);
        }
    }

    /// <summary>Reads a line and moves the place behind it.</summary>
    /// <param name="place">The reader's place.</param>
    /// <param name="text">Where its text goes, with room for <see cref="MaximumText"/> bytes.</param>
    /// <param name="record">What stands before it.</param>
    public LogReading Read(ref LogPlace place, Span<byte> text, out LogRecord record)
    {
        using (_lock.Enter())
        {
            record = default;
            if (place.Sequence < _oldest.Sequence)
            {
                place = _oldest;
                return LogReading.Lost;
            }

            if (place.Sequence >= _next.Sequence)
            {
                return LogReading.Nothing;
            }

            record = RecordAt(place);
            CopyOut(place.Offset + HeaderBytes, text[..record.Length]);
            place = After(place);
            return LogReading.Line;
        }
    }

    private LogPlace After(LogPlace place) => new(place.Sequence + 1, place.Offset + HeaderBytes + RecordAt(place).Length);

    private LogRecord RecordAt(LogPlace place)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        CopyOut(place.Offset, header);
        return new LogRecord(place.Sequence, BinaryPrimitives.ReadInt64LittleEndian(header), BinaryPrimitives.ReadInt32LittleEndian(header[8..]), BinaryPrimitives.ReadInt32LittleEndian(header[12..]));
    }

    private void CopyIn(long offset, ReadOnlySpan<byte> bytes)
    {
        int start = (int)(offset % Capacity);
        int first = Math.Min(bytes.Length, Capacity - start);
        bytes[..first].CopyTo(_bytes.AsSpan(start));
        bytes[first..].CopyTo(_bytes);
    }

    private void CopyOut(long offset, Span<byte> bytes)
    {
        int start = (int)(offset % Capacity);
        int first = Math.Min(bytes.Length, Capacity - start);
        _bytes.AsSpan(start, first).CopyTo(bytes);
        _bytes.AsSpan(0, bytes.Length - first).CopyTo(bytes[first..]);
    }
}
