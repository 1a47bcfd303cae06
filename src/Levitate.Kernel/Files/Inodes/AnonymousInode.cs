using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>The file behind a description that is all there is to it (eventfd). It has no type and cannot be opened again.</summary>
internal sealed class AnonymousInode(AnonymousFileSystem fileSystem) : Inode(fileSystem, fileSystem.NextNumber(), 0x180, 0, 0, linkCount: 1)
{
    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) => Errno.ENXIO;
}
