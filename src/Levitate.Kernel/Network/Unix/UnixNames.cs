using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Levitate.Kernel.Files;
using Levitate.Kernel.FileSystems;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Network.Unix;

/// <summary>The sockets that are open, and which of them has which name: a file, or an abstract one, which begins with a NUL and which each type of socket has its own of.</summary>
internal sealed class UnixNames
{
    private const int AutomaticNames = 0x10_0000;

    /// <summary>Guards the fields below. A leaf.</summary>
    private KernelLock _lock = new(LockOrder.UnixNames);
    private readonly Dictionary<byte[], UnixSocket> _abstract = new(ByteStringComparer.Instance);
    private readonly Dictionary<Inode, UnixSocket> _files = [];
    private UnixSocket? _newest;
    private int _lastAutomatic;

    /// <summary>The sockets that are open, the newest first.</summary>
    public List<UnixSocket> All
    {
        get
        {
            List<UnixSocket> all = [];
            using (_lock.Enter())
            {
                for (UnixSocket? socket = _newest; socket is not null; socket = socket.Older)
                {
                    all.Add(socket);
                }
            }

            return all;
        }
    }

    /// <summary>A socket is open.</summary>
    public void Enter(UnixSocket socket)
    {
        using (_lock.Enter())
        {
            socket.Older = _newest;
            if (_newest is not null)
            {
                _newest.Newer = socket;
            }

            _newest = socket;
        }
    }

    /// <summary>It is closed.</summary>
    public void Leave(UnixSocket socket)
    {
        using (_lock.Enter())
        {
            if (socket.Newer is { } newer)
            {
                newer.Older = socket.Older;
            }
            else if (_newest == socket)
            {
                _newest = socket.Older;
            }

            if (socket.Older is { } older)
            {
                older.Newer = socket.Newer;
            }

            socket.Newer = socket.Older = null;
        }
    }

    /// <summary>Gives an abstract name away; false where it is taken.</summary>
    public bool TryAdd(byte[] name, UnixSocket socket)
    {
        using (_lock.Enter())
        {
            return _abstract.TryAdd(Key(name, socket.Type), socket);
        }
    }

    /// <summary>Enters the socket behind a file that was just made for it.</summary>
    public void Add(Inode inode, UnixSocket socket)
    {
        using (_lock.Enter())
        {
            _files.Add(inode, socket);
        }
    }

    /// <summary>Gives away a name of the kernel's choice: a NUL and five hexadecimal digits. Null where all are taken.</summary>
    public byte[]? AddAutomatic(UnixSocket socket)
    {
        using (_lock.Enter())
        {
            for (int tries = 0; tries < AutomaticNames; tries++)
            {
                _lastAutomatic = (_lastAutomatic + 1) % AutomaticNames;
                byte[] name = Encoding.ASCII.GetBytes($"\0{_lastAutomatic:x5}");
                if (_abstract.TryAdd(Key(name, socket.Type), socket))
                {
                    return name;
                }
            }

            return null;
        }
    }

    /// <summary>The socket with an abstract name.</summary>
    public UnixSocket? Find(byte[] name, SocketType type)
    {
        using (_lock.Enter())
        {
            return _abstract.GetValueOrDefault(Key(name, type));
        }
    }

    /// <summary>The socket behind a file.</summary>
    public UnixSocket? Find(Inode inode)
    {
        using (_lock.Enter())
        {
            return _files.GetValueOrDefault(inode);
        }
    }

    /// <summary>Takes a socket's name back.</summary>
    public void Remove(byte[]? name, SocketType type, Inode? inode)
    {
        using (_lock.Enter())
        {
            if (inode is not null)
            {
                _files.Remove(inode);
            }
            else if (name is not null)
            {
                _abstract.Remove(Key(name, type));
            }
        }
    }

    private static byte[] Key(byte[] name, SocketType type) => [(byte)type, .. name];
}
