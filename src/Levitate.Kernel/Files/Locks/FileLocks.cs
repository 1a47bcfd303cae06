using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Locks;

/// <summary>The locks that open descriptions have on a file (flock(2)).</summary>
internal sealed class FileLocks
{
    /// <summary>Guards the list. A leaf; never held while waiting for a lock of the file.</summary>
    private KernelLock _lock = new(LockOrder.FileLocks);
    private readonly List<(FileDescription Owner, int ProcessId, bool IsExclusive)> _holders = [];

    /// <summary>Woken when a lock is given up.</summary>
    private readonly WaitQueue _released = new();

    /// <summary>Takes a lock; a lock of the other kind that the description has is given up first, whatever comes of it.</summary>
    /// <returns>EAGAIN where it would have to wait and may not; ERESTARTSYS.</returns>
    public Errno Take(UserThread caller, FileDescription owner, bool isExclusive, bool nonBlocking)
    {
        int processId = caller.Process.ProcessId;
        if (TryTake(owner, processId, isExclusive))
        {
            return Errno.None;
        }

        if (nonBlocking)
        {
            return Errno.EAGAIN;
        }

        using var wait = new WaitScope(caller);
        wait.Add(_released);
        while (!TryTake(owner, processId, isExclusive))
        {
            Errno error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }

        return Errno.None;
    }

    /// <summary>Gives up what the description has.</summary>
    public void Drop(FileDescription owner)
    {
        bool dropped;
        using (_lock.Enter())
        {
            dropped = _holders.RemoveAll(holder => ReferenceEquals(holder.Owner, owner)) > 0;
        }

        if (dropped)
        {
            _released.WakeAll();
        }
    }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty
    {
        get
        {
            using (_lock.Enter())
            {
                return _holders.Count == 0;
            }
        }
    }

    /// <summary>Where the file is listed as one that has locks; set before it says that it is listed.</summary>
    internal LockedFiles? ListedIn { get; set; }

    /// <summary>Adds some of them to a list, from the one with this index on, until it has so many.</summary>
    /// <returns>How many there are.</returns>
    public int AddTo(List<LockInfo> locks, Inode file, int from, int most)
    {
        using (_lock.Enter())
        {
            for (int i = from; i < _holders.Count && locks.Count < most; i++)
            {
                (FileDescription owner, int processId, bool isExclusive) = _holders[i];
                locks.Add(new LockInfo(file, "FLOCK", owner, owner, processId, 0, long.MaxValue, isExclusive));
            }

            return _holders.Count;
        }
    }

    private bool TryTake(FileDescription owner, int processId, bool isExclusive)
    {
        bool dropped = false, conflicts = false;
        using (_lock.Enter())
        {
            for (int i = _holders.Count - 1; i >= 0; i--)
            {
                (FileDescription holder, _, bool holdsExclusive) = _holders[i];
                if (!ReferenceEquals(holder, owner))
                {
                    conflicts |= isExclusive || holdsExclusive;
                }
                else if (holdsExclusive == isExclusive)
                {
                    return true;
                }
                else
                {
                    _holders.RemoveAt(i);
                    dropped = true;
                }
            }

            if (!conflicts)
            {
                _holders.Add((owner, processId, isExclusive));
            }
        }

        if (dropped)
        {
            _released.WakeAll();
        }

        return !conflicts;
    }
}
