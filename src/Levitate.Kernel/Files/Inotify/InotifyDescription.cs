using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.Files.Inotify;

/// <summary>A watcher: the files that it watches, and what happened to them and was not yet read.</summary>
/// <remarks>Linux: inotify(7).</remarks>
internal sealed class InotifyDescription(Location location, OpenFlags flags, InotifyLimits limits) : FileDescription(location, flags)
{
    /// <summary>sizeof(struct inotify_event), and what names are padded to a multiple of.</summary>
    private const int HeaderSize = 16;

    /// <summary>About what an event takes of the kernel's heap besides its name.</summary>
    private const long EventBytes = 64;

    /// <summary>The most events that wait to be read (fs.inotify.max_queued_events).</summary>
    internal const int MaximumEvents = 16384;

    /// <summary>Guards the fields below. Order: before the list of a file's watches, and before the wait queues.</summary>
    private KernelLock _lock = new(LockOrder.Inotify);
    private readonly Dictionary<int, InotifyWatch> _byNumber = [];
    private readonly Dictionary<Inode, InotifyWatch> _byInode = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<Event> _events = [];
    private Event _last;
    private int _lastNumber;
    private long _bytes;
    private bool _isClosed;

    private readonly record struct Event(int Watch, InotifyMask Mask, uint Cookie, byte[]? Name)
    {
        /// <summary>The name with at least one NUL, in whole headers.</summary>
        public int NameSize => Name is null ? 0 : (Name.Length + HeaderSize) & ~(HeaderSize - 1);

        public int Size => HeaderSize + NameSize;

        /// <summary>What counts against the limits; for the event that others are lost there is always room.</summary>
        public long Charge => Mask == InotifyMask.IN_Q_OVERFLOW ? 0 : EventBytes + NameSize;

        public bool Repeats(in Event other) => Watch == other.Watch && Mask == other.Mask && Name.AsSpan().SequenceEqual(other.Name);
    }

    /// <inheritdoc/>
    internal override bool CanSignal => true;

    /// <inheritdoc/>
    public override PollEvents Readiness
    {
        get
        {
            using (_lock.Enter())
            {
                return _events.Count > 0 ? PollEvents.Readable : PollEvents.None;
            }
        }
    }

    /// <inheritdoc/>
    public override WaitQueue ReadQueue { get; } = new();

    /// <summary>Watches a file, or changes what is wanted of one that is watched.</summary>
    /// <returns>The watch's number; EEXIST with IN_MASK_CREATE; ENOSPC; ENOENT where the file is gone.</returns>
    public Result<int> Watch(Inode inode, InotifyMask mask)
    {
        const InotifyMask Kept = InotifyMask.IN_ALL_EVENTS | InotifyMask.IN_EXCL_UNLINK | InotifyMask.IN_ONESHOT;
        using (_lock.Enter())
        {
            if (_byInode.TryGetValue(inode, out InotifyWatch? watch))
            {
                if ((mask & InotifyMask.IN_MASK_CREATE) != 0)
                {
                    return Errno.EEXIST;
                }

                watch.Mask = (mask & Kept) | ((mask & InotifyMask.IN_MASK_ADD) != 0 ? watch.Mask : InotifyMask.None);
                return watch.Number;
            }

            if (_lastNumber == int.MaxValue || !limits.TryAddWatch())
            {
                return Errno.ENOSPC;
            }

            watch = new InotifyWatch(this, inode, _lastNumber + 1, mask & Kept);
            if (!inode.Watches.TryAdd(watch))
            {
                limits.RemoveWatch();
                return Errno.ENOENT;
            }

            _lastNumber++;
            _byNumber.Add(watch.Number, watch);
            _byInode.Add(inode, watch);
            return watch.Number;
        }
    }

    /// <summary>Ends a watch by its number; EINVAL.</summary>
    public Errno Forget(int number)
    {
        InotifyWatch? watch;
        using (_lock.Enter())
        {
            if (!_byNumber.TryGetValue(number, out watch))
            {
                return Errno.EINVAL;
            }
        }

        Drop(watch);
        return Errno.None;
    }

    /// <summary>Ends a watch, and says so.</summary>
    public void Drop(InotifyWatch watch)
    {
        using (_lock.Enter())
        {
            if (!_byNumber.Remove(watch.Number))
            {
                return;
            }

            _byInode.Remove(watch.Inode);
            Enqueue(new Event(watch.Number, InotifyMask.IN_IGNORED, 0, null));
        }

        watch.Inode.Watches.Remove(watch);
        limits.RemoveWatch();
        ReadQueue.WakeAll();
    }

    /// <summary>Something happened to a watched file.</summary>
    public void Tell(InotifyWatch watch, InotifyMask what, uint cookie, byte[]? name, bool isUnlinked)
    {
        bool isOnce;
        using (_lock.Enter())
        {
            bool isWanted = (what & (watch.Mask | InotifyMask.IN_UNMOUNT) & ~InotifyMask.IN_ISDIR) != 0;
            if (!isWanted || !_byNumber.ContainsKey(watch.Number) || (isUnlinked && (watch.Mask & InotifyMask.IN_EXCL_UNLINK) != 0))
            {
                return;
            }

            Enqueue(new Event(watch.Number, what, cookie, name));
            isOnce = (watch.Mask & InotifyMask.IN_ONESHOT) != 0;
        }

        ReadQueue.WakeAll();
        if (isOnce)
        {
            Drop(watch);
        }
    }

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (caller is null)
        {
            return Errno.EINVAL;
        }

        using var wait = new WaitScope(caller);
        wait.Add(ReadQueue);
        Span<byte> record = stackalloc byte[HeaderSize + 256];
        while (true)
        {
            int size = TakeOne(record, cursor.Remaining, out bool isTooLittle);
            if (size > 0)
            {
                if (cursor.Put(record[..size]) < size)
                {
                    return cursor.Result;
                }
            }
            else if (cursor.Done > 0)
            {
                return cursor.Result;
            }
            else if (isTooLittle)
            {
                return Errno.EINVAL;
            }
            else
            {
                Errno error = IsNonBlocking ? Errno.EAGAIN : wait.Sleep();
                if (error != Errno.None)
                {
                    return error;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override SyscallResult Control(UserThread caller, uint request, ulong argument)
    {
        if (request != IoctlNumber.FIONREAD)
        {
            return Errno.ENOTTY;
        }

        int bytes = 0;
        using (_lock.Enter())
        {
            foreach (Event waiting in _events)
            {
                bytes += waiting.Size;
            }
        }

        return caller.Memory.Write(new UserAddress(argument), bytes);
    }

    /// <inheritdoc/>
    internal override void WriteDetails(ProcText text)
    {
        using (_lock.Enter())
        {
            foreach (InotifyWatch watch in _byNumber.Values)
            {
                text.Add($"inotify wd:{watch.Number:x} ino:{watch.Inode.Number:x} sdev:{watch.Inode.FileSystem.Device.KernelValue:x} ");
                text.AddLine($"mask:{(uint)watch.Mask:x} ignored_mask:0 ");
            }
        }
    }

    /// <inheritdoc/>
    protected override void OnClosed()
    {
        InotifyWatch[] watches;
        using (_lock.Enter())
        {
            _isClosed = true;
            watches = [.. _byNumber.Values];
            _byNumber.Clear();
            _byInode.Clear();
            _events.Clear();
            limits.RemoveEvents(_bytes);
        }

        foreach (InotifyWatch watch in watches)
        {
            watch.Inode.Watches.Remove(watch);
            limits.RemoveWatch();
        }

        limits.RemoveWatcher();
    }

    /// <summary>Writes the first event down, where there is room for it; 0 where there is none, or none of them.</summary>
    private int TakeOne(Span<byte> record, long room, out bool isTooLittle)
    {
        using (_lock.Enter())
        {
            isTooLittle = false;
            if (!_events.TryPeek(out Event first))
            {
                return 0;
            }

            isTooLittle = first.Size > room;
            if (isTooLittle)
            {
                return 0;
            }

            _events.Dequeue();
            long freed = first.Charge;
            _bytes -= freed;
            limits.RemoveEvents(freed);
            record[..first.Size].Clear();
            BinaryPrimitives.WriteInt32LittleEndian(record, first.Watch);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)first.Mask);
            BinaryPrimitives.WriteUInt32LittleEndian(record[8..], first.Cookie);
            BinaryPrimitives.WriteInt32LittleEndian(record[12..], first.NameSize);
            first.Name?.CopyTo(record[HeaderSize..]);
            return first.Size;
        }
    }

    /// <summary>Adds an event, unless it is the last one once more. The lock is held.</summary>
    private void Enqueue(in Event added)
    {
        if (_isClosed || (_events.Count > 0 && added.Mask != InotifyMask.IN_IGNORED && added.Repeats(_last)))
        {
            return;
        }

        Event queued = added;
        if (_events.Count >= MaximumEvents || !limits.TryAddEvent(added.Charge))
        {
            queued = new Event(-1, InotifyMask.IN_Q_OVERFLOW, 0, null);
            if (_events.Count > 0 && queued.Repeats(_last))
            {
                return;
            }
        }

        _bytes += queued.Charge;
        _last = queued;
        _events.Enqueue(queued);
    }
}
