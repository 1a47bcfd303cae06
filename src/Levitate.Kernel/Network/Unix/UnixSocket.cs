using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Network.Unix;

/// <summary>A socket between processes of the machine.</summary>
/// <remarks>Linux: unix(7).</remarks>
internal sealed partial class UnixSocket(KernelSystem kernel, SocketType type) : Socket(type)
{
    private enum Connection
    {
        None,
        Listening,
        Connecting,
        Connected,
    }

    /// <summary>
    /// Guards the fields below and the queue. Order: as a pipe's, before the address space's, since user memory is copied
    /// from under it; never two sockets' at once. Never held while waiting.
    /// </summary>
    private KernelLock _lock = new(LockOrder.UnixSocket);
    private readonly UnixMessageQueue _incoming = new(kernel.Machine.Frames);
    private volatile Connection _connection;
    private UnixSocket? _peer;
    private PeerCredentials _peerCredentials = PeerCredentials.Nobody;
    private bool _isReceivingShut;
    private volatile bool _isSendingShut;
    private bool _isClosed;
    private Errno _error;
    private byte[]? _name;
    private bool _ownsName;
    private Inode? _inode;

    /// <inheritdoc/>
    public override AddressFamily Family => AddressFamily.AF_UNIX;

    /// <inheritdoc/>
    public override bool IsListening => _connection == Connection.Listening;

    /// <inheritdoc/>
    public override WaitQueue ReadQueue { get; } = new();

    /// <inheritdoc/>
    public override WaitQueue WriteQueue => IsDatagram && Volatile.Read(ref _peer) is { } target ? target._room : _room;

    /// <inheritdoc/>
    public override PeerCredentials Peer
    {
        get
        {
            using (_lock.Enter())
            {
                return _peerCredentials;
            }
        }
    }

    /// <summary>The open description; null for a connection that nobody has accepted. Written before anybody else knows the socket.</summary>
    public SocketDescription? Description { get; set; }

    /// <summary>Neighbours among the open ones; <see cref="UnixNames"/> guards them.</summary>
    public UnixSocket? Newer { get; set; }

    /// <inheritdoc cref="Newer"/>
    public UnixSocket? Older { get; set; }

    /// <summary>What it has to do with files in messages.</summary>
    public FlightRecord Flight { get; } = new();

    /// <summary>Its name, without the family: a path, or an abstract name that begins with a NUL; null: it has none.</summary>
    private byte[]? Name => Volatile.Read(ref _name);

    private bool IsDatagram => Type == SocketType.SOCK_DGRAM;

    /// <summary>Woken when there is room: in the peer's queue, or for a datagram socket in its own.</summary>
    private readonly WaitQueue _room = new();

    /// <inheritdoc/>
    public override PollEvents Readiness
    {
        get
        {
            PollEvents events = PollEvents.None;
            UnixSocket? peer;
            using (_lock.Enter())
            {
                peer = _peer;
                events |= _error != Errno.None ? PollEvents.POLLERR : PollEvents.None;
                events |= _isReceivingShut ? PollEvents.POLLRDHUP | PollEvents.Readable : PollEvents.None;
                events |= _isReceivingShut && _isSendingShut ? PollEvents.POLLHUP : PollEvents.None;
                events |= _incoming.Count > 0 || _backlog.Count > 0 ? PollEvents.Readable : PollEvents.None;
                if (_connection == Connection.Listening)
                {
                    return events;
                }

                if (!IsDatagram && _connection == Connection.None)
                {
                    events |= PollEvents.POLLHUP;
                }
            }

            return peer is null || peer.HasRoomFor(this) ? events | PollEvents.Writable | PollEvents.POLLWRBAND : events;
        }
    }

    /// <summary>Makes two sockets that are connected to each other.</summary>
    public static (UnixSocket First, UnixSocket Second) CreatePair(UserThread caller, SocketType type)
    {
        var first = new UnixSocket(caller.Kernel, type);
        var second = new UnixSocket(caller.Kernel, type);
        PeerCredentials credentials = PeerCredentials.OfConnection(caller);
        first.Join(second, credentials);
        second.Join(first, credentials);
        return (first, second);
    }

    /// <inheritdoc/>
    public override Errno TakeError()
    {
        using (_lock.Enter())
        {
            Errno error = _error;
            _error = Errno.None;
            return error;
        }
    }

    /// <inheritdoc/>
    public override Result<byte[]> GetName(bool ofPeer)
    {
        if (!ofPeer)
        {
            return UnixAddress.Make(Name);
        }

        using (_lock.Enter())
        {
            return _peer is null || _connection == Connection.Connecting ? Errno.ENOTCONN : UnixAddress.Make(_peer.Name);
        }
    }

    /// <inheritdoc/>
    public override Errno Shutdown(ShutdownKind kind)
    {
        bool receiving = kind is ShutdownKind.SHUT_RD or ShutdownKind.SHUT_RDWR;
        bool sending = kind is ShutdownKind.SHUT_WR or ShutdownKind.SHUT_RDWR;
        ShutDown(receiving, sending, Errno.None);
        if (!IsDatagram && _connection == Connection.Connected)
        {
            Volatile.Read(ref _peer)?.ShutDown(receiving: sending, sending: receiving, Errno.None);
        }

        return Errno.None;
    }

    /// <inheritdoc/>
    public override Result<int> CountBytes(bool sent)
    {
        UnixSocket? counted = sent ? Volatile.Read(ref _peer) : this;
        if (IsListening)
        {
            return Errno.EINVAL;
        }

        if (counted is null)
        {
            return 0;
        }

        using (counted._lock.Enter())
        {
            return counted._incoming.Count == 0 ? 0 : IsDatagram && !sent ? counted._incoming.First.Length : counted._incoming.Bytes;
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        kernel.Network.UnixNames.Leave(this);
        Close(wasAccepted: true);
    }

    /// <summary>What /proc/net/unix says of it, without its first column: references, protocol, flags, type, state, inode, name.</summary>
    public string Describe(out byte[]? name)
    {
        const int Unconnected = 1, Connecting = 2, Connected = 3, AcceptsConnections = 0x10000;
        Connection connection = _connection;
        name = Name;
        int state = connection switch { Connection.Connected => Connected, Connection.Connecting => Connecting, _ => Unconnected };
        int references = connection == Connection.Connected ? 3 : 2;
        int flags = connection == Connection.Listening ? AcceptsConnections : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{references:X8} {0:X8} {flags:X8} {(int)Type:X4} {state:X2} {Description?.Inode.Number ?? 0,5}");
    }

    /// <summary>Throws away what was received: nobody will ever read it.</summary>
    public void Purge()
    {
        FileDescription[][] files;
        UnixSocket[] waiting;
        using (_lock.Enter())
        {
            files = _incoming.Clear();
            waiting = [.. _backlog];
        }

        Release(files);
        foreach (UnixSocket connection in waiting)
        {
            connection.Purge();
        }
    }

    private void Close(bool wasAccepted)
    {
        FileDescription[][] files;
        UnixSocket[] waiting;
        UnixSocket? peer;
        Inode? inode;
        bool isAbrupt;
        using (_lock.Enter())
        {
            _isClosed = true;
            isAbrupt = _incoming.Count > 0 || !wasAccepted;
            files = _incoming.Clear();
            waiting = [.. _backlog];
            _backlog.Clear();
            peer = _connection == Connection.Connected && !IsDatagram ? _peer : null;
            inode = _inode;
            _inode = null;
        }

        if (_ownsName)
        {
            kernel.Network.UnixNames.Remove(Name, Type, inode);
        }

        inode?.Release();
        _room.WakeAll();
        peer?.ShutDown(receiving: true, sending: true, isAbrupt ? Errno.ECONNRESET : Errno.None);
        foreach (UnixSocket connection in waiting)
        {
            kernel.Network.FilesInFlight.GiveBack(connection, this);
            connection.Close(wasAccepted: false);
        }

        Release(files);
        if (wasAccepted && kernel.Network.FilesInFlight.HasSockets)
        {
            kernel.Network.FilesInFlight.Collect();
        }
    }

    private void Release(FileDescription[][] messages)
    {
        foreach (FileDescription[] files in messages)
        {
            if (files.Length > 0)
            {
                kernel.Network.FilesInFlight.Leave(this, files);
                foreach (FileDescription file in files)
                {
                    file.Release();
                }
            }
        }
    }

    private void ShutDown(bool receiving, bool sending, Errno error)
    {
        using (_lock.Enter())
        {
            _isReceivingShut |= receiving;
            _isSendingShut |= sending;
            _error = error != Errno.None ? error : _error;
        }

        ReadQueue.WakeAll();
        _room.WakeAll();
    }

    /// <summary>Whether a socket that sends to this one may send ahead: not more than a quarter is under way.</summary>
    private bool HasRoomFor(UnixSocket sender)
    {
        using (_lock.Enter())
        {
            return (4 * _incoming.Cost <= sender.Settings.SendBufferSize && !(IsDatagram && IsQueueFull(sender))) || _isClosed;
        }
    }

    private void Join(UnixSocket peer, in PeerCredentials credentials)
    {
        using (_lock.Enter())
        {
            _peer = peer;
            _peerCredentials = credentials;
            _connection = Connection.Connected;
        }
    }
}
