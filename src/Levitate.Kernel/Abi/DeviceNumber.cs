namespace Levitate.Kernel.Abi;

/// <summary>A device number. Its <see cref="Value"/> is user space's 64-bit dev_t: major bits 8-19 and 32-63, minor bits 0-7 and 20-31.</summary>
/// <param name="Value">The encoded number.</param>
/// <remarks>Linux: makedev(3).</remarks>
public readonly record struct DeviceNumber(ulong Value)
{
    /// <summary>Encodes a number.</summary>
    public DeviceNumber(uint major, uint minor)
        : this(((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff))
    {
    }

    /// <summary>As Linux has it inside: some files of /proc show that (fdinfo's sdev).</summary>
    public uint KernelValue => (Major << 20) | Minor;

    /// <summary>The driver.</summary>
    public uint Major => (uint)((Value >> 32) & 0xfffff000) | (uint)((Value >> 8) & 0xfff);

    /// <summary>The device.</summary>
    public uint Minor => (uint)((Value >> 12) & 0xffffff00) | (uint)(Value & 0xff);
}
