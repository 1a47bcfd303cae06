using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Network.Unix;

/// <content>Sending and receiving.</content>
internal sealed partial class UnixSocket
{
    /// <summary>How many datagrams wait at a socket, beside those of its own peer (net.unix.max_dgram_qlen).</summary>
    private const int MaximumDatagrams = 10;

    /// <summary>What a message's bookkeeping takes of SO_SNDBUF.</summary>
    private const int MessageOverhead = 32;

    /// <summary>Files under way from which on every send looks for circles first.</summary>
    private const int ManyFiles = 4096;

    /// <inheritdoc/>
    public override Result<long> Send(UserThread caller, ref IoCursor cursor, ReadOnlySpan<byte> address, ref Ancillary ancillary, MessageFlags flags)
    {
        if ((flags & MessageFlags.MSG_OOB) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (IsDatagram && Settings.PassesCredentials && Name is null)
        {
            BindAutomatically();
        }

        Errno error = CheckFiles(caller, ancillary);
        if (error != Errno.None || !FindTarget(caller, address).TryGet(out UnixSocket target, out error))
        {
            return error;
        }

        bool isStream = Type == SocketType.SOCK_STREAM;
        if (!isStream && cursor.Remaining > Settings.SendBufferSize - MessageOverhead)
        {
            return Errno.EMSGSIZE;
        }

        var message = new UnixMessage { Sender = ancillary.Credentials ?? PeerCredentials.OfMessage(caller), Address = Name, RealUserId = caller.Credentials.RealUserId, Files = ancillary.Files };
        error = isStream ? SendStream(caller, target, ref cursor, ref message, flags) : SendWhole(caller, target, ref cursor, ref message, flags);
        ancillary.Files = message.Files;
        if (error == Errno.EPIPE && isStream && cursor.Done == 0 && (flags & MessageFlags.MSG_NOSIGNAL) == 0)
        {
            caller.SendOwnSignal(SignalNumber.SIGPIPE);
        }

        if (error == Errno.ECONNREFUSED)
        {
            Disconnect(target);
        }

        return error != Errno.None && !(isStream && cursor.Done > 0) ? error : cursor.Done;
    }

    /// <inheritdoc/>
    public override Result<long> Receive(UserThread caller, ref IoCursor cursor, MessageFlags flags, out Ancillary ancillary)
    {
        ancillary = default;
        if ((flags & MessageFlags.MSG_OOB) != 0)
        {
            return Type == SocketType.SOCK_STREAM ? Errno.EINVAL : Errno.EOPNOTSUPP;
        }

        if (!IsDatagram && _connection != Connection.Connected)
        {
            return Type == SocketType.SOCK_STREAM ? Errno.EINVAL : Errno.ENOTCONN;
        }

        bool isWhole = Type == SocketType.SOCK_STREAM && (flags & (MessageFlags.MSG_WAITALL | MessageFlags.MSG_PEEK)) == MessageFlags.MSG_WAITALL;
        if (TryReceive(ref cursor, flags, ref ancillary, isWhole, out Result<long> result))
        {
            return result;
        }

        if ((flags & MessageFlags.MSG_DONTWAIT) != 0)
        {
            return cursor.Done > 0 ? cursor.Done : Errno.EAGAIN;
        }

        using var wait = new WaitScope(caller);
        wait.Add(ReadQueue, exclusive: true);
        long deadline = SocketSettings.Deadline(Settings.ReceiveTimeout, caller.Process.Machine.Clock);
        while (!TryReceive(ref cursor, flags, ref ancillary, isWhole, out result))
        {
            Errno error = AfterSleep(wait.Sleep(deadline), deadline);
            if (error != Errno.None)
            {
                return cursor.Done > 0 ? cursor.Done : error;
            }
        }

        return result;
    }

    /// <summary>Where a message goes.</summary>
    private Result<UnixSocket> FindTarget(UserThread caller, ReadOnlySpan<byte> address)
    {
        UnixSocket? peer = Volatile.Read(ref _peer);
        if (address.IsEmpty)
        {
            return peer is not null && _connection == Connection.Connected ? peer : Errno.ENOTCONN;
        }

        if (!IsDatagram)
        {
            return _connection == Connection.Connected ? (Type == SocketType.SOCK_STREAM ? Errno.EISCONN : Result<UnixSocket>.From(peer!))
                : Type == SocketType.SOCK_STREAM ? Errno.EOPNOTSUPP : Errno.ENOTCONN;
        }

        return Find(caller, address);
    }

    /// <summary>The peer of a datagram socket has gone.</summary>
    private void Disconnect(UnixSocket target)
    {
        using (_lock.Enter())
        {
            if (IsDatagram && _peer == target)
            {
                _peer = null;
                _connection = Connection.None;
            }
        }
    }

    private Errno CheckFiles(UserThread caller, in Ancillary ancillary)
    {
        if (ancillary.Files is null)
        {
            return Errno.None;
        }

        FilesInFlight flight = kernel.Network.FilesInFlight;
        if (flight.Count > ManyFiles)
        {
            flight.Collect();
        }

        bool isPrivileged = caller.Credentials.Has(Capability.CAP_SYS_RESOURCE) || caller.Credentials.Has(Capability.CAP_SYS_ADMIN);
        return !isPrivileged && (ulong)flight.CountOf(caller.Credentials.RealUserId) > caller.Process.Limits.OpenFiles ? Errno.ETOOMANYREFS : Errno.None;
    }

    /// <summary>Sends all bytes, in as many pieces as it takes; files go with the first.</summary>
    private Errno SendStream(UserThread caller, UnixSocket target, ref IoCursor cursor, ref UnixMessage message, MessageFlags flags)
    {
        if (cursor.Remaining == 0)
        {
            return _isSendingShut ? Errno.EPIPE : Errno.None;
        }

        Errno error = TrySendStream(target, ref cursor, ref message);
        if (cursor.IsFinished || (error != Errno.None && error != Errno.EAGAIN) || (flags & MessageFlags.MSG_DONTWAIT) != 0)
        {
            return error;
        }

        using var wait = new WaitScope(caller);
        wait.Add(_room);
        long deadline = SocketSettings.Deadline(Settings.SendTimeout, caller.Process.Machine.Clock);
        while (true)
        {
            error = TrySendStream(target, ref cursor, ref message);
            if (cursor.IsFinished || (error != Errno.None && error != Errno.EAGAIN))
            {
                return error;
            }

            error = AfterSleep(wait.Sleep(deadline), deadline);
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <returns>EAGAIN where bytes are left for want of room.</returns>
    private Errno TrySendStream(UnixSocket target, ref IoCursor cursor, ref UnixMessage message)
    {
        Errno error;
        long before = cursor.Done;
        using (target._lock.Enter())
        {
            int room = Settings.SendBufferSize - target._incoming.Cost;
            error = _isSendingShut || target._isClosed || target._isReceivingShut ? Errno.EPIPE
                : room <= 0 || target._incoming.Room <= 0 ? Errno.EAGAIN
                : target._incoming.Add(ref cursor, message, isStream: true);
            if (error == Errno.None && message.Files is { } files)
            {
                kernel.Network.FilesInFlight.Enter(target, files, message.RealUserId);
                message.Files = null;
            }
        }

        if (cursor.Done > before)
        {
            target.ReadQueue.WakeOne();
        }

        return error == Errno.None && !cursor.IsFinished ? Errno.EAGAIN : error;
    }

    /// <summary>Sends a message in one piece.</summary>
    private Errno SendWhole(UserThread caller, UnixSocket target, ref IoCursor cursor, ref UnixMessage message, MessageFlags flags)
    {
        Errno error = TrySendWhole(target, ref cursor, ref message);
        if (error != Errno.EAGAIN || (flags & MessageFlags.MSG_DONTWAIT) != 0)
        {
            return error;
        }

        using var wait = new WaitScope(caller);
        wait.Add(IsDatagram ? target._room : _room);
        long deadline = SocketSettings.Deadline(Settings.SendTimeout, caller.Process.Machine.Clock);
        while ((error = TrySendWhole(target, ref cursor, ref message)) == Errno.EAGAIN)
        {
            error = AfterSleep(wait.Sleep(deadline), deadline);
            if (error != Errno.None)
            {
                return error;
            }
        }

        return error;
    }

    private Errno TrySendWhole(UnixSocket target, ref IoCursor cursor, ref UnixMessage message)
    {
        Errno error;
        using (target._lock.Enter())
        {
            UnixMessageQueue queue = target._incoming;
            if (_isSendingShut)
            {
                return Errno.EPIPE;
            }

            if (target._isClosed)
            {
                return IsDatagram ? Errno.ECONNREFUSED : Errno.EPIPE;
            }

            if (target._isReceivingShut)
            {
                return Errno.EPIPE;
            }

            if (IsDatagram && target._peer is { } wanted && wanted != this)
            {
                return Errno.EPERM;
            }

            if (queue.Room < cursor.Remaining || queue.Cost > Settings.SendBufferSize || (IsDatagram && target.IsQueueFull(this)))
            {
                return Errno.EAGAIN;
            }

            error = queue.Add(ref cursor, message, isStream: false);
            if (error == Errno.None && message.Files is { } files)
            {
                kernel.Network.FilesInFlight.Enter(target, files, message.RealUserId);
                message.Files = null;
            }
        }

        if (error == Errno.None)
        {
            target.ReadQueue.WakeOne();
        }

        return error;
    }

    /// <summary>Whether this takes messages from a socket: it has no peer, or that one.</summary>
    private bool TakesFrom(UnixSocket sender)
    {
        using (_lock.Enter())
        {
            return _peer is null || _peer == sender;
        }
    }

    /// <summary>Whether so many datagrams wait that a stranger's has to. The caller holds the lock.</summary>
    private bool IsQueueFull(UnixSocket sender) => _peer != sender && _incoming.Count > MaximumDatagrams;

    /// <returns>False where the caller has to wait.</returns>
    private bool TryReceive(ref IoCursor cursor, MessageFlags flags, ref Ancillary ancillary, bool isWhole, out Result<long> result)
    {
        bool hasMore, isDone, isRemoving = (flags & MessageFlags.MSG_PEEK) == 0;
        UnixSocket? peer;
        using (_lock.Enter())
        {
            if (_incoming.Count == 0)
            {
                Errno error = cursor.Done == 0 ? _error : Errno.None;
                _error = error != Errno.None ? Errno.None : _error;
                result = error != Errno.None ? error : cursor.Done;
                return error != Errno.None || _isReceivingShut;
            }

            isDone = true;
            if (Type == SocketType.SOCK_STREAM)
            {
                isDone = ReceiveStream(ref cursor, isRemoving, ref ancillary);
            }
            else
            {
                ReceiveWhole(ref cursor, isRemoving, ref ancillary);
            }

            hasMore = _incoming.Count > 0;
            peer = _peer;
        }

        if (isRemoving)
        {
            (IsDatagram ? _room : peer?._room)?.WakeAll();
        }

        if (hasMore)
        {
            ReadQueue.WakeOne();
        }

        result = Type == SocketType.SOCK_STREAM ? cursor.Result : WholeResult(cursor, ancillary, flags);
        return isDone || !isWhole || cursor.IsFinished;
    }

    /// <summary>Copies bytes of one sender, up to and with the first that files came with. True: no more is to be added, since files have come.</summary>
    private bool ReceiveStream(ref IoCursor cursor, bool isRemoving, ref Ancillary ancillary)
    {
        bool isFirst = cursor.Done == 0;
        PeerCredentials sender = _incoming.First.Sender;
        if (!isFirst && Settings.PassesCredentials && ancillary.Credentials != sender)
        {
            return true;
        }

        ancillary.Credentials = sender;
        ancillary.Address = _incoming.First.Address;
        int count = 0;
        FileDescription[]? files = null;
        for (int i = 0; i < _incoming.Count && files is null && count < cursor.Remaining; i++)
        {
            ref UnixMessage message = ref _incoming[i];
            if (Settings.PassesCredentials && message.Sender != sender)
            {
                break;
            }

            files = message.Files;
            count += message.Length;
            if (files is not null && isRemoving)
            {
                message.Files = null;
            }
        }

        if (files is not null)
        {
            HandOver(files, isRemoving, ref ancillary);
        }

        if (isRemoving)
        {
            _incoming.Take(ref cursor, count);
        }
        else
        {
            _incoming.Peek(ref cursor, count);
        }

        return files is not null;
    }

    /// <summary>Copies a message as far as there is room; the rest of it is lost.</summary>
    private void ReceiveWhole(ref IoCursor cursor, bool isRemoving, ref Ancillary ancillary)
    {
        ref UnixMessage first = ref _incoming.First;
        int length = first.Length;
        ancillary.Credentials = first.Sender;
        ancillary.Address = first.Address;
        ancillary.Length = length;
        ancillary.Flags |= cursor.Remaining < length ? MessageFlags.MSG_TRUNC : MessageFlags.None;
        _incoming.Peek(ref cursor, length);
        if (first.Files is { } files)
        {
            HandOver(files, isRemoving, ref ancillary);
        }

        if (isRemoving)
        {
            _incoming.RemoveFirst();
        }
    }

    /// <summary>Gives the files of a message to its reader; one who only looks gets references of its own.</summary>
    private void HandOver(FileDescription[] files, bool isRemoving, ref Ancillary ancillary)
    {
        FilesInFlight flight = kernel.Network.FilesInFlight;
        if (isRemoving)
        {
            flight.Leave(this, files);
        }
        else
        {
            flight.Acquire(files);
        }

        ancillary.Files = files;
    }

    private static Result<long> WholeResult(in IoCursor cursor, in Ancillary ancillary, MessageFlags flags) =>
        cursor.HasFaulted ? Errno.EFAULT
        : (flags & MessageFlags.MSG_TRUNC) != 0 ? ancillary.Length
        : cursor.Done;
}
