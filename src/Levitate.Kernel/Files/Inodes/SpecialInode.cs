using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>A device node, fifo or socket: a name for something that the kernel has elsewhere.</summary>
public sealed class SpecialInode(FileSystem fileSystem, ulong number, uint mode, uint userId, uint groupId, DeviceNumber device, CharacterDevices devices)
    : Inode(fileSystem, number, mode, userId, groupId, linkCount: 1)
{
    /// <inheritdoc/>
    public override DeviceNumber DeviceIdentity => device;

    /// <inheritdoc/>
    public override Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        if (Type != FileMode.S_IFCHR)
        {
            // There are no block devices, and a socket's name is reached by connect only.
            return Errno.ENXIO;
        }

        if (!devices.Find(device).TryGet(out ICharacterDevice? driver, out Errno error))
        {
            return error;
        }

        return location.Inode.TryAcquire() ? driver.Open(location, flags, caller) : Errno.ENOENT;
    }
}
