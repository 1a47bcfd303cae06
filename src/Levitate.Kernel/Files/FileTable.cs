using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files;

/// <summary>File descriptors, shared by those who were cloned with CLONE_FILES. Counted; made with one reference.</summary>
public sealed class FileTable
{
    /// <summary>The most descriptors that a table ever has (Linux: fs.nr_open).</summary>
    public const int Maximum = 1 << 20;

    /// <summary>Guards the fields below, which <see cref="Get"/> reads without. A leaf: descriptions are released after it is.</summary>
    private KernelLock _lock = new(LockOrder.FileTable);
    private Entry[] _entries;
    private int _firstPossiblyFree;
    private int _references = 1;

    /// <summary>Whether more than one thread has, or had, this table.</summary>
    private bool _isShared;

    /// <summary>A table without open descriptors.</summary>
    public FileTable()
        : this(new Entry[32])
    {
    }

    private FileTable(Entry[] entries) => _entries = entries;

    /// <summary>The description behind a descriptor, for one call of a thread whose table this is.</summary>
    /// <remarks>
    /// Of a table that one thread has, nobody else closes a descriptor: who looks at it from another process
    /// (/proc/[pid]/fd, pidfd_getfd) takes references and no more, and only the thread itself makes a second one, by a
    /// call of its own.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BorrowedFile Borrow(int descriptor)
    {
        Entry[] entries = _entries;
        return !_isShared && (uint)descriptor < (uint)entries.Length
            ? new BorrowedFile(entries[descriptor].Description, isCounted: false)
            : BorrowCounted(descriptor);
    }

    /// <summary>The description behind a descriptor, with a reference added for the caller (Release when done).</summary>
    /// <remarks>Takes no lock: what was open while it looked is the answer.</remarks>
    /// <returns>EBADF.</returns>
    public Result<FileDescription> Get(int descriptor)
    {
        while (true)
        {
            Entry[] entries = Volatile.Read(ref _entries);
            if ((uint)descriptor >= (uint)entries.Length || Volatile.Read(ref entries[descriptor].Description) is not { } description)
            {
                return Errno.EBADF;
            }

            // One that can't be had any more was closed meanwhile, and is in the table no longer.
            if (description.TryAcquire())
            {
                return description;
            }
        }
    }

    /// <summary>Gives a description the lowest free descriptor from <paramref name="minimum"/> on; takes over the caller's reference, also on failure.</summary>
    /// <param name="description">The description.</param>
    /// <param name="closeOnExec">FD_CLOEXEC.</param>
    /// <param name="limit">RLIMIT_NOFILE.</param>
    /// <param name="minimum">Where to begin; EINVAL at or beyond the limit.</param>
    /// <returns>The descriptor; EMFILE.</returns>
    public Result<int> Add(FileDescription description, bool closeOnExec, ulong limit, int minimum = 0)
    {
        int end = (int)Math.Min(limit, Maximum);
        Errno error;
        using (_lock.Enter())
        {
            int descriptor = Math.Max(minimum, _firstPossiblyFree);
            while (IsOpen(descriptor))
            {
                descriptor++;
            }

            if (descriptor < end)
            {
                if (minimum <= _firstPossiblyFree)
                {
                    _firstPossiblyFree = descriptor + 1;
                }

                Store(descriptor, description, closeOnExec);
                return descriptor;
            }

            error = minimum > 0 && minimum >= end ? Errno.EINVAL : Errno.EMFILE;
        }

        description.Release();
        return error;
    }

    /// <summary>dup2 and dup3: makes <paramref name="target"/> stand for what <paramref name="source"/> does, closing what was there.</summary>
    /// <returns>The target; EBADF where the source is not open or the target is out of range.</returns>
    public Result<int> Duplicate(int source, int target, bool closeOnExec, ulong limit)
    {
        if (target < 0 || (ulong)target >= Math.Min(limit, Maximum))
        {
            return Errno.EBADF;
        }

        FileDescription? replaced;
        using (_lock.Enter())
        {
            if (!IsOpen(source))
            {
                return Errno.EBADF;
            }

            FileDescription description = _entries[source].Description!;
            description.Acquire();
            replaced = IsOpen(target) ? _entries[target].Description : null;
            Store(target, description, closeOnExec);
        }

        if (replaced is not null)
        {
            Let(replaced);
        }

        return target;
    }

    /// <summary>Closes a descriptor.</summary>
    /// <returns>EBADF.</returns>
    public Errno Close(int descriptor)
    {
        FileDescription description;
        using (_lock.Enter())
        {
            if (!IsOpen(descriptor))
            {
                return Errno.EBADF;
            }

            description = _entries[descriptor].Description!;
            Clear(descriptor);
        }

        Let(description);
        return Errno.None;
    }

    /// <summary>FD_CLOEXEC of a descriptor; EBADF.</summary>
    public Result<bool> GetCloseOnExec(int descriptor)
    {
        using (_lock.Enter())
        {
            return IsOpen(descriptor) ? _entries[descriptor].CloseOnExec : Errno.EBADF;
        }
    }

    /// <summary>Sets FD_CLOEXEC of a descriptor; EBADF.</summary>
    public Errno SetCloseOnExec(int descriptor, bool value)
    {
        using (_lock.Enter())
        {
            if (!IsOpen(descriptor))
            {
                return Errno.EBADF;
            }

            _entries[descriptor].CloseOnExec = value;
            return Errno.None;
        }
    }

    /// <summary>close_range(2): closes the descriptors from <paramref name="first"/> to <paramref name="last"/>, or marks them to be closed by execve.</summary>
    public void CloseRange(uint first, uint last, bool onlyOnExec)
    {
        for (uint descriptor = first; descriptor <= last && NextOpen(descriptor) is { } open && open <= last; descriptor = open + 1)
        {
            if (onlyOnExec)
            {
                _ = SetCloseOnExec((int)open, true);
            }
            else
            {
                _ = Close((int)open);
            }
        }
    }

    /// <summary>The lowest open descriptor from <paramref name="first"/> on; null where there is none.</summary>
    public uint? NextOpen(uint first)
    {
        using (_lock.Enter())
        {
            for (uint descriptor = first; descriptor < (uint)_entries.Length; descriptor++)
            {
                if (_entries[descriptor].Description is not null)
                {
                    return descriptor;
                }
            }

            return null;
        }
    }

    /// <summary>How many descriptors there is room for at present.</summary>
    public int Slots => Volatile.Read(ref _entries).Length;

    /// <summary>A copy for fork: same descriptions, own table.</summary>
    public FileTable Clone()
    {
        const int Least = 8;
        using (_lock.Enter())
        {
            int end = _entries.Length;
            while (end > Least && _entries[end - 1].Description is null)
            {
                end--;
            }

            var copy = new FileTable(_entries[..end]) { _firstPossiblyFree = _firstPossiblyFree };
            foreach (Entry entry in copy._entries)
            {
                entry.Description?.Acquire();
            }

            return copy;
        }
    }

    /// <summary>Closes what execve must not pass on.</summary>
    public void CloseOnExec()
    {
        for (uint? descriptor = NextOpen(0); descriptor is { } open; descriptor = NextOpen(open + 1))
        {
            if (GetCloseOnExec((int)open).TryGet(out bool close, out _) && close)
            {
                _ = Close((int)open);
            }
        }
    }

    /// <summary>Adds a holder: a process (CLONE_FILES), or one that looks at the table of another process.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>A second thread is about to have the table. Called by the only one that has it, before the other runs.</summary>
    public void BeginSharing() => _isShared = true;

    /// <summary>All threads but the calling one are gone, and no other process has the table.</summary>
    public void EndSharing() => _isShared = false;

    /// <summary>Drops a sharer; the last one closes everything.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            CloseRange(0, uint.MaxValue, onlyOnExec: false);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private BorrowedFile BorrowCounted(int descriptor) =>
        Get(descriptor).TryGet(out FileDescription? description, out _) ? new BorrowedFile(description, isCounted: true) : default;

    /// <summary>A descriptor was closed: the process gives up its record locks on the file, whichever descriptor it took them by.</summary>
    private void Let(FileDescription description)
    {
        description.Inode.RecordLocksIfAny?.Drop(this);
        description.OnDescriptorClosed(this);
        description.Release();
    }

    private bool IsOpen(int descriptor) => (uint)descriptor < (uint)_entries.Length && _entries[descriptor].Description is not null;

    private void Store(int descriptor, FileDescription description, bool closeOnExec)
    {
        if (descriptor >= _entries.Length)
        {
            var entries = new Entry[Math.Max(descriptor + 1, Math.Min(2 * _entries.Length, Maximum))];
            _entries.CopyTo(entries, 0);
            Volatile.Write(ref _entries, entries);
        }

        _entries[descriptor] = new Entry { Description = description, CloseOnExec = closeOnExec };
    }

    private void Clear(int descriptor)
    {
        _entries[descriptor] = default;
        _firstPossiblyFree = Math.Min(_firstPossiblyFree, descriptor);
    }

    private struct Entry
    {
        public FileDescription? Description;
        public bool CloseOnExec;
    }
}
