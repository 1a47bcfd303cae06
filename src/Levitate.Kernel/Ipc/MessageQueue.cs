using System.Collections.Generic;
using System.Runtime.InteropServices;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Ipc;

/// <summary>A System V message queue. The table's lock guards all of it.</summary>
/// <remarks>Linux: msgget(2).</remarks>
internal sealed class MessageQueue(int id, IpcPermissions permissions) : IIpcObject
{
    /// <inheritdoc/>
    public int Id { get; } = id;

    /// <inheritdoc/>
    public IpcPermissions Permissions { get; set; } = permissions;

    /// <summary>The messages, the oldest first.</summary>
    public LinkedList<TypedMessage> Messages { get; } = [];

    /// <summary>The bytes in them.</summary>
    public long Bytes { get; set; }

    /// <summary>The most bytes, and the most messages.</summary>
    public long MaximumBytes { get; set; } = MessageQueues.DefaultMaximumBytes;

    /// <summary>Those who wait for a message, or for room.</summary>
    public WaitQueue Changed { get; } = new();

    /// <summary>IPC_RMID: those who wait give up.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>What happened when, in seconds since 1970: the last msgsnd, msgrcv and change.</summary>
    public (long Send, long Receive, long Change) Times { get; set; }

    /// <summary>The processes that sent and received last.</summary>
    public (int Sender, int Receiver) LastProcesses { get; set; }
}

/// <summary>A message.</summary>
/// <param name="Type">Its type, by which it can be asked for; positive.</param>
/// <param name="Bytes">What it says.</param>
internal sealed record TypedMessage(long Type, byte[] Bytes);

/// <summary>struct msqid64_ds.</summary>
/// <remarks>Linux: msgctl(2), asm-generic/msgbuf.h.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct MessageQueueStatus(IpcPermissions Permissions, long SendTime, long ReceiveTime, long ChangeTime, ulong Bytes, ulong Count, ulong MaximumBytes, int LastSender, int LastReceiver)
{
    private readonly ulong _unused1 = 0, _unused2 = 0;

    /// <summary>That of a queue.</summary>
    internal static MessageQueueStatus Of(MessageQueue queue) => new(
        queue.Permissions,
        queue.Times.Send,
        queue.Times.Receive,
        queue.Times.Change,
        (ulong)queue.Bytes,
        (ulong)queue.Messages.Count,
        (ulong)queue.MaximumBytes,
        queue.LastProcesses.Sender,
        queue.LastProcesses.Receiver);
}

/// <summary>struct msginfo.</summary>
/// <remarks>Linux: msgctl(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct MessageQueueLimits(int Pool, int Map, int LargestMessage, int LargestQueue, int Queues, int Unit, int Messages, int Units);
