using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

/// <summary>
/// The pages of one file (Linux's address_space): what read, write and every mapping see. The cache holds one reference
/// on each frame, every page-table entry that maps it another.
/// </summary>
public sealed partial class PageCache : IDisposable
{
    /// <summary>The largest length of a file in bytes (Linux: MAX_LFS_FILESIZE).</summary>
    public const long MaximumLength = long.MaxValue;

    /// <summary>
    /// Guards the fields below and the content of a page while <see cref="Read"/> and <see cref="Write"/> copy. Order:
    /// after <see cref="AddressSpace"/>'s lock (faults ask for pages with it held); so nothing that holds this one may
    /// touch an address space or user memory. Never held while blocking.
    /// </summary>
    private KernelLock _lock = new(LockOrder.PageCache);
    private readonly IFrameAllocator _frames;
    private readonly PageBudget? _budget;
    private FrameMap _pages;
    private long _length;
    private int _futexNumber;

    /// <summary>An empty file's pages, to be taken from <paramref name="frames"/>, and to count against <paramref name="budget"/>.</summary>
    public PageCache(IFrameAllocator frames, PageBudget? budget = null)
    {
        _frames = frames;
        _budget = budget;
    }

    /// <summary>The number by which futexes in it are found, which <see cref="FutexTable"/> gives it; 0: not yet.</summary>
    internal ref int FutexNumber => ref _futexNumber;

    /// <summary>The file's size in bytes.</summary>
    public long Length => Volatile.Read(ref _length);

    /// <summary>How many pages have a frame.</summary>
    public long ResidentPages
    {
        get
        {
            using (_lock.Enter())
            {
                return _pages.Count;
            }
        }
    }

    /// <summary>The frame of a page, with a reference added for the caller. A hole is filled with zeros.</summary>
    /// <returns>EFAULT past the end of file, ENOSPC past the budget (SIGBUS both), ENOMEM.</returns>
    public Result<FrameNumber> GetPage(long index)
    {
        using (_lock.Enter())
        {
            if (index < 0 || index >= PageCount(_length))
            {
                return Errno.EFAULT;
            }

            Errno error = GetOrAdd(index, zeroed: true, out FrameNumber frame);
            if (error != Errno.None)
            {
                return error;
            }

            _frames.AddReference(frame);
            return frame;
        }
    }

    /// <summary>Makes sure that a page has a frame, also past the end of file: there it waits for the file to grow over it (FALLOC_FL_KEEP_SIZE).</summary>
    /// <returns>ENOSPC past the budget, ENOMEM.</returns>
    internal Errno Reserve(long index)
    {
        using (_lock.Enter())
        {
            return GetOrAdd(index, zeroed: true, out _);
        }
    }

    /// <summary>Gives back the frames from a page on that lie past the end of file, where no mapping has them.</summary>
    internal void ReleasePastEnd(long first)
    {
        using (_lock.Enter())
        {
            RemovePages(Math.Max(first, PageCount(_length)), long.MaxValue);
        }
    }

    /// <summary>The frame of a page if it has one, with a reference added for the caller; fills no hole.</summary>
    public bool TryGetResidentPage(long index, out FrameNumber frame)
    {
        using (_lock.Enter())
        {
            if (!_pages.TryGet(index, out frame))
            {
                return false;
            }

            _frames.AddReference(frame);
            return true;
        }
    }

    /// <summary>
    /// Where the next data or the next hole begins (SEEK_DATA, SEEK_HOLE), at or after an offset within the file. The end
    /// of file is a hole. Takes time by the pages that there are, not by the length.
    /// </summary>
    /// <returns>The offset; ENXIO where no data follows, or the offset is not within the file.</returns>
    public Result<long> FindExtent(long offset, bool isData)
    {
        using (_lock.Enter())
        {
            if (offset < 0 || offset >= _length)
            {
                return Errno.ENXIO;
            }

            long page = offset >> PageSize.Shift;
            if (isData)
            {
                long next = _pages.NextPresent(page);
                return next >= PageCount(_length) ? Errno.ENXIO : Math.Max(offset, next << PageSize.Shift);
            }

            while (page < PageCount(_length) && _pages.TryGet(page, out _))
            {
                page++;
            }

            return page >= PageCount(_length) ? _length : Math.Max(offset, page << PageSize.Shift);
        }
    }

    /// <summary>Copies out; holes read as zeros; returns less than asked at the end of file, 0 beyond it.</summary>
    public int Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        using (_lock.Enter())
        {
            int length = (int)Math.Clamp(_length - offset, 0, destination.Length);
            int done = 0;
            while (done < length)
            {
                int inPage = (int)((offset + done) & (PageSize.Bytes - 1));
                int count = Math.Min(length - done, PageSize.Bytes - inPage);
                Span<byte> part = destination.Slice(done, count);
                if (_pages.TryGet((offset + done) >> PageSize.Shift, out FrameNumber frame))
                {
                    _frames.Bytes(frame).Slice(inPage, count).CopyTo(part);
                }
                else
                {
                    part.Clear();
                }

                done += count;
            }

            return length;
        }
    }

    /// <summary>Copies in and grows the file.</summary>
    /// <returns>The count, short where memory ran out on the way; ENOMEM, or ENOSPC past the budget, where nothing was written; EFBIG past the largest length.</returns>
    public Result<int> Write(long offset, ReadOnlySpan<byte> source)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (source.IsEmpty)
        {
            return 0;
        }

        if (offset == MaximumLength)
        {
            return Errno.EFBIG;
        }

        source = source[..(int)Math.Min(source.Length, MaximumLength - offset)];
        using (_lock.Enter())
        {
            if (offset > _length && _tailMayBeDirty)
            {
                ClearTail(_length);
            }

            int done = 0;
            Errno error = Errno.None;
            while (done < source.Length)
            {
                int inPage = (int)((offset + done) & (PageSize.Bytes - 1));
                int count = Math.Min(source.Length - done, PageSize.Bytes - inPage);
                error = GetOrAdd((offset + done) >> PageSize.Shift, zeroed: count < PageSize.Bytes, out FrameNumber frame);
                if (error != Errno.None)
                {
                    break;
                }

                source.Slice(done, count).CopyTo(_frames.Bytes(frame).Slice(inPage, count));
                done += count;
            }

            if (done == 0)
            {
                return error;
            }

            if (offset + done > _length)
            {
                if (_tailMayBeDirty)
                {
                    // Stores of a mapping past the end of file are not part of the file when it grows over them.
                    ClearTail(offset + done);
                }

                Volatile.Write(ref _length, offset + done);
            }

            return done;
        }
    }

    /// <summary>
    /// Truncates or extends. Pages past the end are unmapped everywhere and released, those reserved there before only where
    /// the file does not grow; the tail of the last page becomes zeros.
    /// </summary>
    /// <returns>EINVAL for a negative length.</returns>
    public Errno SetLength(long length)
    {
        if (length < 0)
        {
            return Errno.EINVAL;
        }

        long firstGone, endGone;
        using (_lock.Enter())
        {
            bool grows = length > _length;
            ClearTail(Math.Min(length, _length));
            (firstGone, endGone) = (PageCount(length), PageCount(_length));
            Volatile.Write(ref _length, length);
            RemovePages(firstGone, grows ? firstGone : long.MaxValue);
        }

        if (firstGone < endGone)
        {
            UnmapEverywhere(firstGone, endGone);
        }

        return Errno.None;
    }

    /// <summary>
    /// Gives the cache a frame that already holds a page's content (an initramfs page used in place); takes over the
    /// caller's reference. Bytes past the end of file in the last page must be zeros. The page must be a hole.
    /// </summary>
    public void Adopt(long index, FrameNumber frame) => Adopt(index, frame, 1);

    /// <summary>Gives the cache neighbouring frames for neighbouring pages, each as by <see cref="Adopt(long, FrameNumber)"/>.</summary>
    public void Adopt(long index, FrameNumber first, int count)
    {
        using (_lock.Enter())
        {
            _pages.AddRange(index, first, count);
            _budget?.Take(count);
            _frames.CountCached(count);
        }
    }

    /// <summary>Releases every page; the file is gone. No mapping may be left: each keeps its file open.</summary>
    public void Dispose()
    {
        using (_lock.Enter())
        {
            if (_firstMapping is not null)
            {
                throw new InvalidOperationException("a file went away while it was mapped");
            }

            Volatile.Write(ref _length, 0);
            RemovePages(0, long.MaxValue);
        }
    }

    /// <summary>Pages that a file of that length has.</summary>
    internal static long PageCount(long length) => (length >> PageSize.Shift) + ((length & (PageSize.Bytes - 1)) != 0 ? 1 : 0);

    private Errno GetOrAdd(long index, bool zeroed, out FrameNumber frame)
    {
        if (_pages.TryGet(index, out frame))
        {
            return Errno.None;
        }

        _pages.Reserve(index);
        if (_budget is not null && !_budget.TryTake())
        {
            return Errno.ENOSPC;
        }

        if (!(zeroed ? _frames.TryAllocateZeroed(out frame) : _frames.TryAllocate(out frame)))
        {
            _budget?.Give(1);
            return Errno.ENOMEM;
        }

        _pages.Add(index, frame);
        _frames.CountCached(1);
        return Errno.None;
    }

    /// <summary>Makes the bytes from <paramref name="length"/> to the end of its page zeros.</summary>
    private void ClearTail(long length)
    {
        int inPage = (int)(length & (PageSize.Bytes - 1));
        if (inPage != 0 && _pages.TryGet(length >> PageSize.Shift, out FrameNumber frame))
        {
            _frames.Bytes(frame)[inPage..].Clear();
        }
    }

    /// <summary>So many pages are not there any more.</summary>
    private void Uncount(int count)
    {
        _budget?.Give(count);
        _frames.CountCached(-count);
    }

    /// <summary>Releases the cache's hold on the frames of [first, end). Under the lock: a page that is written after a truncation must not fall to it.</summary>
    private void RemovePages(long first, long end)
    {
        Span<FrameNumber> frames = stackalloc FrameNumber[64];
        Span<long> pages = stackalloc long[64];
        int count;
        while (first < end && _pages.Count != 0 && (count = _pages.Remove(first, end, pages, frames)) != 0)
        {
            _frames.Release(frames[..count]);
            Uncount(count);
        }
    }
}
