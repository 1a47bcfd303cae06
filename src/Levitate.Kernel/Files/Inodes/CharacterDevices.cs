using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files;

/// <summary>What stands behind a character device's number.</summary>
public interface ICharacterDevice
{
    /// <summary>Opens it; the caller's reference on the location's inode goes to the description, on failure too.</summary>
    Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller);
}

/// <summary>The character devices of a kernel by number. Filled before the first process runs, constant from then on.</summary>
public sealed class CharacterDevices
{
    private readonly Dictionary<DeviceNumber, ICharacterDevice> _devices = [];

    /// <summary>Adds a device.</summary>
    public void Register(DeviceNumber number, ICharacterDevice device) => _devices.Add(number, device);

    /// <summary>Finds a device; ENXIO.</summary>
    public Result<ICharacterDevice> Find(DeviceNumber number) =>
        _devices.TryGetValue(number, out ICharacterDevice? device) ? Result.Of(device) : Errno.ENXIO;
}
