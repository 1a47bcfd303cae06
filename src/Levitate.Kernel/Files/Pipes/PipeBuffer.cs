using System;
using System.Numerics;
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
    public void Read(ref IoCursor cursor, int limit = int.MaxValue)
    {
        while (Count > 0 && limit > 0 && !cursor.IsFinished)
        {
            int inPage = (int)(_readPosition & (PageSize.Bytes - 1));
            int count = Math.Min(Math.Min(Count, limit), PageSize.Bytes - inPage);
            FrameNumber frame = FrameAt(_readPosition);
            count = cursor.Put(frames.Bytes(frame).Slice(inPage, count));
            limit -= count;
            Advance(frame, count);
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
            Advance(FrameAt(_readPosition), part);
            count -= part;
        }
    }

    /// <summary>Throws away the last bytes that were moved in.</summary>
    public void TakeBack(int count)
    {
        long newEnd = _writePosition - count;
        long firstPage = (Math.Max(newEnd, _readPosition) + PageSize.Bytes - 1) >> PageSize.Shift;
        long endPage = (_writePosition + PageSize.Bytes - 1) >> PageSize.Shift;
        for (long page = firstPage; page < endPage; page++)
        {
            GiveBack(_frames[IndexOf(page)]);
        }

        _writePosition = newEnd;
        Reset();
    }

    /// <summary>Moves bytes in, as many as there is room for and as the writer has.</summary>
    /// <returns>ENOMEM where there is no frame; what was moved stays.</returns>
    public Errno Write(ref IoCursor cursor)
    {
        while (Room > 0 && !cursor.IsFinished)
        {
            int inPage = (int)(_writePosition & (PageSize.Bytes - 1));
            bool isNew = inPage == 0;
            FrameNumber frame = isNew ? default : FrameAt(_writePosition);
            if (isNew && !TryTake(out frame))
            {
                return Errno.ENOMEM;
            }

            int count = cursor.Take(frames.Bytes(frame).Slice(inPage, Math.Min(PageSize.Bytes - inPage, Room)));
            if (isNew && count == 0)
            {
                GiveBack(frame);
            }
            else if (isNew)
            {
                FrameAt(_writePosition) = frame;
            }

            _writePosition += count;
        }

        return Errno.None;
    }

    /// <summary>Changes the capacity; EBUSY where it would not hold what is in it.</summary>
    public Errno Resize(int newCapacity)
    {
        long firstPage = _readPosition >> PageSize.Shift;
        long endPage = (_writePosition + PageSize.Bytes - 1) >> PageSize.Shift;
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
        long endPage = (_writePosition + PageSize.Bytes - 1) >> PageSize.Shift;
        for (long page = _readPosition >> PageSize.Shift; page < endPage; page++)
        {
            GiveBack(_frames[IndexOf(page)]);
        }

        _readPosition = _writePosition = 0;
        if (_hasSpare)
        {
            frames.Release(_spare);
            _hasSpare = false;
        }
    }

    private bool TryTake(out FrameNumber frame)
    {
        if (!_hasSpare)
        {
            return frames.TryAllocate(out frame);
        }

        frame = _spare;
        _hasSpare = false;
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

    /// <summary>Moves on within a page, and gives its frame back when the page, or all, is read.</summary>
    private void Advance(FrameNumber frame, int count)
    {
        _readPosition += count;
        if ((_readPosition & (PageSize.Bytes - 1)) == 0 && count > 0)
        {
            GiveBack(frame);
        }
        else if (Count == 0)
        {
            GiveBack(frame);
            _readPosition = _writePosition = 0;
        }
    }

    /// <summary>An empty ring begins at the start of a page, so that no page is held for nothing.</summary>
    private void Reset()
    {
        if (Count == 0 && (_readPosition & (PageSize.Bytes - 1)) != 0)
        {
            GiveBack(FrameAt(_readPosition));
            _readPosition = _writePosition = 0;
        }
    }

    private static FrameNumber[] NewRing(int capacity) => new FrameNumber[BitOperations.RoundUpToPowerOf2((uint)capacity >> PageSize.Shift)];

    private readonly ref FrameNumber FrameAt(long position) => ref _frames[IndexOf(position >> PageSize.Shift)];

    private readonly int IndexOf(long page) => (int)page & (_frames.Length - 1);
}
