using Levitate.Kernel.Abi;

namespace Levitate.Kernel.FileSystems.Initramfs;

/// <summary>An entry of an archive.</summary>
/// <param name="Number">Its inode number, which hard links share.</param>
/// <param name="Mode">Type and permissions.</param>
/// <param name="UserId">The owner.</param>
/// <param name="GroupId">The group.</param>
/// <param name="LinkCount">How many names the file has.</param>
/// <param name="ModificationTime">Seconds since 1970.</param>
/// <param name="Device">The device that <paramref name="Number"/> is of.</param>
/// <param name="Node">What a device node stands for.</param>
/// <param name="NameOffset">Where in the archive its name lies.</param>
/// <param name="NameLength">The name's length without NULs.</param>
/// <param name="DataOffset">Where in the archive its data lies.</param>
/// <param name="DataLength">The data's length; it lies within the archive.</param>
internal readonly record struct CpioEntry(
    uint Number,
    uint Mode,
    uint UserId,
    uint GroupId,
    uint LinkCount,
    uint ModificationTime,
    DeviceNumber Device,
    DeviceNumber Node,
    int NameOffset,
    int NameLength,
    int DataOffset,
    int DataLength);
