using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>Where a symbolic link leads: a text to walk on with, or straight to a file (/proc/self/exe).</summary>
/// <param name="Text">The text.</param>
/// <param name="File">The file; null for a text.</param>
public readonly record struct LinkTarget(ReadOnlyMemory<byte> Text, Location? File = null);

/// <summary>A symbolic link.</summary>
public abstract class LinkInode : Inode
{
    /// <inheritdoc/>
    protected LinkInode(FileSystem fileSystem, ulong number, uint userId, uint groupId)
        : base(fileSystem, number, FileMode.S_IFLNK | FileMode.S_IRWXUGO, userId, groupId, linkCount: 1)
    {
    }

    /// <inheritdoc/>
    private protected LinkInode(FileSystem fileSystem, ulong number, Inode backing)
        : base(fileSystem, number, backing)
    {
    }

    /// <summary>Where a walk goes on.</summary>
    public abstract Result<LinkTarget> Follow(UserThread? caller);

    /// <summary>The text as readlink(2) shows it.</summary>
    public abstract Result<ReadOnlyMemory<byte>> ReadText(UserThread? caller);

    /// <summary>ELOOP: a symbolic link cannot be opened (but with O_PATH).</summary>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) => Errno.ELOOP;
}
