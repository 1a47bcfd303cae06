using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Files;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Network.Unix;

/// <summary>
/// The files that lie in messages (SCM_RIGHTS). A socket that lies in its own queue, or two in each other's, would keep
/// themselves alive for ever: whenever a socket closes while others are under way, those that nothing but such queues
/// holds are found and their queues emptied.
/// </summary>
internal sealed class FilesInFlight
{
    /// <summary>
    /// Guards the fields below and every socket's <see cref="UnixSocket.Flight"/>. Order: after the sockets' own locks. No
    /// reference is dropped while it is held.
    /// </summary>
    private KernelLock _lock = new(LockOrder.FilesInFlight);
    private readonly HashSet<UnixSocket> _sockets = [];

    /// <summary>Who sent what is under way, by the messages' own arrays.</summary>
    private readonly Dictionary<FileDescription[], uint> _senders = [];
    private readonly Dictionary<uint, int> _countOfUser = [];
    private int _count;

    /// <summary>Whether any socket is under way.</summary>
    public bool HasSockets
    {
        get
        {
            using (_lock.Enter())
            {
                return _sockets.Count > 0;
            }
        }
    }

    /// <summary>How many files are under way.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many files that a user sent are under way.</summary>
    public int CountOf(uint userId)
    {
        using (_lock.Enter())
        {
            return _countOfUser.GetValueOrDefault(userId);
        }
    }

    /// <summary>Files were put into a socket's queue, by a user.</summary>
    public void Enter(UnixSocket holder, FileDescription[] files, uint userId)
    {
        using (_lock.Enter())
        {
            _senders.Add(files, userId);
            _countOfUser[userId] = _countOfUser.GetValueOrDefault(userId) + files.Length;
            _count += files.Length;
            foreach (FileDescription file in files)
            {
                if (file is SocketDescription { Socket: UnixSocket socket })
                {
                    socket.Flight.Times++;
                    _sockets.Add(socket);
                    holder.Flight.Held.Add(socket);
                }
            }
        }
    }

    /// <summary>Files were taken out of a socket's queue.</summary>
    public void Leave(UnixSocket holder, FileDescription[] files)
    {
        using (_lock.Enter())
        {
            _count -= files.Length;
            if (_senders.Remove(files, out uint userId) && (_countOfUser[userId] -= files.Length) == 0)
            {
                _countOfUser.Remove(userId);
            }

            foreach (FileDescription file in files)
            {
                if (file is SocketDescription { Socket: UnixSocket socket })
                {
                    if (--socket.Flight.Times == 0)
                    {
                        _sockets.Remove(socket);
                    }

                    holder.Flight.Held.Remove(socket);
                }
            }
        }
    }

    /// <summary>Adds references for a reader that leaves the files where they are (MSG_PEEK).</summary>
    public void Acquire(FileDescription[] files)
    {
        using (_lock.Enter())
        {
            foreach (FileDescription file in files)
            {
                file.Acquire();
            }
        }
    }

    /// <summary>A connection that nobody has accepted: who can receive from the listening socket reaches its queue.</summary>
    public void Lend(UnixSocket connection, UnixSocket listener)
    {
        using (_lock.Enter())
        {
            listener.Flight.Waiting.Add(connection);
        }
    }

    /// <summary>A connection was accepted, or will never be.</summary>
    public void GiveBack(UnixSocket connection, UnixSocket listener)
    {
        using (_lock.Enter())
        {
            listener.Flight.Waiting.Remove(connection);
        }
    }

    /// <summary>Empties the queues of sockets that only each other's queues hold. The caller holds no lock.</summary>
    public void Collect()
    {
        foreach (SocketDescription garbage in FindGarbage())
        {
            ((UnixSocket)garbage.Socket).Purge();
            garbage.Release();
        }
    }

    private List<SocketDescription> FindGarbage()
    {
        var garbage = new List<SocketDescription>();
        using (_lock.Enter())
        {
            var candidates = new Dictionary<UnixSocket, int>();
            foreach (UnixSocket socket in _sockets)
            {
                if (socket.Description is { } description && description.ReferenceCount == socket.Flight.Times)
                {
                    candidates.Add(socket, socket.Flight.Times);
                }
            }

            // What is left when the candidates' own queues are taken off is held by a queue that somebody can receive from.
            foreach (UnixSocket socket in new List<UnixSocket>(candidates.Keys))
            {
                foreach (UnixSocket held in socket.Flight.Reached())
                {
                    if (candidates.TryGetValue(held, out int times))
                    {
                        candidates[held] = times - 1;
                    }
                }
            }

            var reachable = new Stack<UnixSocket>();
            foreach ((UnixSocket socket, int times) in candidates)
            {
                if (times > 0)
                {
                    reachable.Push(socket);
                }
            }

            while (reachable.TryPop(out UnixSocket? socket))
            {
                if (candidates.Remove(socket))
                {
                    foreach (UnixSocket held in socket.Flight.Reached())
                    {
                        reachable.Push(held);
                    }
                }
            }

            foreach (UnixSocket socket in candidates.Keys)
            {
                socket.Description!.Acquire();
                garbage.Add(socket.Description);
            }
        }

        return garbage;
    }
}

/// <summary>What a socket has to do with files under way. The lock of <see cref="FilesInFlight"/> guards it.</summary>
internal sealed class FlightRecord
{
    /// <summary>How often the socket itself lies in a queue.</summary>
    public int Times { get; set; }

    /// <summary>The sockets in its queue, one for each time.</summary>
    public List<UnixSocket> Held { get; } = [];

    /// <summary>Connections to it that nobody has accepted.</summary>
    public List<UnixSocket> Waiting { get; } = [];

    /// <summary>The sockets that who receives from this one may get.</summary>
    public IEnumerable<UnixSocket> Reached()
    {
        foreach (UnixSocket socket in Held)
        {
            yield return socket;
        }

        foreach (UnixSocket connection in Waiting)
        {
            foreach (UnixSocket socket in connection.Flight.Held)
            {
                yield return socket;
            }
        }
    }
}
