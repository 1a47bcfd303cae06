using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files.Pipes;

/// <content>
/// What splice, tee and vmsplice need. One end is reserved while bytes are on their way to or from a file that may block:
/// other readers, or other writers, wait as for an empty or a full pipe, so that nothing is read twice, lost or mixed up.
/// </content>
internal sealed partial class Pipe
{
    private bool _isReadingReserved;
    private bool _isWritingReserved;

    /// <summary>Waits for bytes and reserves reading.</summary>
    /// <returns>The bytes that there are; 0 where none will come, and nothing is reserved; EAGAIN, ERESTARTSYS.</returns>
    public Result<int> BeginTake(UserThread caller, bool nonBlocking)
    {
        using var wait = new WaitScope(caller);
        wait.Add(ReadQueue);
        while (true)
        {
            using (_lock.Enter())
            {
                if (!_isReadingReserved && (_buffer.Count > 0 || _writers == 0))
                {
                    _isReadingReserved = _buffer.Count > 0;
                    return _buffer.Count;
                }
            }

            Errno error = nonBlocking ? Errno.EAGAIN : wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>While reading is reserved: copies bytes from the <paramref name="from"/>th on and leaves them; how many.</summary>
    public int Peek(Span<byte> destination, int from)
    {
        var cursor = new IoCursor(destination);
        using (_lock.Enter())
        {
            _buffer.Peek(ref cursor, destination.Length, from);
        }

        return (int)cursor.Done;
    }

    /// <summary>While reading is reserved: throws away bytes that have gone where they were to go.</summary>
    public void Skip(int count)
    {
        using (_lock.Enter())
        {
            _buffer.Skip(count);
        }

        WriteQueue.WakeAll();
    }

    /// <summary>Takes back <see cref="BeginTake"/>.</summary>
    public void EndTake()
    {
        using (_lock.Enter())
        {
            _isReadingReserved = false;
        }

        ReadQueue.WakeAll();
    }

    /// <summary>Waits for room and reserves writing. Without a reader: SIGPIPE and EPIPE.</summary>
    /// <returns>The bytes that there is room for; EPIPE, EAGAIN, ERESTARTSYS.</returns>
    public Result<int> BeginFill(UserThread caller, bool nonBlocking)
    {
        using var wait = new WaitScope(caller);
        wait.Add(WriteQueue);
        while (true)
        {
            bool isBroken;
            using (_lock.Enter())
            {
                isBroken = _readers == 0;
                if (!isBroken && !_isWritingReserved && _buffer.Room > 0)
                {
                    _isWritingReserved = true;
                    return _buffer.Room;
                }
            }

            if (isBroken)
            {
                caller.SendOwnSignal(SignalNumber.SIGPIPE);
                return Errno.EPIPE;
            }

            Errno error = nonBlocking ? Errno.EAGAIN : wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>While writing is reserved: moves bytes in for which there is room.</summary>
    /// <returns>ENOMEM; what was moved stays.</returns>
    public Errno Fill(ref IoCursor cursor)
    {
        Errno error;
        using (_lock.Enter())
        {
            error = _buffer.Write(ref cursor);
        }

        ReadQueue.WakeOne();
        return error;
    }

    /// <summary>Takes back <see cref="BeginFill"/>.</summary>
    public void EndFill()
    {
        using (_lock.Enter())
        {
            _isWritingReserved = false;
        }

        WriteQueue.WakeAll();
    }
}
