using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Locks;

/// <summary>A lock on a file, as it is told to others.</summary>
/// <param name="File">The file.</param>
/// <param name="Kind">POSIX, OFDLCK or FLOCK.</param>
/// <param name="Owner">Whose: an open description, or a process's <see cref="FileTable"/>.</param>
/// <param name="Description">The open description by which it was taken.</param>
/// <param name="ProcessId">Who took it; -1 of OFDLCK.</param>
/// <param name="Start">The first byte.</param>
/// <param name="End">The last byte; <see cref="long.MaxValue"/>: whatever the file's end is.</param>
/// <param name="IsExclusive">Whether others may have none beside it.</param>
internal readonly record struct LockInfo(Inode File, string Kind, object Owner, FileDescription? Description, int ProcessId, long Start, long End, bool IsExclusive);

/// <summary>The files that have locks, for /proc/locks. One that has none any more is forgotten when the list is looked at or has doubled.</summary>
internal sealed class LockedFiles
{
    private const int FewFiles = 64;

    /// <summary>Guards the list, and which files say that they are in it. Order: before the lists of a file's locks.</summary>
    private KernelLock _lock = new(LockOrder.LockedFiles);
    private readonly List<Inode> _files = [];
    private int _nextLook = FewFiles;

    /// <summary>How many files are listed, those that have no locks any more included.</summary>
    public int Count
    {
        get
        {
            using (_lock.Enter())
            {
                return _files.Count;
            }
        }
    }

    /// <summary>A file has just got a lock. The caller holds no lock of these.</summary>
    public void Note(Inode file)
    {
        // Asked after the lock was taken: whoever forgets the file takes this back before it looks for locks.
        if (Volatile.Read(ref file.IsListedAsLocked))
        {
            return;
        }

        using (_lock.Enter())
        {
            if (file.IsListedAsLocked)
            {
                return;
            }

            if (_files.Count >= _nextLook)
            {
                ForgetUnlocked();
                _nextLook = Math.Max(2 * _files.Count, FewFiles);
            }

            Volatile.Write(ref file.IsListedAsLocked, true);
            _files.Add(file);
        }
    }

    /// <summary>All locks on all files, in the order in which the files got their first ones.</summary>
    public List<LockInfo> GetAll()
    {
        var locks = new List<LockInfo>();
        using (_lock.Enter())
        {
            ForgetUnlocked();
            foreach (Inode file in _files)
            {
                AddLocksOf(file, locks);
            }
        }

        return locks;
    }

    /// <summary>Adds the locks on a file.</summary>
    public static void AddLocksOf(Inode file, List<LockInfo> locks)
    {
        file.LocksIfAny?.AddTo(locks, file);
        file.RecordLocksIfAny?.AddTo(locks, file);
    }

    private void ForgetUnlocked() => _files.RemoveAll(static file =>
    {
        Interlocked.Exchange(ref file.IsListedAsLocked, false);
        bool isLocked = file.LocksIfAny is { IsEmpty: false } || file.RecordLocksIfAny is { IsEmpty: false };
        if (isLocked)
        {
            Volatile.Write(ref file.IsListedAsLocked, true);
        }

        return !isLocked;
    });
}
