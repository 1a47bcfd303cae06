using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Locks;

/// <summary>A lock on a range of a file.</summary>
/// <param name="Owner">Whose: a <see cref="FileTable"/> (POSIX: a process's), or a <see cref="FileDescription"/> (OFD).</param>
/// <param name="ProcessId">Who F_GETLK says it is; -1 for a description's.</param>
/// <param name="Start">The first byte.</param>
/// <param name="End">The last byte.</param>
/// <param name="IsExclusive">F_WRLCK, else F_RDLCK.</param>
internal readonly record struct RecordLock(object Owner, int ProcessId, long Start, long End, bool IsExclusive)
{
    /// <summary>The open description by which it was taken, of which fdinfo tells it.</summary>
    public FileDescription? File { get; init; }

    /// <summary>Whether the ranges have a byte in common.</summary>
    public bool Overlaps(in RecordLock other) => Start <= other.End && other.Start <= End;

    /// <summary>Whether the ranges overlap or one begins where the other ends.</summary>
    public bool Touches(in RecordLock other) =>
        (End == long.MaxValue || other.Start <= End + 1) && (other.End == long.MaxValue || Start <= other.End + 1);
}

/// <summary>The record locks on a file.</summary>
/// <remarks>Linux: fcntl(2), "Advisory record locking" and "Open file description locks".</remarks>
internal sealed class RecordLocks
{
    /// <summary>Guards the list. A leaf; never held while waiting for a lock of the file.</summary>
    private KernelLock _lock = new(LockOrder.RecordLocks);
    private readonly List<RecordLock> _held = [];

    /// <summary>Woken when a lock is given up or becomes smaller.</summary>
    private readonly WaitQueue _released = new();

    /// <summary>The first lock that another owner's would meet; null: none.</summary>
    public RecordLock? FindConflict(in RecordLock wanted)
    {
        using (_lock.Enter())
        {
            return ConflictOf(wanted);
        }
    }

    /// <summary>Takes a lock in the place of what the owner has in the range.</summary>
    /// <returns>EAGAIN where it would have to wait and may not; EDEADLK where the wait would have no end; ERESTARTSYS.</returns>
    public Errno Take(UserThread caller, in RecordLock wanted, bool waits)
    {
        if (TryTake(wanted) is null)
        {
            return Errno.None;
        }

        if (!waits)
        {
            return Errno.EAGAIN;
        }

        RecordLockWaits waiting = caller.Kernel.Files.RecordLockWaits;
        using var wait = new WaitScope(caller);
        wait.Add(_released);
        while (TryTake(wanted) is { } obstacle)
        {
            // Descriptions may be shared by those who wait for each other: only a process's own locks tell of a deadlock.
            bool isProcess = wanted.Owner is FileTable;
            if (isProcess && !waiting.TryEnter(wanted.Owner, obstacle.Owner))
            {
                return Errno.EDEADLK;
            }

            Errno error = wait.Sleep();
            if (isProcess)
            {
                waiting.Leave(wanted.Owner, obstacle.Owner);
            }

            if (error != Errno.None)
            {
                return error;
            }
        }

        return Errno.None;
    }

    /// <summary>Gives up what an owner has in a range.</summary>
    public void Drop(object owner, long start = 0, long end = long.MaxValue)
    {
        bool dropped;
        using (_lock.Enter())
        {
            dropped = Cut(new RecordLock(owner, 0, start, end, false));
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
                return _held.Count == 0;
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
            for (int i = from; i < _held.Count && locks.Count < most; i++)
            {
                RecordLock held = _held[i];
                locks.Add(new LockInfo(file, held.Owner is FileTable ? "POSIX" : "OFDLCK", held.Owner, held.File, held.ProcessId, held.Start, held.End, held.IsExclusive));
            }

            return _held.Count;
        }
    }

    /// <returns>What is in the way; null: it is taken.</returns>
    private RecordLock? TryTake(in RecordLock wanted)
    {
        bool dropped;
        using (_lock.Enter())
        {
            if (ConflictOf(wanted) is { } conflict)
            {
                return conflict;
            }

            dropped = Cut(wanted);
            Insert(wanted);
        }

        if (dropped)
        {
            _released.WakeAll();
        }

        return null;
    }

    private RecordLock? ConflictOf(in RecordLock wanted)
    {
        foreach (RecordLock held in _held)
        {
            if (held.Owner != wanted.Owner && held.Overlaps(wanted) && (held.IsExclusive || wanted.IsExclusive))
            {
                return held;
            }
        }

        return null;
    }

    /// <summary>Takes a range out of what its owner has.</summary>
    private bool Cut(in RecordLock range)
    {
        bool isCut = false;
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            RecordLock held = _held[i];
            if (held.Owner != range.Owner || !held.Overlaps(range))
            {
                continue;
            }

            isCut = true;
            _held.RemoveAt(i);
            if (held.End > range.End)
            {
                _held.Insert(i, held with { Start = range.End + 1 });
            }

            if (held.Start < range.Start)
            {
                _held.Insert(i, held with { End = range.Start - 1 });
            }
        }

        return isCut;
    }

    /// <summary>Adds a lock to a list without the owner's in its range, joined with those of its kind beside it; in order of the first byte.</summary>
    private void Insert(RecordLock added)
    {
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            RecordLock held = _held[i];
            if (held.Owner == added.Owner && held.IsExclusive == added.IsExclusive && held.Touches(added))
            {
                added = added with { Start = Math.Min(added.Start, held.Start), End = Math.Max(added.End, held.End) };
                _held.RemoveAt(i);
            }
        }

        int at = _held.FindIndex(held => held.Start > added.Start);
        _held.Insert(at < 0 ? _held.Count : at, added);
    }
}

/// <summary>Which process waits for a record lock of which other: a circle is a deadlock.</summary>
internal sealed class RecordLockWaits
{
    /// <summary>Guards the list. A leaf.</summary>
    private KernelLock _lock = new(LockOrder.RecordLockWaits);
    private readonly List<(object Waiter, object Holder)> _waits = [];

    /// <summary>Notes a wait; false where the holder waits for the waiter, itself or by way of others.</summary>
    public bool TryEnter(object waiter, object holder)
    {
        using (_lock.Enter())
        {
            var reached = new HashSet<object>();
            var open = new Stack<object>();
            open.Push(holder);
            while (open.TryPop(out object? next))
            {
                if (next == waiter)
                {
                    return false;
                }

                if (reached.Add(next))
                {
                    foreach ((object other, object blocker) in _waits)
                    {
                        if (other == next)
                        {
                            open.Push(blocker);
                        }
                    }
                }
            }

            _waits.Add((waiter, holder));
            return true;
        }
    }

    /// <summary>The wait is over.</summary>
    public void Leave(object waiter, object holder)
    {
        using (_lock.Enter())
        {
            _waits.Remove((waiter, holder));
        }
    }
}
