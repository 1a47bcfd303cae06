using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files.Streams;

/// <summary>
/// The standard input, output or error of `vm exec`: a pipe whose other end is on the host. Every byte passes as it is.
/// </summary>
internal sealed class HostStream : Inode
{
    private readonly IByteChannel _channel;

    /// <summary>
    /// Guards <see cref="_arrived"/> and the order of reads. Order: before the address space's, as user memory is copied
    /// to from under it. Never held while waiting for bytes.
    /// </summary>
    private KernelLock _readLock = new(LockOrder.HostStreamRead);

    /// <summary>Keeps the bytes of one portion together. A leaf.</summary>
    private KernelLock _writeLock = new(LockOrder.HostStreamWrite);

    /// <summary>Bytes that were taken from the channel and that nobody has read yet.</summary>
    private readonly byte[] _arrived = new byte[PageSize.Bytes];
    private int _arrivedStart;
    private int _arrivedEnd;

    /// <summary>A stream over a channel.</summary>
    public HostStream(AnonymousFileSystem fileSystem, IByteChannel channel)
        : base(fileSystem, fileSystem.NextNumber(), FileMode.S_IFIFO | 0x180, 0, 0, linkCount: 1)
    {
        _channel = channel;
        Changed.WakeOnChange(channel);
    }

    /// <summary>Woken when bytes have arrived, room came up, or the host closed its side.</summary>
    public WaitQueue Changed { get; } = new();

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) =>
        TryAcquire() ? new HostStreamDescription(this, location, flags) : Errno.ENOENT;

    /// <summary>What poll says.</summary>
    public PollEvents GetReadiness(bool reads, bool writes)
    {
        PollEvents events = PollEvents.None;
        if (reads)
        {
            events |= _channel.HasInput || HasArrived ? PollEvents.Readable : PollEvents.None;
            events |= _channel.IsInputClosed && !HasArrived ? PollEvents.POLLHUP : PollEvents.None;
        }

        if (writes)
        {
            // As a pipe without a reader: a write would not wait, but fail.
            events |= _channel.IsInputClosed ? PollEvents.POLLERR : PollEvents.None;
            events |= _channel.HasRoom || _channel.IsInputClosed ? PollEvents.Writable : PollEvents.None;
        }

        return events;
    }

    /// <summary>Reads what has arrived; waits where that is nothing and the host may send more.</summary>
    public Result<long> Read(UserThread caller, ref IoCursor cursor, bool nonBlocking)
    {
        if (cursor.Remaining == 0)
        {
            return 0;
        }

        using var wait = new WaitScope(caller);
        wait.Add(Changed);
        while (true)
        {
            // Asked before the read: bytes that come after the last read and before the close would be lost else.
            bool isClosed = _channel.IsInputClosed;
            if (TryRead(ref cursor) || cursor.HasFaulted)
            {
                return cursor.Result;
            }

            if (isClosed)
            {
                return 0;
            }

            Errno error = nonBlocking ? Errno.EAGAIN : wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>Writes all; waits for room. SIGPIPE and EPIPE once the host's reader has gone.</summary>
    public Result<long> Write(UserThread caller, ref IoCursor cursor, bool nonBlocking)
    {
        Span<byte> buffer = stackalloc byte[PageSize.Bytes];
        while (!cursor.IsFinished)
        {
            int count = cursor.Take(buffer[..(int)Math.Min(buffer.Length, cursor.Remaining)]);
            Errno error = WritePortion(caller, buffer[..count], nonBlocking, out int written);
            if (error != Errno.None)
            {
                cursor.GiveBack(count - written);
                if (error == Errno.EPIPE)
                {
                    caller.SendOwnSignal(SignalNumber.SIGPIPE);
                }

                return cursor.Done > 0 ? cursor.Done : error;
            }
        }

        return cursor.Result;
    }

    private bool HasArrived => Volatile.Read(ref _arrivedStart) != Volatile.Read(ref _arrivedEnd);

    private bool TryRead(ref IoCursor cursor)
    {
        using (_readLock.Enter())
        {
            while (!cursor.IsFinished)
            {
                if (_arrivedStart == _arrivedEnd)
                {
                    Volatile.Write(ref _arrivedStart, 0);
                    Volatile.Write(ref _arrivedEnd, _channel.Read(_arrived));
                    if (_arrivedEnd == 0)
                    {
                        break;
                    }
                }

                Volatile.Write(ref _arrivedStart, _arrivedStart + cursor.Put(_arrived.AsSpan(_arrivedStart.._arrivedEnd)));
            }
        }

        return cursor.Done > 0;
    }

    private Errno WritePortion(UserThread caller, scoped ReadOnlySpan<byte> portion, bool nonBlocking, out int written)
    {
        written = 0;
        if (_channel.IsInputClosed)
        {
            return Errno.EPIPE;
        }

        written = WriteNow(portion);
        if (written == portion.Length)
        {
            return Errno.None;
        }

        using var wait = new WaitScope(caller);
        wait.Add(Changed);
        while (true)
        {
            written += WriteNow(portion[written..]);
            if (written == portion.Length)
            {
                return Errno.None;
            }

            if (_channel.IsInputClosed)
            {
                return Errno.EPIPE;
            }

            Errno error = nonBlocking ? Errno.EAGAIN : wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    private int WriteNow(ReadOnlySpan<byte> bytes)
    {
        using (_writeLock.Enter())
        {
            return _channel.Write(bytes);
        }
    }
}

/// <summary>An open standard stream.</summary>
internal sealed class HostStreamDescription(HostStream stream, Location location, OpenFlags flags) : FileDescription(location, flags)
{
    /// <inheritdoc/>
    internal override bool CanSignal => true;

    /// <inheritdoc/>
    public override PollEvents Readiness => stream.GetReadiness(CanRead, CanWrite);

    /// <inheritdoc/>
    public override WaitQueue? ReadQueue => stream.Changed;

    /// <inheritdoc/>
    public override WaitQueue? WriteQueue => stream.Changed;

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset) =>
        caller is null ? Errno.EINVAL : stream.Read(caller, ref cursor, IsNonBlocking);

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset) =>
        caller is null ? Errno.EINVAL : stream.Write(caller, ref cursor, IsNonBlocking);
}
