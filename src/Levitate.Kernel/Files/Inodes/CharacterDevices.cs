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

/// <summary>Finds the devices of a major number; null: there is none of that minor number.</summary>
public delegate ICharacterDevice? CharacterDeviceFinder(uint minor);

/// <summary>The character devices of a kernel by number. Filled before the first process runs, constant from then on.</summary>
public sealed class CharacterDevices
{
    private readonly Dictionary<DeviceNumber, ICharacterDevice> _devices = [];
    private readonly Dictionary<uint, CharacterDeviceFinder> _finders = [];

    /// <summary>Adds a device.</summary>
    public void Register(DeviceNumber number, ICharacterDevice device) => _devices.Add(number, device);

    /// <summary>Adds the devices of a major number that come and go.</summary>
    public void Register(uint major, CharacterDeviceFinder finder) => _finders.Add(major, finder);

    /// <summary>Finds a device; ENXIO.</summary>
    public Result<ICharacterDevice> Find(DeviceNumber number)
    {
        if (!_devices.TryGetValue(number, out ICharacterDevice? device) && _finders.TryGetValue(number.Major, out CharacterDeviceFinder? finder))
        {
            device = finder(number.Minor);
        }

        return device is not null ? Result.Of(device) : Errno.ENXIO;
    }
}
