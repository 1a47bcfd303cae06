using System;
using System.Runtime.CompilerServices;
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

    /// <summary>Waits until there are bytes, and reads; or until no writer lives.</summary>
    /// <returns>The bytes read; EFAULT, ERESTARTSYS.</returns>
    public Result<long> AwaitBytes(UserThread caller, ref IoCursor cursor)
    {
        using var wait = new WaitScope(caller);
        wait.Add(ReadQueue, exclusive: true);
        while (true)
        {
            Result<long> result = TryRead(ref cursor);
            if (result.Error != Errno.EAGAIN)
            {
                return result;
            }

            Errno error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>The end of a write that <see cref="TryWrite"/> did not do at once: waits for room. Without a reader: SIGPIPE and EPIPE.</summary>
    /// <returns>The bytes written; EAGAIN, EPIPE, ENOMEM, EFAULT, ERESTARTSYS.</returns>
    public Result<long> EndWrite(UserThread caller, ref IoCursor cursor, bool nonBlocking, Errno error)
    {
        if (error == Errno.EAGAIN && !nonBlocking)
        {
            error = AwaitRoom(caller, ref cursor);
        }

        if (error == Errno.EPIPE)
        {
            caller.SendOwnSignal(SignalNumber.SIGPIPE);
        }

        return error != Errno.None && cursor.Done == 0 ? error : cursor.Result;
    }

    private Errno AwaitRoom(UserThread caller, ref IoCursor cursor)
    {
        using var wait = new WaitScope(caller);

        // Not exclusive: room that is too little for one writer may do for another.
        wait.Add(WriteQueue);
        while (true)
        {
            Errno error = TryWrite(ref cursor);
            if (error != Errno.EAGAIN)
            {
                return error;
            }

            error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>The bytes read, 0 where no writer lives; EAGAIN where there is nothing yet, EFAULT.</returns>
    public Result<long> TryRead(ref IoCursor cursor)
    {
        if (cursor.IsFinished)
        {
            return 0;
        }

        bool hasMore;
        using (_lock.Enter())
        {
            if (_buffer.Count == 0 || _isReadingReserved)
            {
                return _buffer.Count == 0 && _writers == 0 ? 0 : Errno.EAGAIN;
            }

            _buffer.Read(ref cursor);
            hasMore = _buffer.Count > 0;
        }

        WriteQueue.WakeAll();
        if (hasMore)
        {
            ReadQueue.WakeOne();
        }

        return cursor.Result;
    }

    /// <summary>Writes what there is room for; up to PIPE_BUF bytes all or nothing.</summary>
    /// <returns>EAGAIN where not all is written, for want of room; EPIPE, ENOMEM. Where user memory faulted, the cursor says so.</returns>
    public Errno TryWrite(ref IoCursor cursor)
    {
        if (cursor.IsFinished)
        {
            return Errno.None;
        }

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

        return error == Errno.None && !cursor.IsFinished ? Errno.EAGAIN : error;
    }
}
