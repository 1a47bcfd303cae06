using System;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Mqueue;

/// <summary>An open message queue. Messages pass by calls of their own; a read shows its state as a line.</summary>
internal sealed class MqueueDescription(MqueueInode queue, Location location, OpenFlags flags) : FileDescription(location, flags, hasPosition: true)
{
    /// <summary>The queue.</summary>
    public MqueueInode Queue => queue;

    /// <inheritdoc/>
    public override PollEvents Readiness => queue.Readiness;

    /// <inheritdoc/>
    public override WaitQueue ReadQueue => queue.Readable;

    /// <inheritdoc/>
    public override WaitQueue WriteQueue => queue.Writable;

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        byte[] text = Encoding.ASCII.GetBytes(queue.Describe());
        if (offset < text.Length)
        {
            _ = cursor.Put(text.AsSpan((int)offset));
            queue.MarkAccessed();
        }

        return cursor.Result;
    }

    /// <inheritdoc/>
    public override Result<long> Seek(UserThread caller, long offset, SeekFrom from)
    {
        long target = from switch
        {
            SeekFrom.SEEK_SET => offset,
            SeekFrom.SEEK_CUR => Position + offset,
            SeekFrom.SEEK_END => queue.Size + offset,
            _ => -1,
        };
        return target < 0 ? Errno.EINVAL : target;
    }

    /// <inheritdoc/>
    internal override void OnDescriptorClosed(FileTable files) => queue.OnDescriptorClosed(files);
}
