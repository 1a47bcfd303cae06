using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Epoll;

/// <summary>A file that an epoll watches. The owner's lock guards the interest, its ready lock the links.</summary>
internal sealed class EpollItem
{
    private readonly Watch _reads;
    private readonly Watch _writes;

    /// <summary>A file under a descriptor; not watched yet.</summary>
    public EpollItem(EpollDescription owner, FileDescription file, int descriptor, in EpollEvent interest)
    {
        Owner = owner;
        File = file;
        Descriptor = descriptor;
        Interest = interest;
        _reads = new Watch(this, EpollEvents.Reading);
        _writes = new Watch(this, EpollEvents.Writing);
    }

    /// <summary>The epoll.</summary>
    public EpollDescription Owner { get; }

    /// <summary>The file, without a reference: its closing takes the item away.</summary>
    public FileDescription File { get; }

    /// <summary>The descriptor that it was added by; the same file may be watched under several.</summary>
    public int Descriptor { get; }

    /// <summary>What is asked for, and the program's data.</summary>
    public EpollEvent Interest { get; set; }

    /// <summary>Its number in the owner's list.</summary>
    internal ulong Number { get; set; }

    /// <summary>Whether something is asked for: not so after EPOLLONESHOT told it.</summary>
    public bool IsEnabled => (Interest.Events & ~EpollEvents.Manner) != EpollEvents.None;

    /// <summary>Whether it is on the ready list.</summary>
    internal bool IsListed { get; set; }

    internal EpollItem? NextReady { get; set; }

    internal EpollItem? PreviousReady { get; set; }

    /// <summary>Which side of the file has changed since the last look.</summary>
    internal EpollEvents Woken { get; set; }

    /// <summary>Goes on the file's wait queues.</summary>
    public void Enter(UserThread caller)
    {
        WaitQueue? reads = File.GetReadQueue(caller), writes = File.WriteQueue;
        _reads.IsExclusive = _writes.IsExclusive = (Interest.Events & EpollEvents.EPOLLEXCLUSIVE) != 0;
        if (reads is not null && reads == writes)
        {
            _reads.Side |= EpollEvents.Writing;
            writes = null;
        }

        reads?.Add(_reads);
        writes?.Add(_writes);
    }

    /// <summary>Leaves the file's wait queues.</summary>
    public void Leave()
    {
        _reads.Queue?.Remove(_reads, passOn: false);
        _writes.Queue?.Remove(_writes, passOn: false);
    }

    /// <summary>What there is to tell.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="woken">Which sides have changed: an edge on a side that is of no interest is none.</param>
    public EpollEvents Look(UserThread caller, EpollEvents woken)
    {
        EpollEvents wanted = Interest.Events & ~EpollEvents.Manner;
        var found = (EpollEvents)(uint)(ushort)File.GetReadiness(caller) & wanted;
        bool isForeignEdge = (Interest.Events & EpollEvents.EPOLLET) != 0 && (woken & wanted) == EpollEvents.None;
        return isForeignEdge ? found & (EpollEvents.Always | EpollEvents.EPOLLRDHUP) : found;
    }

    /// <summary>A place on one of the file's queues.</summary>
    private sealed class Watch(EpollItem item, EpollEvents side) : WaitEntry
    {
        public EpollEvents Side { get; set; } = side;

        internal override bool OnWake()
        {
            IsSignaled = false;
            return item.Owner.Signal(item, Side);
        }
    }
}
