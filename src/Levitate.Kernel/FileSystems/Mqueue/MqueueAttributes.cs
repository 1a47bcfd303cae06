using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Mqueue;

/// <summary>struct mq_attr: flags, and how many messages of how many bytes a queue has room for.</summary>
/// <remarks>Linux: mq_getattr(3); linux/mqueue.h.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct MqueueAttributes(long Flags, long MaximumMessages, long MaximumBytes, long Messages)
{
    /// <summary>The least that is no priority any more (MQ_PRIO_MAX).</summary>
    internal const uint PriorityLimit = 32768;

    /// <summary>/proc/sys/fs/mqueue: what one may have without CAP_SYS_RESOURCE, and what one has without asking.</summary>
    internal const int LargestMessages = 10, LargestBytes = 8192;

    private const int HardMessages = 65536, HardBytes = 16 << 20;

    private readonly long _reserved1 = 0, _reserved2 = 0, _reserved3 = 0, _reserved4 = 0;

    /// <summary>Those of a queue that nobody said anything of.</summary>
    internal static MqueueAttributes Default => new(0, LargestMessages, LargestBytes, 0);

    /// <summary>What RLIMIT_MSGQUEUE counts, in bytes: all messages, and what Linux has for each beside its bytes.</summary>
    internal long Cost => (MaximumMessages * (48 + MaximumBytes)) + (Math.Min(MaximumMessages, PriorityLimit) * 48);

    /// <summary>EINVAL where a thread may not have such a queue.</summary>
    internal Errno Check(Credentials credentials)
    {
        bool isPrivileged = credentials.Has(Capability.CAP_SYS_RESOURCE);
        bool fits = MaximumMessages > 0 && MaximumMessages <= (isPrivileged ? HardMessages : LargestMessages)
            && MaximumBytes > 0 && MaximumBytes <= (isPrivileged ? HardBytes : LargestBytes);
        return fits ? Errno.None : Errno.EINVAL;
    }
}
