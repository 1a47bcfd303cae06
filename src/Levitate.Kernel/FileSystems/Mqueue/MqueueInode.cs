using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Time;

namespace Levitate.Kernel.FileSystems.Mqueue;

/// <summary>A message.</summary>
/// <param name="Priority">The higher goes first; of equal ones the older.</param>
/// <param name="Bytes">What it says.</param>
internal sealed record QueuedMessage(uint Priority, byte[] Bytes);

/// <summary>
/// A POSIX message queue. Who waits is served in turn: a message goes to the first that waits for one, and room to the
/// first that waits for it, so that nobody overtakes.
/// </summary>
/// <remarks>Linux: mq_overview(7).</remarks>
internal sealed class MqueueInode : Inode
{
    private readonly MqueueFileSystem _fileSystem;
    private readonly MqueueAttributes _limits;
    private readonly uint _payer;

    /// <summary>Guards the fields below. Never held while a signal is sent.</summary>
    private KernelLock _lock = new(LockOrder.Mqueue);
    private readonly PriorityQueue<QueuedMessage, (uint InversePriority, long Number)> _messages = new();
    private readonly LinkedList<Transfer> _receivers = [];
    private readonly LinkedList<Transfer> _senders = [];
    private long _lastNumber;
    private long _bytes;
    private Notification? _notification;

    /// <summary>An empty queue.</summary>
    /// <param name="fileSystem">Where it lies.</param>
    /// <param name="file">Owner and permissions.</param>
    /// <param name="limits">Its size.</param>
    /// <param name="payer">Whose RLIMIT_MSGQUEUE it counts against.</param>
    public MqueueInode(MqueueFileSystem fileSystem, in NewFile file, in MqueueAttributes limits, uint payer)
        : base(fileSystem, fileSystem.NextNumber(), FileMode.S_IFREG | (file.Mode & FileMode.S_IALLUGO), file.UserId, file.GroupId, linkCount: 1)
    {
        _fileSystem = fileSystem;
        _limits = limits with { Flags = 0, Messages = 0 };
        _payer = payer;
    }

    /// <summary>As Linux has it: room for what a read shows.</summary>
    public override long Size => 80;

    /// <summary>Woken when a message has come.</summary>
    public WaitQueue Readable { get; } = new();

    /// <summary>Woken when one has gone.</summary>
    public WaitQueue Writable { get; } = new();

    /// <summary>The size, and how many messages there are.</summary>
    public MqueueAttributes Attributes
    {
        get
        {
            using (_lock.Enter())
            {
                return _limits with { Messages = _messages.Count };
            }
        }
    }

    /// <summary>What poll says.</summary>
    public PollEvents Readiness
    {
        get
        {
            long count = Attributes.Messages;
            return (count > 0 ? PollEvents.Readable : PollEvents.None) | (count < _limits.MaximumMessages ? PollEvents.Writable : PollEvents.None);
        }
    }

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) =>
        TryAcquire() ? new MqueueDescription(this, location, flags) : Errno.ENOENT;

    /// <summary>Sends; waits for room until a time.</summary>
    /// <param name="caller">Who sends.</param>
    /// <param name="text">Where the message's bytes are.</param>
    /// <param name="length">How many they are; they fit.</param>
    /// <param name="priority">The message's priority.</param>
    /// <param name="isNonBlocking">Whether to answer EAGAIN rather than to wait.</param>
    /// <param name="deadline">By the real clock, in nanoseconds; null: none.</param>
    /// <returns>EAGAIN, ETIMEDOUT, ERESTARTSYS, ENOMEM, EFAULT.</returns>
    public Errno Send(UserThread caller, UserAddress text, int length, uint priority, bool isNonBlocking, long? deadline)
    {
        if (!_fileSystem.Memory.TryCharge(length))
        {
            return Errno.ENOMEM;
        }

        bool isSent = false;
        try
        {
            var bytes = new byte[length];
            Errno error = caller.Memory.Read(text, bytes);
            error = error != Errno.None ? error : Place(caller, new QueuedMessage(priority, bytes), isNonBlocking, deadline);
            isSent = error == Errno.None;
            return error;
        }
        finally
        {
            if (!isSent)
            {
                _fileSystem.Memory.Release(length);
            }
        }
    }

    /// <summary>Takes the message that is first; waits for one until a time.</summary>
    /// <returns>EAGAIN, ETIMEDOUT, ERESTARTSYS.</returns>
    public Result<QueuedMessage> Receive(UserThread caller, bool isNonBlocking, long? deadline)
    {
        Transfer? waiting = null;
        QueuedMessage? message;
        using (_lock.Enter())
        {
            if (!TryTake(out message))
            {
                if (isNonBlocking)
                {
                    return Errno.EAGAIN;
                }

                waiting = new Transfer(null);
                _receivers.AddLast(waiting.Node);
            }
        }

        if (waiting is not null)
        {
            Errno error = Wait(caller, waiting, _receivers, deadline);
            if (error != Errno.None)
            {
                return error;
            }

            message = waiting.Message;
        }

        _fileSystem.Memory.Release(message!.Bytes.Length);
        return message;
    }

    /// <summary>Has a process told when a message comes to the empty queue.</summary>
    /// <returns>EBUSY where one is to be told already.</returns>
    public Errno Register(UserThread caller, in SignalEvent signalEvent)
    {
        using (_lock.Enter())
        {
            if (_notification is { } other && !other.Owner.IsExiting)
            {
                return Errno.EBUSY;
            }

            _notification = new Notification(caller.Process, caller.Files, signalEvent);
            return Errno.None;
        }
    }

    /// <summary>Has the process that asks told no more.</summary>
    public void Unregister(Process owner) => Forget(notification => notification.Owner == owner);

    /// <summary>A process closed a descriptor of the queue: it is told no more.</summary>
    public void OnDescriptorClosed(FileTable files) => Forget(notification => notification.Files == files);

    /// <summary>What a read of the file shows.</summary>
    public string Describe()
    {
        using (_lock.Enter())
        {
            SignalEvent told = _notification?.Event ?? default;
            int signal = told.Notify == NotifyKind.SIGEV_SIGNAL ? told.Signal : 0;
            return $"QSIZE:{_bytes,-10} NOTIFY:{(int)told.Notify,-5} SIGNO:{signal,-5} NOTIFY_PID:{_notification?.Owner.ProcessId ?? 0,-6}\n";
        }
    }

    /// <inheritdoc/>
    protected override void OnUnreferenced()
    {
        while (_messages.TryDequeue(out QueuedMessage? message, out _))
        {
            _fileSystem.Memory.Release(message.Bytes.Length);
        }

        _fileSystem.Release(_payer, _limits.Cost);
    }

    private Errno Place(UserThread caller, QueuedMessage message, bool isNonBlocking, long? deadline)
    {
        Transfer? waiting = null;
        Notification? told = null;
        using (_lock.Enter())
        {
            if (_receivers.First is { } first)
            {
                first.Value.Message = message;
                Finish(_receivers, first.Value);
            }
            else if (_messages.Count < _limits.MaximumMessages)
            {
                Add(message);
                if (_messages.Count == 1)
                {
                    told = _notification;
                    _notification = null;
                }
            }
            else if (isNonBlocking)
            {
                return Errno.EAGAIN;
            }
            else
            {
                waiting = new Transfer(message);
                _senders.AddLast(waiting.Node);
            }
        }

        if (waiting is not null)
        {
            return Wait(caller, waiting, _senders, deadline);
        }

        Readable.WakeAll();
        told?.Tell(caller);
        return Errno.None;
    }

    private Errno Wait(UserThread caller, Transfer transfer, LinkedList<Transfer> list, long? deadline)
    {
        RealClock clock = caller.Kernel.RealClock;
        using var wait = new WaitScope(caller);
        wait.Add(transfer.Finished);
        if (deadline is not null)
        {
            wait.Add(clock.Changed);
        }

        while (true)
        {
            Errno error = wait.Sleep(deadline is { } time ? clock.ToMonotonic(time) : ThreadParker.NoDeadline);
            using (_lock.Enter())
            {
                if (transfer.IsFinished)
                {
                    return Errno.None;
                }

                // Where the clock was set back, the time is not yet.
                if (error == Errno.ERESTARTSYS || (error == Errno.ETIMEDOUT && clock.Nanoseconds >= deadline))
                {
                    list.Remove(transfer.Node);
                    return error;
                }
            }
        }
    }

    /// <summary>Takes the first message, and lets the first that waits for room have it. The lock is held.</summary>
    private bool TryTake(out QueuedMessage? message)
    {
        if (!_messages.TryDequeue(out message, out _))
        {
            return false;
        }

        _bytes -= message.Bytes.Length;
        if (_senders.First is { } first)
        {
            Add(first.Value.Message!);
            Finish(_senders, first.Value);
        }
        else
        {
            Writable.WakeAll();
        }

        return true;
    }

    private void Add(QueuedMessage message)
    {
        _messages.Enqueue(message, (uint.MaxValue - message.Priority, ++_lastNumber));
        _bytes += message.Bytes.Length;
    }

    private static void Finish(LinkedList<Transfer> list, Transfer transfer)
    {
        list.Remove(transfer.Node);
        transfer.IsFinished = true;
        transfer.Finished.WakeAll();
    }

    private void Forget(Predicate<Notification> which)
    {
        using (_lock.Enter())
        {
            if (_notification is { } notification && which(notification))
            {
                _notification = null;
            }
        }
    }

    /// <summary>Someone who waits: for a message, or for room for one. The queue's lock guards it.</summary>
    private sealed class Transfer
    {
        public Transfer(QueuedMessage? message)
        {
            Message = message;
            Node = new LinkedListNode<Transfer>(this);
        }

        public LinkedListNode<Transfer> Node { get; }

        public QueuedMessage? Message { get; set; }

        public bool IsFinished { get; set; }

        public WaitQueue Finished { get; } = new();
    }

    /// <summary>Who is told that a message has come.</summary>
    private sealed record Notification(Process Owner, FileTable Files, SignalEvent Event)
    {
        public void Tell(UserThread sender)
        {
            if (Event is { Notify: NotifyKind.SIGEV_SIGNAL, Signal: > 0 })
            {
                SignalInfo info = SignalInfo.FromProcess(Event.Signal, SignalCode.SI_MESGQ, sender.Process.ProcessId, sender.Credentials.RealUserId);
                info.Field1 = Event.Value;
                _ = Owner.Signals.Send(info);
            }
        }
    }
}
