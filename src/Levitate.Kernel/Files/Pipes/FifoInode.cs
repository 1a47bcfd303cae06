using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Pipes;

/// <summary>A fifo, or the nameless file behind a pipe.</summary>
internal sealed class FifoInode(FileSystem fileSystem, ulong number, uint permissions, uint userId, uint groupId)
    : Inode(fileSystem, number, FileMode.S_IFIFO | permissions, userId, groupId, linkCount: 1)
{
    /// <summary>The stream.</summary>
    public Pipe Pipe { get; } = new(fileSystem.Machine.Frames);

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        OpenFlags access = flags & OpenFlags.O_ACCMODE;
        bool reads = access is OpenFlags.O_RDONLY or OpenFlags.O_RDWR;
        bool writes = access is OpenFlags.O_WRONLY or OpenFlags.O_RDWR;
        if (caller is null || !(reads || writes))
        {
            return Errno.EINVAL;
        }

        if (!location.Inode.TryAcquire())
        {
            return Errno.ENOENT;
        }

        var description = new PipeDescription(this, location, flags, reads, writes);
        // A pipe that is opened again by /proc/[pid]/fd waits for nobody, unlike a fifo.
        if (!(reads && writes) && FileSystem is not AnonymousFileSystem)
        {
            Errno error = Pipe.AwaitPeer(caller, forWriter: reads, (flags & OpenFlags.O_NONBLOCK) != 0);
            if (error != Errno.None)
            {
                description.Release();
                return error;
            }
        }

        return description;
    }
}
