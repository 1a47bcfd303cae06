using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Network.Unix;

/// <content>Names and connections.</content>
internal sealed partial class UnixSocket
{
    /// <summary>The most connections that wait to be accepted, whatever listen says (net.core.somaxconn).</summary>
    private const uint MaximumBacklog = 4096;

    private readonly Queue<UnixSocket> _backlog = new();
    private uint _backlogLimit;

    /// <inheritdoc/>
    public override Errno Bind(UserThread caller, ReadOnlySpan<byte> address)
    {
        if (!UnixAddress.Parse(address).TryGet(out byte[] name, out Errno error))
        {
            return error;
        }

        if (name.Length == 0)
        {
            return Name is null ? BindAutomatically() : Errno.EINVAL;
        }

        if (!UnixAddress.IsAbstract(name))
        {
            return BindToFile(caller, name);
        }

        using (_lock.Enter())
        {
            if (_name is not null)
            {
                return Errno.EINVAL;
            }

            if (!kernel.Network.UnixNames.TryAdd(name, this))
            {
                return Errno.EADDRINUSE;
            }

            _name = name;
            _ownsName = true;
            return Errno.None;
        }
    }

    /// <inheritdoc/>
    public override Errno Listen(UserThread caller, int backlog)
    {
        if (IsDatagram)
        {
            return Errno.EOPNOTSUPP;
        }

        using (_lock.Enter())
        {
            if (_name is null || _connection is not (Connection.None or Connection.Listening))
            {
                return Errno.EINVAL;
            }

            _backlogLimit = Math.Min((uint)backlog, MaximumBacklog);
            _peerCredentials = PeerCredentials.OfConnection(caller);
            _connection = Connection.Listening;
        }

        _room.WakeAll();
        return Errno.None;
    }

    /// <inheritdoc/>
    public override Errno Connect(UserThread caller, ReadOnlySpan<byte> address, bool nonBlocking)
    {
        if (IsDatagram && address.Length >= SocketAddress.FamilySize && SocketAddress.Family(address) == AddressFamily.AF_UNSPEC)
        {
            using (_lock.Enter())
            {
                _peer = null;
                _connection = Connection.None;
                return Errno.None;
            }
        }

        if (!Find(caller, address).TryGet(out UnixSocket target, out Errno error))
        {
            return error;
        }

        return IsDatagram ? Address(target) : ConnectStream(caller, target, nonBlocking);
    }

    /// <inheritdoc/>
    public override Result<Socket> Accept(UserThread caller, bool nonBlocking)
    {
        if (IsDatagram)
        {
            return Errno.EOPNOTSUPP;
        }

        using var wait = new WaitScope(caller);
        wait.Add(ReadQueue, exclusive: true);
        long deadline = SocketSettings.Deadline(Settings.ReceiveTimeout, caller.Process.Machine.Clock);
        UnixSocket? connection;
        while (true)
        {
            using (_lock.Enter())
            {
                if (_connection != Connection.Listening || _isReceivingShut)
                {
                    return Errno.EINVAL;
                }

                if (_backlog.TryDequeue(out connection))
                {
                    break;
                }
            }

            Errno error = nonBlocking ? Errno.EAGAIN : AfterSleep(wait.Sleep(deadline), deadline);
            if (error != Errno.None)
            {
                return error;
            }
        }

        kernel.Network.FilesInFlight.GiveBack(connection, this);
        _room.WakeAll();
        return connection;
    }

    /// <summary>The socket that an address names.</summary>
    /// <returns>EINVAL; ECONNREFUSED where there is none; EPROTOTYPE for another type; EACCES and what else a path may lead to.</returns>
    private Result<UnixSocket> Find(UserThread caller, ReadOnlySpan<byte> address)
    {
        if (!UnixAddress.Parse(address).TryGet(out byte[] name, out Errno error))
        {
            return error;
        }

        UnixSocket? found;
        if (name.Length == 0)
        {
            return Errno.EINVAL;
        }

        if (UnixAddress.IsAbstract(name))
        {
            found = kernel.Network.UnixNames.Find(name, Type);
        }
        else
        {
            var walk = new PathWalk(caller.Context(), caller.FileSystem.WorkingDirectory, name, WalkOptions.Follow);
            if (!walk.Resolve().TryGet(out Location place, out error))
            {
                return error;
            }

            error = Permissions.Check(place.Inode, caller.Credentials, AccessKinds.Write);
            if (error != Errno.None)
            {
                return error;
            }

            found = kernel.Network.UnixNames.Find(place.Inode);
        }

        if (found is null)
        {
            return Errno.ECONNREFUSED;
        }

        return found.Type == Type ? found : Errno.EPROTOTYPE;
    }

    /// <summary>connect of a datagram socket: where messages without an address go, and the only one that may send to this.</summary>
    private Errno Address(UnixSocket target)
    {
        if (!target.TakesFrom(this))
        {
            return Errno.EPERM;
        }

        using (_lock.Enter())
        {
            _peer = target;
            _connection = Connection.Connected;
            return Errno.None;
        }
    }

    private Errno ConnectStream(UserThread caller, UnixSocket listener, bool nonBlocking)
    {
        Connection before;
        using (_lock.Enter())
        {
            before = _connection;
            if (before == Connection.None)
            {
                _connection = Connection.Connecting;
            }
        }

        if (before != Connection.None)
        {
            return before == Connection.Connected && listener.IsListening ? Errno.EISCONN
                : before == Connection.Connecting ? Errno.EALREADY
                : listener.IsListening ? Errno.EINVAL
                : Errno.ECONNREFUSED;
        }

        var connection = new UnixSocket(kernel, Type);
        connection.Join(this, PeerCredentials.OfConnection(caller));
        long deadline = SocketSettings.Deadline(Settings.SendTimeout, caller.Process.Machine.Clock);
        Errno error = listener.Enqueue(caller, connection, nonBlocking, deadline, out PeerCredentials credentials);
        if (error != Errno.None)
        {
            using (_lock.Enter())
            {
                _connection = Connection.None;
            }

            return error;
        }

        // Whoever accepts first may have sent, or closed, by now: both leave their mark without this.
        Join(connection, credentials);
        listener.ReadQueue.WakeOne();
        return Errno.None;
    }

    /// <summary>Puts a connection in line to be accepted.</summary>
    private Errno Enqueue(UserThread caller, UnixSocket connection, bool nonBlocking, long deadline, out PeerCredentials credentials)
    {
        using var wait = new WaitScope(caller);
        wait.Add(_room);
        while (true)
        {
            using (_lock.Enter())
            {
                credentials = _peerCredentials;
                if (_isClosed || _connection != Connection.Listening || _isReceivingShut)
                {
                    return Errno.ECONNREFUSED;
                }

                if (_backlog.Count <= _backlogLimit)
                {
                    // The listening socket's name is shown for its connections, but it stays that socket's.
                    connection._name = _name;
                    kernel.Network.FilesInFlight.Lend(connection, this);
                    _backlog.Enqueue(connection);
                    return Errno.None;
                }
            }

            Errno error = nonBlocking ? Errno.EAGAIN : AfterSleep(wait.Sleep(deadline), deadline);
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    private Errno BindAutomatically()
    {
        using (_lock.Enter())
        {
            if (_name is null)
            {
                _name = kernel.Network.UnixNames.AddAutomatic(this);
                _ownsName = _name is not null;
            }

            return _name is null ? Errno.ENOSPC : Errno.None;
        }
    }

    private Errno BindToFile(UserThread caller, byte[] path)
    {
        if (Name is not null)
        {
            // Linux makes the file first, and takes it away again.
            var walk = new PathWalk(caller.Context(), caller.FileSystem.WorkingDirectory, path, WalkOptions.None);
            return walk.Resolve().Succeeded ? Errno.EADDRINUSE : Errno.EINVAL;
        }

        Errno error = NameSyscalls.CreateSocket(caller, path, out Inode? inode);
        if (error != Errno.None)
        {
            return error == Errno.EEXIST ? Errno.EADDRINUSE : error;
        }

        using (_lock.Enter())
        {
            if (_name is null && !_isClosed)
            {
                _name = path;
                _ownsName = true;
                _inode = inode;
                kernel.Network.UnixNames.Add(inode!, this);
                return Errno.None;
            }
        }

        inode!.Release();
        return Errno.EINVAL;
    }

    /// <summary>What a sleep's end means: a time-out that the socket was given is EAGAIN, and with one a signal is EINTR.</summary>
    private static Errno AfterSleep(Errno error, long deadline) => error switch
    {
        Errno.ETIMEDOUT => Errno.EAGAIN,
        Errno.ERESTARTSYS when deadline != Platform.ThreadParker.NoDeadline => Errno.EINTR,
        _ => error,
    };
}
