using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>A device node, fifo or socket: a name for something that the kernel has elsewhere.</summary>
public class SpecialInode(FileSystem fileSystem, ulong number, uint mode, uint userId, uint groupId, DeviceNumber device)
    : Inode(fileSystem, number, mode, userId, groupId, linkCount: 1)
{
    /// <inheritdoc/>
    public override DeviceNumber DeviceIdentity => device;

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) => Errno.ENXIO;
}
