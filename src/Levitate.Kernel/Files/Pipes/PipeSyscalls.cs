using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Pipes;

/// <summary>pipe and pipe2.</summary>
internal static class PipeSyscalls
{
    /// <summary>Makes a pipe: a descriptor to read from and one to write to.</summary>
    [Syscall(22)]
    internal static SyscallResult Pipe(UserThread caller, UserAddress descriptors) => Pipe2(caller, descriptors, default);

    /// <summary>Makes a pipe with O_CLOEXEC or O_NONBLOCK.</summary>
    /// <remarks>Linux: pipe2(2), since 2.6.27.</remarks>
    [Syscall(293, Unsupported = "O_DIRECT (packets), O_NOTIFICATION_PIPE: EINVAL")]
    internal static SyscallResult Pipe2(UserThread caller, UserAddress descriptors, OpenFlags flags)
    {
        if ((flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        AnonymousFileSystem fileSystem = caller.Kernel.Files.Pipes;
        Credentials credentials = caller.Credentials;
        var inode = new FifoInode(fileSystem, fileSystem.NextNumber(), 0x180, credentials.FileSystemUserId, credentials.FileSystemGroupId);
        Location location = fileSystem.Place(inode, "pipe");

        // The inode's first reference is the reader's.
        inode.Acquire();
        var reader = new PipeDescription(inode, location, OpenFlags.O_RDONLY | flags, reads: true, writes: false);
        var writer = new PipeDescription(inode, location, OpenFlags.O_WRONLY | flags, reads: false, writes: true);
        bool closeOnExec = (flags & OpenFlags.O_CLOEXEC) != 0;
        ulong limit = caller.Process.Limits.OpenFiles;
        if (!caller.Files.Add(reader, closeOnExec, limit).TryGet(out int readFd, out Errno error))
        {
            writer.Release();
            return error;
        }

        if (!caller.Files.Add(writer, closeOnExec, limit).TryGet(out int writeFd, out error))
        {
            _ = caller.Files.Close(readFd);
            return error;
        }

        error = caller.Memory.Write(descriptors, new DescriptorPair(readFd, writeFd));
        if (error != Errno.None)
        {
            _ = caller.Files.Close(readFd);
            _ = caller.Files.Close(writeFd);
        }

        return error;
    }

    private readonly record struct DescriptorPair(int Read, int Write);
}
