using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Tmpfs;

/// <summary>A symbolic link with a fixed text.</summary>
internal sealed class TmpfsLink(FileSystem fileSystem, byte[] text, uint userId, uint groupId)
    : LinkInode(fileSystem, fileSystem.NextNumber(), userId, groupId)
{
    /// <inheritdoc/>
    public override long Size => text.Length;

    /// <inheritdoc/>
    public override Result<LinkTarget> Follow(UserThread? caller) => new LinkTarget(text);

    /// <inheritdoc/>
    public override Result<ReadOnlyMemory<byte>> ReadText(UserThread? caller) => new ReadOnlyMemory<byte>(text);
}
