using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files.Pipes;

/// <summary>An open end of a pipe or fifo.</summary>
internal sealed class PipeDescription : FileDescription
{
    private readonly bool _reads;
    private readonly bool _writes;

    /// <summary>Opens an end. Takes over the caller's reference on the inode.</summary>
    public PipeDescription(FifoInode inode, Location location, OpenFlags flags, bool reads, bool writes)
        : base(location, flags)
    {
        Pipe = inode.Pipe;
        _reads = reads;
        _writes = writes;
        Pipe.Open(reads, writes);
    }

    /// <summary>The stream.</summary>
    public Pipe Pipe { get; }

    /// <inheritdoc/>
    internal override bool CanSignal => true;

    /// <inheritdoc/>
    public override PollEvents Readiness => Pipe.GetReadiness(_reads, _writes);

    /// <inheritdoc/>
    public override WaitQueue? ReadQueue => _reads ? Pipe.ReadQueue : null;

    /// <inheritdoc/>
    public override WaitQueue? WriteQueue => _writes ? Pipe.WriteQueue : null;

    /// <inheritdoc/>
    public override Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset)
    {
        Result<long> result = Pipe.TryRead(ref cursor);
        return result.Error != Errno.EAGAIN || IsNonBlocking || caller is null ? result : Pipe.AwaitBytes(caller, ref cursor);
    }

    /// <inheritdoc/>
    public override Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset)
    {
        Errno error = Pipe.TryWrite(ref cursor);
        return error == Errno.None ? cursor.Result : caller is null ? error : Pipe.EndWrite(caller, ref cursor, IsNonBlocking, error);
    }

    /// <inheritdoc/>
    public override SyscallResult Control(UserThread caller, uint request, ulong argument) =>
        request == IoctlNumber.FIONREAD ? caller.Memory.Write(new UserAddress(argument), Pipe.Count) : Errno.ENOTTY;

    /// <inheritdoc/>
    protected override void OnClosed() => Pipe.Close(_reads, _writes);
}
