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

    /// <summary>Shows, changes or removes a queue.</summary>
    /// <returns>EINVAL for an unknown command or no such queue; EACCES, EPERM; EFAULT.</returns>
    /// <remarks>Linux: msgctl(2).</remarks>
    [Syscall(71, Unsupported = "IPC_INFO, MSG_INFO, MSG_STAT, MSG_STAT_ANY: EINVAL")]
    internal static SyscallResult Msgctl(UserThread caller, int id, IpcCommand command, UserAddress buffer)
    {
        MessageQueues queues = caller.Kernel.MessageQueues;
        Errno error;
        switch (command)
        {
            case IpcCommand.IPC_STAT:
                return queues.GetStatus(caller, id).TryGet(out MessageQueueStatus status, out error) ? caller.Memory.Write(buffer, status) : error;
            case IpcCommand.IPC_SET:
                return caller.Memory.Read<MessageQueueStatus>(buffer).TryGet(out MessageQueueStatus wanted, out error) ? queues.Change(caller, id, wanted) : error;
            case IpcCommand.IPC_RMID:
                return queues.Remove(caller, id);
            default:
                return Errno.EINVAL;
        }
    }
}
