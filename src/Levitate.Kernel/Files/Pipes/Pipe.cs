using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files.Pipes;

/// <summary>The stream of bytes behind a pipe or fifo.</summary>
/// <remarks>Linux: pipe(7), fifo(7).</remarks>
internal sealed partial class Pipe(IFrameAllocator frames)
{
    /// <summary>The capacity in bytes of a new pipe.</summary>
    public const int DefaultCapacity = 65536;

    /// <summary>The largest capacity in bytes that may be asked for without CAP_SYS_RESOURCE (/proc/sys/fs/pipe-max-size).</summary>
    public const int MaximumCapacity = 1 << 20;

    /// <summary>Writes of up to that many bytes are not mixed with others (PIPE_BUF).</summary>
    private const int AtomicSize = 4096;

    /// <summary>
    /// Guards the fields below and the content. Order: before the address space's, as user memory is copied from under
    /// it, and before the queues'. Never held while waiting for the other side.
    /// </summary>
    private KernelLock _lock = new(LockOrder.Pipe);
    private PipeBuffer _buffer = new(frames, DefaultCapacity);
    private int _readers;
    private int _writers;

    /// <summary>How often each end was opened: an opener of a fifo waits for the other's count to move.</summary>
    private int _readerOpens;
    private int _writerOpens;

    /// <summary>Those who wait for bytes, and for the end.</summary>
    public WaitQueue ReadQueue { get; } = new();

    /// <summary>Those who wait for room.</summary>
    public WaitQueue WriteQueue { get; } = new();

    /// <summary>Bytes in it.</summary>
    public int Count
    {
        get
        {
            using (_lock.Enter())
            {
                return _buffer.Count;
            }
        }
    }

    /// <summary>Its capacity in bytes.</summary>
    public int Capacity
    {
        get
        {
            using (_lock.Enter())
            {
                return _buffer.Capacity;
            }
        }
    }

    /// <summary>Counts an end as open.</summary>
    public void Open(bool reads, bool writes)
    {
        using (_lock.Enter())
        {
            _readers += reads ? 1 : 0;
            _writers += writes ? 1 : 0;
            _readerOpens += reads ? 1 : 0;
            _writerOpens += writes ? 1 : 0;
        }

        ReadQueue.WakeAll();
        WriteQueue.WakeAll();
    }

    /// <summary>Takes back <see cref="Open"/>; with the last end the content goes.</summary>
    public void Close(bool reads, bool writes)
    {
        using (_lock.Enter())
        {
            _readers -= reads ? 1 : 0;
            _writers -= writes ? 1 : 0;
            if (_readers == 0 && _writers == 0)
            {
                _buffer.Clear();
            }
        }

        ReadQueue.WakeAll();
        WriteQueue.WakeAll();
    }

    /// <summary>For a fifo: waits until the other end is, or meanwhile was, open.</summary>
    /// <returns>ENXIO for a writer that would not wait; ERESTARTSYS.</returns>
    public Errno AwaitPeer(UserThread caller, bool forWriter, bool nonBlocking)
    {
        int before;
        using (_lock.Enter())
        {
            if ((forWriter ? _writers : _readers) > 0)
            {
                return Errno.None;
            }

            before = forWriter ? _writerOpens : _readerOpens;
        }

        if (nonBlocking)
        {
            return forWriter ? Errno.None : Errno.ENXIO;
        }

        using var wait = new WaitScope(caller);
        wait.Add(ReadQueue);
        while (true)
        {
            using (_lock.Enter())
            {
                if ((forWriter ? _writerOpens : _readerOpens) != before)
                {
                    return Errno.None;
                }
            }

            Errno error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>Reads what is there; waits where that is nothing and a writer lives.</summary>
    public Result<long> Read(UserThread caller, ref IoCursor cursor, bool nonBlocking)
    {
        if (cursor.Remaining == 0)
        {
            return 0;
        }

        if (TryRead(ref cursor, nonBlocking, out Result<long> result))
        {
            return result;
        }

        using var wait = new WaitScope(caller);
        wait.Add(ReadQueue, exclusive: true);
        while (!TryRead(ref cursor, nonBlocking, out result))
        {
            Errno error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }

        return result;
    }

    /// <summary>Writes all; waits for room. Without a reader: SIGPIPE and EPIPE.</summary>
    public Result<long> Write(UserThread caller, ref IoCursor cursor, bool nonBlocking)
    {
        if (cursor.Remaining == 0)
        {
            return 0;
        }

        if (TryWrite(caller, ref cursor, nonBlocking, out Result<long> result))
        {
            return result;
        }

        using var wait = new WaitScope(caller);

        // Not exclusive: room that is too little for one writer may do for another.
        wait.Add(WriteQueue);
        while (!TryWrite(caller, ref cursor, nonBlocking, out result))
        {
            Errno error = wait.Sleep();
            if (error != Errno.None)
            {
                return cursor.Done > 0 ? cursor.Done : error;
            }
        }

        return result;
    }

    /// <summary>What poll says of an end.</summary>
    public PollEvents GetReadiness(bool reads, bool writes)
    {
        using (_lock.Enter())
        {
            PollEvents events = PollEvents.None;
            if (reads)
            {
                events |= _buffer.Count > 0 ? PollEvents.Readable : PollEvents.None;
                events |= _writers == 0 && _writerOpens > 0 ? PollEvents.POLLHUP : PollEvents.None;
            }

            if (writes)
            {
                events |= _buffer.Room >= AtomicSize ? PollEvents.Writable : PollEvents.None;
                events |= _readers == 0 ? PollEvents.POLLERR : PollEvents.None;
            }

            return events;
        }
    }

    /// <summary>fcntl(F_SETPIPE_SZ).</summary>
    /// <returns>The capacity set; EINVAL, EPERM beyond the limit, EBUSY.</returns>
    public Result<int> Resize(uint size, bool isPrivileged)
    {
        if (size > 1u << 30)
        {
            return Errno.EINVAL;
        }

        int capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2(Math.Max(size, PageSize.Bytes));
        if (capacity > MaximumCapacity && !isPrivileged)
        {
            return Errno.EPERM;
        }

        using (_lock.Enter())
        {
            Errno error = _buffer.Resize(capacity);
            return error == Errno.None ? capacity : error;
        }
    }

    /// <returns>False where the caller has to wait.</returns>
    private bool TryRead(ref IoCursor cursor, bool nonBlocking, out Result<long> result)
    {
        bool hasMore;
        using (_lock.Enter())
        {
            if (_buffer.Count == 0 || _isReadingReserved)
            {
                bool isAtEnd = _buffer.Count == 0 && _writers == 0;
                result = isAtEnd ? 0 : Errno.EAGAIN;
                return isAtEnd || nonBlocking;
            }

            _buffer.Read(ref cursor);
            hasMore = _buffer.Count > 0;
        }

        WriteQueue.WakeAll();
        if (hasMore)
        {
            ReadQueue.WakeOne();
        }

        result = cursor.Result;
        return true;
    }

    /// <returns>False where the caller has to wait.</returns>
    private bool TryWrite(UserThread caller, ref IoCursor cursor, bool nonBlocking, out Result<long> result)
    {
        long before = cursor.Done;
        Errno error = Errno.None;
        using (_lock.Enter())
        {
            if (_readers == 0)
            {
                error = Errno.EPIPE;
            }
            else if (!_isWritingReserved && (_buffer.Room >= Math.Min(cursor.Remaining, AtomicSize) || cursor.Remaining + cursor.Done > AtomicSize))
            {
                error = _buffer.Write(ref cursor);
            }
        }

        if (cursor.Done > before)
        {
            ReadQueue.WakeOne();
        }

        if (error == Errno.EPIPE)
        {
            caller.SendOwnSignal(SignalNumber.SIGPIPE);
        }

        if (error == Errno.None && !cursor.IsFinished)
        {
            result = cursor.Done > 0 ? cursor.Done : Errno.EAGAIN;
            return nonBlocking;
        }

        result = error != Errno.None && cursor.Done == 0 ? error : cursor.Result;
        return true;
    }
}
