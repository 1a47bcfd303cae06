using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Ipc;

/// <summary>System V message queues.</summary>
internal static class MessageQueueSyscalls
{
    private const ulong TypeBytes = sizeof(long);

    /// <summary>Finds the queue of a key, or makes one.</summary>
    /// <returns>Its number; ENOENT, EEXIST, EACCES, ENOSPC.</returns>
    /// <remarks>Linux: msgget(2).</remarks>
    [Syscall(68)]
    internal static SyscallResult Msgget(UserThread caller, int key, uint flags) =>
        caller.Kernel.MessageQueues.Get(caller, key, flags).TryGet(out int id, out Errno error) ? id : error;

    /// <summary>Puts a message into a queue, and waits until there is room.</summary>
    /// <returns>EINVAL for no such queue, a bad type or length; EACCES; EAGAIN with IPC_NOWAIT; EIDRM, EINTR, ENOMEM, EFAULT.</returns>
    /// <remarks>Linux: msgsnd(2).</remarks>
    [Syscall(69)]
    internal static SyscallResult Msgsnd(UserThread caller, int id, UserAddress message, ulong length, MessageFlags flags)
    {
        if (!caller.Memory.Read<long>(message).TryGet(out long type, out Errno error))
        {
            return error;
        }

        if (length > MessageQueues.MaximumMessage || id < 0 || type < 1)
        {
            return Errno.EINVAL;
        }

        var bytes = new byte[(int)length];
        error = caller.Memory.Read(message + TypeBytes, bytes);
        return error != Errno.None ? error : caller.Kernel.MessageQueues.Send(caller, id, new TypedMessage(type, bytes), flags);
    }

    /// <summary>Takes a message out of a queue, and waits until one of the type is there.</summary>
    /// <returns>Its length; EINVAL for no such queue, a bad length or flags; EACCES; E2BIG without MSG_NOERROR; ENOMSG with IPC_NOWAIT; EIDRM, EINTR, EFAULT.</returns>
    /// <remarks>Linux: msgrcv(2).</remarks>
    [Syscall(70)]
    internal static SyscallResult Msgrcv(UserThread caller, int id, UserAddress message, ulong size, long type, MessageFlags flags)
    {
        if (id < 0 || size > long.MaxValue)
        {
            return Errno.EINVAL;
        }

        const MessageFlags Alone = MessageFlags.MSG_COPY | MessageFlags.IPC_NOWAIT;
        if ((flags & MessageFlags.MSG_COPY) != 0 && (flags & (Alone | MessageFlags.MSG_EXCEPT)) != Alone)
        {
            return Errno.EINVAL;
        }

        if (!caller.Kernel.MessageQueues.Receive(caller, id, size, type, flags).TryGet(out TypedMessage? received, out Errno error))
        {
            return error;
        }

        int length = (int)Math.Min((ulong)received.Bytes.Length, size);
        error = caller.Memory.Write(message, received.Type);
        error = error != Errno.None ? error : caller.Memory.Write(message + TypeBytes, received.Bytes.AsSpan(0, length));
        return error != Errno.None ? error : length;
    }

    /// <summary>Shows, changes or removes a queue, or shows limits and sums.</summary>
    /// <returns>With MSG_STAT the number of the queue at a place, with the *_INFO commands the highest place; EINVAL for an unknown command or no such queue; EIDRM; EACCES, EPERM; EFAULT.</returns>
    /// <remarks>Linux: msgctl(2).</remarks>
    [Syscall(71)]
    internal static SyscallResult Msgctl(UserThread caller, int id, MessageCommand command, UserAddress buffer)
    {
        MessageQueues queues = caller.Kernel.MessageQueues;
        if (id < 0)
        {
            return Errno.EINVAL;
        }

        Errno error;
        switch (command)
        {
            case MessageCommand.IPC_INFO or MessageCommand.MSG_INFO:
                (int highest, MessageQueueLimits limits) = queues.GetLimits(showsUse: command == MessageCommand.MSG_INFO);
                error = caller.Memory.Write(buffer, limits);
                return error != Errno.None ? error : highest;
            case MessageCommand.IPC_STAT:
                return Show(caller, id, IpcLookup.ById, buffer);
            case MessageCommand.MSG_STAT:
                return Show(caller, id, IpcLookup.ByPlace, buffer);
            case MessageCommand.MSG_STAT_ANY:
                return Show(caller, id, IpcLookup.ByPlaceForAnyone, buffer);
            case MessageCommand.IPC_SET:
                return caller.Memory.Read<MessageQueueStatus>(buffer).TryGet(out MessageQueueStatus wanted, out error) ? queues.Change(caller, id, wanted) : error;
            case MessageCommand.IPC_RMID:
                return queues.Remove(caller, id);
            default:
                return Errno.EINVAL;
        }
    }

    private static SyscallResult Show(UserThread caller, int number, IpcLookup lookup, UserAddress buffer)
    {
        if (!caller.Kernel.MessageQueues.GetStatus(caller, number, lookup).TryGet(out (int Id, MessageQueueStatus Status) found, out Errno error))
        {
            return error;
        }

        error = caller.Memory.Write(buffer, found.Status);
        return error != Errno.None ? error : lookup == IpcLookup.ById ? 0 : found.Id;
    }
}

/// <summary>Commands of msgctl(2).</summary>
internal enum MessageCommand
{
    IPC_RMID = 0,
    IPC_SET = 1,
    IPC_STAT = 2,
    IPC_INFO = 3,
    MSG_STAT = 11,
    MSG_INFO = 12,
    MSG_STAT_ANY = 13,
}
