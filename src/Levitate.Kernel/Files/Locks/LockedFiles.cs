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

/// <summary>
/// The files that have locks, for /proc/locks. One that has none any more is forgotten when an open description of it is closed,
/// not before: who locks and unlocks again and again touches the list once.
/// </summary>
internal sealed class LockedFiles
{
    /// <summary>Guards the list, and which files say that they are in it. Order: before the lists of a file's locks.</summary>
    private KernelLock _lock = new(LockOrder.LockedFiles);
    private readonly NumberedList<Inode> _files = new();
    private readonly Dictionary<Inode, ulong> _numbers = new(ReferenceEqualityComparer.Instance);

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

    /// <summary>A file has just got a lock. The caller holds no lock of these, but a reference to an open description of the file.</summary>
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

            _numbers.Add(file, _files.Add(file));
            file.LocksIfAny?.ListedIn = this;
            file.RecordLocksIfAny?.ListedIn = this;
            Volatile.Write(ref file.IsListedAsLocked, true);
        }
    }

    /// <summary>An open description of a file is closed, which has given up its locks: the file is forgotten where it has no others.</summary>
    public static void Forget(Inode file)
    {
        // The caller may have noted it just before, or another forgets it just now.
        if (Volatile.Read(ref file.IsListedAsLocked) && (file.LocksIfAny?.ListedIn ?? file.RecordLocksIfAny?.ListedIn) is { } list)
        {
            list.ForgetIfUnlocked(file);
        }
    }

    /// <summary>Adds some of the locks on all files, in the order in which the files got their first ones.</summary>
    /// <param name="locks">Takes them.</param>
    /// <param name="most">How many at the most, and of how many files.</param>
    /// <param name="file">Where to begin, at first 0; set to where to go on.</param>
    /// <param name="within">How many locks of that file to leave out.</param>
    /// <returns>Whether there may be more.</returns>
    public bool AddSome(List<LockInfo> locks, int most, ref ulong file, ref ulong within)
    {
        using (_lock.Enter())
        {
            for (int i = 0; i < most && locks.Count < most; i++)
            {
                ulong number = file;
                if (_files.From(ref number) is not { } inode)
                {
                    return false;
                }

                within = number == file ? within : 0;
                file = number;
                if (AddLocksOf(inode, locks, most, ref within))
                {
                    return true;
                }

                file++;
                within = 0;
            }
        }

        return true;
    }

    /// <summary>Adds some of the locks on a file, in their order.</summary>
    /// <param name="file">The file.</param>
    /// <param name="locks">Takes them.</param>
    /// <param name="most">How many the list may have at the most.</param>
    /// <param name="within">How many to leave out; set to where to go on.</param>
    /// <returns>Whether there are more.</returns>
    public static bool AddLocksOf(Inode file, List<LockInfo> locks, int most, ref ulong within)
    {
        // Beyond all those that a list can have there is none: what lies there is not asked for.
        int from = (int)Math.Min(within, int.MaxValue), before = locks.Count;
        int ofDescriptions = file.LocksIfAny?.AddTo(locks, file, from, most) ?? 0;
        int ofRanges = file.RecordLocksIfAny?.AddTo(locks, file, Math.Max(from - ofDescriptions, 0), most) ?? 0;
        within = (ulong)(from + locks.Count - before);
        return within < (ulong)((long)ofDescriptions + ofRanges);
    }

    private void ForgetIfUnlocked(Inode file)
    {
        using (_lock.Enter())
        {
            if (!file.IsListedAsLocked)
            {
                return;
            }

            Interlocked.Exchange(ref file.IsListedAsLocked, false);
            if (file.LocksIfAny is { IsEmpty: false } || file.RecordLocksIfAny is { IsEmpty: false })
            {
                Volatile.Write(ref file.IsListedAsLocked, true);
                return;
            }

            _numbers.Remove(file, out ulong number);
            _files.Remove(number);
        }
    }
}
