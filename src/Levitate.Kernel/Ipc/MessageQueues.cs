using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Ipc;

/// <summary>Flags of msgsnd and msgrcv.</summary>
[Flags]
internal enum MessageFlags : uint
{
    None = 0,
    IPC_NOWAIT = 0x800,
    MSG_NOERROR = 0x1000,
    MSG_EXCEPT = 0x2000,
    MSG_COPY = 0x4000,
}

/// <summary>All System V message queues; at most as many as Linux's msgmni.</summary>
internal sealed class MessageQueues(KernelSystem kernel) : IpcTable<MessageQueue>(kernel, MaximumCount)
{
    /// <summary>Linux's msgmni.</summary>
    internal const int MaximumCount = 32000;

    /// <summary>Linux's msgmax: the most bytes of a message.</summary>
    internal const int MaximumMessage = 8192;

    /// <summary>Linux's msgmnb: the most bytes of a queue, unless its owner may have more.</summary>
    internal const long DefaultMaximumBytes = 16384;

    /// <summary>Finds the queue of a key, or makes one.</summary>
    /// <returns>Its number; ENOENT, EEXIST, EACCES, ENOSPC.</returns>
    public Result<int> Get(UserThread caller, int key, uint flags) => Get(
        caller,
        key,
        flags,
        static _ => true,
        id => new MessageQueue(id, IpcPermissions.Of(caller.Credentials, key, flags)) { Times = (0, 0, Now) });

    /// <summary>Puts a message into a queue, and waits until there is room.</summary>
    /// <returns>EINVAL for no such queue; EACCES; EAGAIN with IPC_NOWAIT; EIDRM, ERESTARTNOHAND, ENOMEM.</returns>
    public Errno Send(UserThread caller, int id, TypedMessage message, MessageFlags flags)
    {
        if (!Open(caller, id, IpcFlags.MayWrite).TryGet(out MessageQueue? queue, out Errno error))
        {
            return error;
        }

        if (!Kernel.MessageMemory.TryCharge(message.Bytes.Length))
        {
            return Errno.ENOMEM;
        }

        error = Wait(caller, queue, IpcFlags.MayWrite, (flags & MessageFlags.IPC_NOWAIT) != 0 ? Errno.EAGAIN : Errno.None, () => TryAdd(caller, queue, message));
        if (error != Errno.None)
        {
            Kernel.MessageMemory.Release(message.Bytes.Length);
        }

        return error;
    }

    /// <summary>Takes a message out of a queue, and waits until one of the type is there.</summary>
    /// <param name="caller">Who receives.</param>
    /// <param name="id">The queue.</param>
    /// <param name="size">How many bytes there is room for.</param>
    /// <param name="type">0: any; positive: of that type; negative: of the lowest type up to its amount.</param>
    /// <param name="flags">MSG_EXCEPT: of any other type; MSG_COPY: <paramref name="type"/> is a place, and the message stays.</param>
    /// <returns>EINVAL for no such queue; EACCES; E2BIG without MSG_NOERROR; ENOMSG with IPC_NOWAIT; EIDRM, ERESTARTNOHAND.</returns>
    public Result<TypedMessage> Receive(UserThread caller, int id, ulong size, long type, MessageFlags flags)
    {
        if (!Open(caller, id, IpcFlags.MayRead).TryGet(out MessageQueue? queue, out Errno error))
        {
            return error;
        }

        TypedMessage? message = null;
        error = Wait(caller, queue, IpcFlags.MayRead, (flags & MessageFlags.IPC_NOWAIT) != 0 ? Errno.ENOMSG : Errno.None, () => TryTake(caller, queue, size, type, flags, out message));
        return error != Errno.None ? error : message!;
    }

    /// <summary>What msgctl(IPC_STAT) and its kin show, and the queue's number.</summary>
    /// <returns>EINVAL for no such queue; EIDRM; EACCES.</returns>
    public Result<(int Id, MessageQueueStatus Status)> GetStatus(UserThread caller, int number, IpcLookup lookup)
    {
        using (Lock.Enter())
        {
            return Find(caller, number, IpcFlags.MayRead, lookup).TryGet(out MessageQueue? queue, out Errno error) ? (queue.Id, MessageQueueStatus.Of(queue)) : error;
        }
    }

    /// <summary>The limits (IPC_INFO), or in some of their places what there is (MSG_INFO); and the highest place in use.</summary>
    public (int HighestPlace, MessageQueueLimits Limits) GetLimits(bool showsUse)
    {
        const int MessageUnit = 16, LargestShort = ushort.MaxValue;
        using (Lock.Enter())
        {
            int messages = 0;
            long bytes = 0;
            foreach (MessageQueue queue in All)
            {
                messages += queue.Messages.Count;
                bytes += queue.Bytes;
            }

            int usual = (int)DefaultMaximumBytes;
            return (HighestPlace, new MessageQueueLimits(
                showsUse ? ObjectCount : MaximumCount * (usual / 1024),
                showsUse ? messages : usual,
                MaximumMessage,
                usual,
                MaximumCount,
                MessageUnit,
                showsUse ? (int)Math.Min(bytes, int.MaxValue) : usual,
                LargestShort));
        }
    }

    /// <summary>Changes owner, permissions and size (IPC_SET).</summary>
    /// <returns>EINVAL for no such queue; EPERM, also for a size beyond msgmnb without CAP_SYS_RESOURCE.</returns>
    public Errno Change(UserThread caller, int id, in MessageQueueStatus wanted)
    {
        using (Lock.Enter())
        {
            if (!FindOwned(caller, id).TryGet(out MessageQueue? queue, out Errno error))
            {
                return error;
            }

            if (wanted.MaximumBytes > DefaultMaximumBytes && !caller.Credentials.Has(Capability.CAP_SYS_RESOURCE))
            {
                return Errno.EPERM;
            }

            queue.Permissions = queue.Permissions.Replaced(wanted.Permissions);
            queue.MaximumBytes = (long)Math.Min(wanted.MaximumBytes, long.MaxValue);
            queue.Times = queue.Times with { Change = Now };
            queue.Changed.WakeAll();
            return Errno.None;
        }
    }

    /// <summary>Removes a queue with its messages; those who wait for it give up.</summary>
    /// <returns>EINVAL for no such queue; EPERM.</returns>
    public Errno Remove(UserThread caller, int id)
    {
        using (Lock.Enter())
        {
            if (FindOwned(caller, id).TryGet(out MessageQueue? queue, out Errno error))
            {
                ForgetKey(queue);
                Remove(queue);
                foreach (TypedMessage message in queue.Messages)
                {
                    Kernel.MessageMemory.Release(message.Bytes.Length);
                }

                queue.Messages.Clear();
                queue.IsRemoved = true;
                queue.Changed.WakeAll();
            }

            return error;
        }
    }

    private Result<MessageQueue> Open(UserThread caller, int id, uint wanted)
    {
        using (Lock.Enter())
        {
            return Find(caller, id, wanted);
        }
    }

    /// <summary>Tries something under the lock until it can be done.</summary>
    /// <param name="caller">Who waits.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="wanted">The permission for it, which may be taken away meanwhile.</param>
    /// <param name="otherwise">What to answer rather than to wait.</param>
    /// <param name="attempt">Does it; EAGAIN: it has to wait.</param>
    private Errno Wait(UserThread caller, MessageQueue queue, uint wanted, Errno otherwise, Func<Errno> attempt)
    {
        using var wait = new WaitScope(caller);
        wait.Add(queue.Changed);
        while (true)
        {
            using (Lock.Enter())
            {
                Errno error = queue.IsRemoved ? Errno.EIDRM : queue.Permissions.Check(caller.Credentials, wanted);
                error = error == Errno.None ? attempt() : error;
                if (error != Errno.EAGAIN || otherwise != Errno.None)
                {
                    return error == Errno.EAGAIN ? otherwise : error;
                }
            }

            if (wait.Sleep() != Errno.None)
            {
                return Errno.ERESTARTNOHAND;
            }
        }
    }

    private Errno TryAdd(UserThread caller, MessageQueue queue, TypedMessage message)
    {
        if (queue.Bytes + message.Bytes.Length > queue.MaximumBytes || queue.Messages.Count >= queue.MaximumBytes)
        {
            return Errno.EAGAIN;
        }

        queue.Messages.AddLast(message);
        queue.Bytes += message.Bytes.Length;
        queue.Times = queue.Times with { Send = Now };
        queue.LastProcesses = queue.LastProcesses with { Sender = caller.Process.ProcessId };
        queue.Changed.WakeAll();
        return Errno.None;
    }

    private Errno TryTake(UserThread caller, MessageQueue queue, ulong size, long type, MessageFlags flags, out TypedMessage? message)
    {
        LinkedListNode<TypedMessage>? node = Choose(queue, type, flags);
        message = node?.Value;
        if (node is null)
        {
            return Errno.EAGAIN;
        }

        if ((ulong)node.Value.Bytes.Length > size && (flags & MessageFlags.MSG_NOERROR) == 0)
        {
            return Errno.E2BIG;
        }

        if ((flags & MessageFlags.MSG_COPY) == 0)
        {
            queue.Messages.Remove(node);
            queue.Bytes -= node.Value.Bytes.Length;
            Kernel.MessageMemory.Release(node.Value.Bytes.Length);
            queue.Times = queue.Times with { Receive = Now };
            queue.LastProcesses = queue.LastProcesses with { Receiver = caller.Process.ProcessId };
            queue.Changed.WakeAll();
        }

        return Errno.None;
    }

    private static LinkedListNode<TypedMessage>? Choose(MessageQueue queue, long type, MessageFlags flags)
    {
        bool isPlace = (flags & MessageFlags.MSG_COPY) != 0;
        bool isOther = (flags & MessageFlags.MSG_EXCEPT) != 0;
        LinkedListNode<TypedMessage>? lowest = null;
        long place = 0;
        for (LinkedListNode<TypedMessage>? node = queue.Messages.First; node is not null; node = node.Next)
        {
            long own = node.Value.Type;
            if (isPlace ? place++ == type : type == 0 || (type > 0 && own == type != isOther))
            {
                return node;
            }

            // The amount of the lowest number is one more than a number can be.
            bool isLow = !isPlace && type < 0 && own <= (type == long.MinValue ? long.MaxValue : -type);
            lowest = isLow && (lowest is null || own < lowest.Value.Type) ? node : lowest;
        }

        return lowest;
    }
}
