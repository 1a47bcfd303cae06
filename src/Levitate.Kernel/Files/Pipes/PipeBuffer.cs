using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Files.Pipes;

/// <summary>A ring of bytes in page frames, which are taken as bytes come and released, but for one, as they go. The pipe's lock guards it.</summary>
/// <param name="frames">Where frames come from.</param>
/// <param name="capacity">The most bytes that it holds, a multiple of the page size.</param>
internal struct PipeBuffer(IFrameAllocator frames, int capacity)
{
    /// <summary>The frames of the pages in use, by page number modulo their length, a power of two.</summary>
    private FrameNumber[] _frames = NewRing(capacity);
    private int _capacity = capacity;
    private long _readPosition;
    private long _writePosition;

    /// <summary>Where the last page that has a frame ends. What is emptied begins again in the page that it has.</summary>
    private long _end;

    /// <summary>The frame that was done with last, where <see cref="_hasSpare"/>: most pipes are emptied and filled all the time.</summary>
    private FrameNumber _spare;
    private bool _hasSpare;

    /// <summary>The most bytes that it holds.</summary>
    public readonly int Capacity => _capacity;

    /// <summary>Bytes in it.</summary>
    public readonly int Count => (int)(_writePosition - _readPosition);

    /// <summary>Bytes that there is room for. The page that is being read takes none before it is done.</summary>
    public readonly int Room => Capacity - (int)(_writePosition - (_readPosition & ~(long)(PageSize.Bytes - 1)));

    /// <summary>Moves bytes out, as many as there are and as the reader takes, at most <paramref name="limit"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read(ref IoCursor cursor, int limit = int.MaxValue)
    {
        limit = Math.Min(limit, Count);
        while (!cursor.IsFinished && limit > 0)
        {
            int inPage = (int)_readPosition & (PageSize.Bytes - 1);
            int count = (int)Math.Min(cursor.Remaining, Math.Min(limit, PageSize.Bytes - inPage));
            int done = cursor.Put(frames.Bytes(FrameAt(_readPosition)).Slice(inPage, count));
            limit -= done;
            Advance(done);
        }
    }

    /// <summary>Copies bytes out from the <paramref name="from"/>th on, at most so many, and leaves them.</summary>
    public readonly void Peek(ref IoCursor cursor, int limit, int from = 0)
    {
        long position = _readPosition + Math.Min(from, Count), end = position + Math.Min(_writePosition - position, limit);
        while (position < end && !cursor.IsFinished)
        {
            int inPage = (int)(position & (PageSize.Bytes - 1));
            int count = (int)Math.Min(end - position, PageSize.Bytes - inPage);
            position += cursor.Put(frames.Bytes(FrameAt(position)).Slice(inPage, count));
        }
    }

    /// <summary>Throws away so many bytes, which must be there.</summary>
    public void Skip(int count)
    {
        while (count > 0)
        {
            int part = Math.Min(count, PageSize.Bytes - (int)(_readPosition & (PageSize.Bytes - 1)));
            Advance(part);
            count -= part;
        }
    }

    /// <summary>Throws away the last bytes that were moved in.</summary>
    public void TakeBack(int count)
    {
        _writePosition -= count;
        Trim();
        if (Count == 0)
        {
            Restart(_readPosition & ~(long)(PageSize.Bytes - 1));
        }
    }

    /// <summary>Moves bytes in, as many as there is room for and as the writer has.</summary>
    /// <returns>ENOMEM where there is no frame; what was moved stays.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Errno Write(ref IoCursor cursor)
    {
        int room = Room;
        while (!cursor.IsFinished && room > 0)
        {
            if (_writePosition == _end && !TryExtend())
            {
                return Errno.ENOMEM;
            }

            int inPage = (int)_writePosition & (PageSize.Bytes - 1);
            int count = (int)Math.Min(cursor.Remaining, Math.Min(room, PageSize.Bytes - inPage));
            int done = cursor.Take(frames.Bytes(FrameAt(_writePosition)).Slice(inPage, count));
            _writePosition += done;
            room -= done;
        }

        return Errno.None;
    }

    /// <summary>Changes the capacity; EBUSY where it would not hold what is in it.</summary>
    public Errno Resize(int newCapacity)
    {
        Trim();
        long firstPage = _readPosition >> PageSize.Shift;
        long endPage = _end >> PageSize.Shift;
        if ((endPage - firstPage) << PageSize.Shift > newCapacity)
        {
            return Errno.EBUSY;
        }

        FrameNumber[] moved = NewRing(newCapacity);
        for (long page = firstPage; page < endPage; page++)
        {
            moved[(int)page & (moved.Length - 1)] = _frames[IndexOf(page)];
        }

        _frames = moved;
        _capacity = newCapacity;
        return Errno.None;
    }

    /// <summary>Throws away what is in it.</summary>
    public void Clear()
    {
        while (_end > (_readPosition & ~(long)(PageSize.Bytes - 1)))
        {
            _end -= PageSize.Bytes;
            frames.Release(FrameAt(_end));
        }

        _readPosition = _writePosition = _end = 0;
        if (_hasSpare)
        {
            frames.Release(_spare);
            _hasSpare = false;
        }
    }

    /// <summary>Gives the page at the end of all a frame.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryExtend()
    {
        FrameNumber frame = _spare;
        if (!_hasSpare && !frames.TryAllocate(out frame))
        {
            return false;
        }

        _hasSpare = false;
        FrameAt(_end) = frame;
        _end += PageSize.Bytes;
        return true;
    }

    private void GiveBack(FrameNumber frame)
    {
        if (_hasSpare)
        {
            frames.Release(frame);
            return;
        }

        _spare = frame;
        _hasSpare = true;
    }

    /// <summary>Gives back the pages behind the last byte.</summary>
    private void Trim()
    {
        while (_end > 0 && _end - PageSize.Bytes >= _writePosition)
        {
            _end -= PageSize.Bytes;
            GiveBack(FrameAt(_end));
        }
    }

    /// <summary>Moves on within a page, and gives its frame back when the page, but not all, is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Advance(int count)
    {
        long from = _readPosition;
        _readPosition = from + count;
        if (_readPosition == _writePosition)
        {
            if (_end == PageSize.Bytes && !_hasSpare)
            {
                _readPosition = _writePosition = 0;
            }
            else
            {
                Restart(from & ~(long)(PageSize.Bytes - 1));
            }
        }
        else if (((_readPosition ^ from) & PageSize.Bytes) != 0)
        {
            GiveBack(FrameAt(from));
        }
    }

    /// <summary>An empty ring begins at the start of a page, and keeps one page at most.</summary>
    /// <param name="page">The first page that has a frame, if one has.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Restart(long page)
    {
        bool hasPage = page < _end;
        if (hasPage)
        {
            FrameNumber kept = FrameAt(page);
            for (long other = page + PageSize.Bytes; other < _end; other += PageSize.Bytes)
            {
                GiveBack(FrameAt(other));
            }

            if (_hasSpare)
            {
                frames.Release(_spare);
                _hasSpare = false;
            }

            _frames[0] = kept;
        }

        _readPosition = _writePosition = 0;
        _end = hasPage ? PageSize.Bytes : 0;
    }

    private static FrameNumber[] NewRing(int capacity) => new FrameNumber[BitOperations.RoundUpToPowerOf2((uint)capacity >> PageSize.Shift)];

    private readonly ref FrameNumber FrameAt(long position) => ref _frames[IndexOf(position >> PageSize.Shift)];

    private readonly int IndexOf(long page) => (int)page & (_frames.Length - 1);
}
