using Levitate.Machine.Memory;

namespace Levitate.Machine.Virtio;

/// <summary>virtio over memory-mapped registers (virtio 1.1, section 4.2), both versions of it.</summary>
internal sealed class MmioTransport : IVirtioTransport
{
    /// <summary>Bytes of registers a device has.</summary>
    internal const int RegisterBytes = 0x200;

    private const uint Magic = 0x74726976;
    private const int MagicRegister = 0x000;
    private const int VersionRegister = 0x004;
    private const int DeviceRegister = 0x008;
    private const int DeviceFeatures = 0x010;
    private const int DeviceFeaturesSelect = 0x014;
    private const int DriverFeatures = 0x020;
    private const int DriverFeaturesSelect = 0x024;
    private const int LegacyPageSize = 0x028;
    private const int QueueSelect = 0x030;
    private const int QueueSizeMaximum = 0x034;
    private const int QueueSize = 0x038;
    private const int LegacyQueueAlignment = 0x03c;
    private const int LegacyQueuePage = 0x040;
    private const int QueueReady = 0x044;
    private const int QueueNotify = 0x050;
    private const int InterruptStatus = 0x060;
    private const int InterruptAcknowledge = 0x064;
    private const int StatusRegister = 0x070;
    private const int QueueDescriptors = 0x080;
    private const int QueueAvailable = 0x090;
    private const int QueueUsed = 0x0a0;
    private const int Configuration = 0x100;

    private readonly MmioRegion _registers;

    private MmioTransport(MmioRegion registers, VirtioDeviceKind kind, bool isLegacy, int interruptLine)
    {
        _registers = registers;
        Kind = kind;
        IsLegacy = isLegacy;
        InterruptLine = interruptLine;
    }

    /// <inheritdoc/>
    public VirtioDeviceKind Kind { get; }

    /// <inheritdoc/>
    public bool IsLegacy { get; }

    /// <inheritdoc/>
    public int InterruptLine { get; }

    /// <inheritdoc/>
    public VirtioStatus Status
    {
        get => (VirtioStatus)_registers.Read32(StatusRegister);
        set => _registers.Write32(StatusRegister, (uint)value);
    }

    /// <summary>The device behind a slot; null for an empty slot.</summary>
    internal static MmioTransport? TryCreate(ulong physicalAddress, int interruptLine)
    {
        var registers = new MmioRegion(physicalAddress, RegisterBytes);
        if (registers.Read32(MagicRegister) != Magic)
        {
            return null;
        }

        uint version = registers.Read32(VersionRegister);
        var kind = (VirtioDeviceKind)registers.Read32(DeviceRegister);
        return kind == VirtioDeviceKind.None || version is not (1 or 2)
            ? null
            : new MmioTransport(registers, kind, isLegacy: version == 1, interruptLine);
    }

    /// <inheritdoc/>
    public ulong ReadDeviceFeatures()
    {
        _registers.Write32(DeviceFeaturesSelect, 0);
        ulong features = _registers.Read32(DeviceFeatures);
        _registers.Write32(DeviceFeaturesSelect, 1);
        return features | ((ulong)_registers.Read32(DeviceFeatures) << 32);
    }

    /// <inheritdoc/>
    public void WriteDriverFeatures(ulong features)
    {
        _registers.Write32(DriverFeaturesSelect, 0);
        _registers.Write32(DriverFeatures, (uint)features);
        _registers.Write32(DriverFeaturesSelect, 1);
        _registers.Write32(DriverFeatures, (uint)(features >> 32));
    }

    /// <inheritdoc/>
    public int MaximumQueueSize(int index)
    {
        _registers.Write32(QueueSelect, (uint)index);
        return (int)_registers.Read32(QueueSizeMaximum);
    }

    /// <inheritdoc/>
    public void EnableQueue(int index, Virtqueue queue)
    {
        _registers.Write32(QueueSelect, (uint)index);
        if (IsLegacy)
        {
            _registers.Write32(LegacyPageSize, Virtqueue.LegacyAlignment);
            _registers.Write32(QueueSize, (uint)queue.Size);
            _registers.Write32(LegacyQueueAlignment, Virtqueue.LegacyAlignment);
            _registers.Write32(LegacyQueuePage, (uint)(queue.DescriptorTableAddress / Virtqueue.LegacyAlignment));
            return;
        }

        _registers.Write32(QueueSize, (uint)queue.Size);
        WriteAddress(QueueDescriptors, queue.DescriptorTableAddress);
        WriteAddress(QueueAvailable, queue.AvailableRingAddress);
        WriteAddress(QueueUsed, queue.UsedRingAddress);
        _registers.Write32(QueueReady, 1);
    }

    /// <inheritdoc/>
    public void Notify(int index) => _registers.Write32(QueueNotify, (uint)index);

    /// <inheritdoc/>
    public uint ReadConfiguration(int offset) => _registers.Read32(Configuration + offset);

    /// <inheritdoc/>
    public void AcknowledgeInterrupt()
    {
        uint reasons = _registers.Read32(InterruptStatus);
        if (reasons != 0)
        {
            _registers.Write32(InterruptAcknowledge, reasons);
        }
    }

    private void WriteAddress(int register, ulong address)
    {
        _registers.Write32(register, (uint)address);
        _registers.Write32(register + 4, (uint)(address >> 32));
    }
}
