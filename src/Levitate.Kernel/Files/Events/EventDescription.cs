using System;
using System.Buffers.Binary;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.Files.Events;

/// <summary>A counter that is read and written as a file.</summary>
/// <remarks>Linux: eventfd(2).</remarks>
internal sealed class EventDescription(Location location, OpenFlags flags, uint initial, bool isSemaphore) : FileDescription(location, flags)
{
    /// <summary>Guards the count. A leaf.</summary>
    private KernelLock _lock = new(LockOrder.EventDescription);
    private ulong _count = initial;

    /// <inheritdoc/>
    public override PollEvents Readiness
    {
        get
        {
            // One word, so a look at it needs no lock: it is a moment's view with or without one.
            ulong count = Volatile.Read(ref _count);
            return (count > 0 ? PollEvents.Readable : PollEvents.None) | (count < ulong.MaxValue - 1 ? PollEvents.Writable : PollEvents.None);
        }
    }

    /// <inheritdoc/>
    public override WaitQueue ReadQueue { get; } = new();

    /// <inheritdoc/>
    public override WaitQueue WriteQueue { get; } = new();

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        if (caller is null || cursor.Remaining < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (!TryTake(out ulong taken))
        {
            Errno error = IsNonBlocking ? Errno.EAGAIN : AwaitCount(caller, out taken);
            if (error != Errno.None)
            {
                return error;
            }
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, taken);
        return cursor.Put(bytes) == bytes.Length ? cursor.Result : Errno.EFAULT;
    }

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        if (caller is null || cursor.Remaining < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        if (cursor.Take(bytes) < bytes.Length)
        {
            return Errno.EFAULT;
        }

        ulong added = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (added == ulong.MaxValue)
        {
            return Errno.EINVAL;
        }

        if (!TryAdd(added))
        {
            Errno error = IsNonBlocking ? Errno.EAGAIN : AwaitRoom(caller, added);
            if (error != Errno.None)
            {
                return error;
            }
        }

        return cursor.Result;
    }

    /// <inheritdoc/>
    internal override void WriteDetails(ProcText text) => text.AddLine($"eventfd-count: {Volatile.Read(ref _count),16:x}");

    private Errno AwaitCount(UserThread caller, out ulong taken)
    {
        using var wait = new WaitScope(caller);
        wait.Add(ReadQueue);
        while (!TryTake(out taken))
        {
            Errno error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }

        return Errno.None;
    }

    private Errno AwaitRoom(UserThread caller, ulong added)
    {
        using var wait = new WaitScope(caller);
        wait.Add(WriteQueue);
        while (!TryAdd(added))
        {
            Errno error = wait.Sleep();
            if (error != Errno.None)
            {
                return error;
            }
        }

        return Errno.None;
    }

    private bool TryTake(out ulong taken)
    {
        using (_lock.Enter())
        {
            taken = isSemaphore ? Math.Min(_count, 1) : _count;
            _count -= taken;
        }

        if (taken > 0)
        {
            WriteQueue.WakeAll();
        }

        return taken > 0;
    }

    private bool TryAdd(ulong added)
    {
        using (_lock.Enter())
        {
            if (added > ulong.MaxValue - 1 - _count)
            {
                return false;
            }

            _count += added;
        }

        ReadQueue.WakeAll();
        return true;
    }
}
