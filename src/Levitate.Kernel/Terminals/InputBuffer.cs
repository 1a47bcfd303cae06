using System;
using System.Collections;

namespace Levitate.Kernel.Terminals;

/// <summary>
/// The bytes that were typed and not yet read, in a ring: first those of complete lines, then the line that is being
/// edited. A mark at a byte says that a line ends with it; a marked NUL is an end of file, which no reader gets to see.
/// </summary>
internal sealed class InputBuffer
{
    /// <summary>N_TTY_BUF_SIZE, in bytes.</summary>
    public const int Capacity = 4096;

    private readonly byte[] _bytes = new byte[Capacity];
    private readonly BitArray _ends = new(Capacity);

    // Counts of bytes since the beginning, modulo 2^32; the capacity divides that.
    private uint _tail;
    private uint _complete;
    private uint _head;

    /// <summary>Bytes in it.</summary>
    public int Count => (int)(_head - _tail);

    /// <summary>Bytes of the line that is being edited.</summary>
    public int EditedCount => (int)(_head - _complete);

    /// <summary>Whether a complete line is there.</summary>
    public bool HasLine => _complete != _tail;

    /// <summary>Bytes that fit in; the last place is kept for the end of a line.</summary>
    public int Room => Capacity - 1 - Count;

    /// <summary>Bytes of complete lines, ends of file not counted.</summary>
    public int CompleteCount
    {
        get
        {
            int count = 0;
            for (uint at = _tail; at != _complete; at++)
            {
                count += IsEndOfFile(at) ? 0 : 1;
            }

            return count;
        }
    }

    /// <summary>A byte of the line that is being edited.</summary>
    public byte Edited(int index) => _bytes[Place(_complete + (uint)index)];

    /// <summary>Adds a byte to the line; where there is no place, it replaces the last one.</summary>
    public void Append(byte value)
    {
        if (Count == Capacity)
        {
            _head--;
        }

        _bytes[Place(_head++)] = value;
    }

    /// <summary>Takes the line's last bytes away.</summary>
    public void RemoveLast(int count) => _head -= (uint)count;

    /// <summary>The line ends with this byte.</summary>
    public void Complete(byte last)
    {
        Append(last);
        _ends[Place(_head - 1)] = true;
        _complete = _head;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _tail = _complete = _head;
        _ends.SetAll(false);
    }

    /// <summary>Canonical mode begins: what is there is a line that needs no end.</summary>
    public void BeginLines()
    {
        _ends.SetAll(false);
        if (Count > 0)
        {
            _ends[Place(_head - 1)] = true;
        }

        _complete = _head;
    }

    /// <summary>Canonical mode ends: bytes are bytes, the line that is being edited included.</summary>
    public void EndLines()
    {
        _ends.SetAll(false);
        _complete = _tail;
    }

    /// <summary>Takes bytes without a look at lines.</summary>
    public int Read(Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length && _tail != _head)
        {
            destination[done++] = _bytes[Place(_tail++)];
        }

        _complete = _tail;
        return done;
    }

    /// <summary>Takes bytes of one line, up to its end.</summary>
    public int ReadLine(Span<byte> destination)
    {
        int done = 0;
        while (_tail != _complete)
        {
            bool isEndOfFile = IsEndOfFile(_tail);
            if (!isEndOfFile && done == destination.Length)
            {
                break;
            }

            int place = Place(_tail++);
            bool ends = _ends[place];
            _ends[place] = false;
            if (!isEndOfFile)
            {
                destination[done++] = _bytes[place];
            }

            if (ends)
            {
                break;
            }
        }

        return done;
    }

    private static int Place(uint count) => (int)(count & (Capacity - 1));

    private bool IsEndOfFile(uint at) => _ends[Place(at)] && _bytes[Place(at)] == 0;
}
