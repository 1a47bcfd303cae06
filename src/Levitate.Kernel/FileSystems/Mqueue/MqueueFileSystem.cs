using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Ipc;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Mqueue;

/// <summary>The POSIX message queues: one directory, in which each is a file. mq_open reaches it wherever it is mounted.</summary>
/// <remarks>Linux: mq_overview(7).</remarks>
internal sealed class MqueueFileSystem : FileSystem
{
    /// <summary>The most queues that one may make without CAP_SYS_RESOURCE.</summary>
    internal const int MaximumCount = 256;

    /// <summary>More than anybody may make: each queue takes some of the kernel's heap.</summary>
    private const int HardMaximumCount = 16384;

    /// <summary>RLIMIT_MSGQUEUE where it is not known whose: a queue is made by open(2) in the mounted directory.</summary>
    private const ulong DefaultLimit = 819200;

    private readonly Dictionary<uint, long> _bytesOfUsers = [];
    private KernelLock _treeLock = new(LockOrder.MqueueNames);
    private int _count;

    /// <summary>No queue.</summary>
    public MqueueFileSystem(IMachine machine, MessageMemory memory)
        : base(machine)
    {
        Memory = memory;
        Root = new Dentry(null, [], new MqueueDirectory(this));
        Place = new MountNamespace(this, MountOptions.None, "mqueue"u8.ToArray()).RootMount.Root;
    }

    /// <inheritdoc/>
    public override string TypeName => "mqueue";

    /// <inheritdoc/>
    public override uint Magic => 0x19800202;

    /// <inheritdoc/>
    public override Dentry Root { get; }

    /// <summary>The directory, through the kernel's own mount of it.</summary>
    public Location Place { get; }

    /// <summary>What the messages take.</summary>
    public MessageMemory Memory { get; }

    /// <summary>Guards the names, and what queues are counted against. Before the inodes' own.</summary>
    internal ref KernelLock TreeLock => ref _treeLock;

    /// <summary>Makes a queue count. <see cref="TreeLock"/> is held.</summary>
    /// <returns>ENOSPC, EMFILE past RLIMIT_MSGQUEUE.</returns>
    internal Errno Charge(UserThread? caller, uint user, long bytes)
    {
        bool isPrivileged = caller is not null && caller.Credentials.Has(Capability.CAP_SYS_RESOURCE);
        ulong limit = caller?.Process.Limits[ResourceLimitKind.RLIMIT_MSGQUEUE].Soft ?? DefaultLimit;
        if (_count >= (isPrivileged ? HardMaximumCount : MaximumCount))
        {
            return Errno.ENOSPC;
        }

        long sum = _bytesOfUsers.GetValueOrDefault(user) + bytes;
        if ((ulong)sum > limit)
        {
            return Errno.EMFILE;
        }

        _count++;
        _bytesOfUsers[user] = sum;
        return Errno.None;
    }

    /// <summary>A queue that counted is gone.</summary>
    internal void Release(uint user, long bytes)
    {
        using (TreeLock.Enter())
        {
            _count--;
            long rest = _bytesOfUsers[user] - bytes;
            if (rest > 0)
            {
                _bytesOfUsers[user] = rest;
            }
            else
            {
                _bytesOfUsers.Remove(user);
            }
        }
    }
}
