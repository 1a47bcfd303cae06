using System;
using Levitate.Machine.Memory;
using Levitate.Machine.Pci;

namespace Levitate.Machine.Virtio;

/// <summary>virtio over PCI (virtio 1.1, section 4.1). Transitional devices are driven by their modern interface, too.</summary>
internal sealed class PciTransport : IVirtioTransport
{
    private const ushort Vendor = 0x1af4;
    private const ushort FirstTransitionalDevice = 0x1000;
    private const ushort FirstDevice = 0x1040;
    private const ushort LastDevice = 0x107f;
    private const int SubsystemId = 0x2e;
    private const byte VendorCapability = 0x09;
    private const int CommandRegister = 0x04;
    private const ushort CommandMemory = 1 << 1;
    private const ushort CommandBusMaster = 1 << 2;
    private const int InterruptPin = 0x3d;
    private const ulong EndOfMappedDevices = 1UL << 32;

    // The common configuration's registers.
    private const int DeviceFeatureSelect = 0x00;
    private const int DeviceFeature = 0x04;
    private const int DriverFeatureSelect = 0x08;
    private const int DriverFeature = 0x0c;
    private const int DeviceStatus = 0x14;
    private const int QueueSelect = 0x16;
    private const int QueueSize = 0x18;
    private const int QueueEnable = 0x1c;
    private const int QueueNotifyOffset = 0x1e;
    private const int QueueDescriptors = 0x20;
    private const int QueueAvailable = 0x28;
    private const int QueueUsed = 0x30;
    private const int CommonBytes = 0x38;

    private readonly MmioRegion _common;
    private readonly MmioRegion _notify;
    private readonly MmioRegion _interrupt;
    private readonly MmioRegion _device;
    private readonly int _notifyMultiplier;

    /// <summary>By queue: where its notifications go. Written before the queue is used.</summary>
    private int[] _notifyOffsets = [];

    private PciTransport(VirtioDeviceKind kind, int interruptLine, MmioRegion common, MmioRegion notify, int notifyMultiplier, MmioRegion interrupt, MmioRegion device)
    {
        Kind = kind;
        InterruptLine = interruptLine;
        _common = common;
        _notify = notify;
        _notifyMultiplier = notifyMultiplier;
        _interrupt = interrupt;
        _device = device;
    }

    private enum Structure
    {
        Common = 1,
        Notify = 2,
        Interrupt = 3,
        Device = 4,
    }

    /// <inheritdoc/>
    public VirtioDeviceKind Kind { get; }

    /// <inheritdoc/>
    public bool IsLegacy => false;

    /// <inheritdoc/>
    public int InterruptLine { get; }

    /// <inheritdoc/>
    public VirtioStatus Status
    {
        get => (VirtioStatus)_common.Read8(DeviceStatus);
        set => _common.Write8(DeviceStatus, (byte)value);
    }

    /// <summary>The device of a function; null where it is not virtio, or lies where the floor has mapped no devices.</summary>
    internal static PciTransport? TryCreate(PciFunction function)
    {
        ushort device = function.Read16(2);
        if (function.Read16(0) != Vendor || device is < FirstTransitionalDevice or > LastDevice)
        {
            return null;
        }

        MmioRegion? common = Find(function, Structure.Common, CommonBytes, out _);
        MmioRegion? notify = Find(function, Structure.Notify, sizeof(ushort), out int notifyCapability);
        MmioRegion? interrupt = Find(function, Structure.Interrupt, sizeof(byte), out _);
        if (common is null || notify is null || interrupt is null)
        {
            return null;
        }

        function.Write16(CommandRegister, CommandMemory | CommandBusMaster);
        return new PciTransport(
            (VirtioDeviceKind)(device >= FirstDevice ? device - FirstDevice : function.Read16(SubsystemId)),
            LineOf(function),
            common.Value,
            notify.Value,
            (int)function.Read32(notifyCapability + 16),
            interrupt.Value,
            Find(function, Structure.Device, sizeof(uint), out _) ?? default);
    }

    /// <inheritdoc/>
    public ulong ReadDeviceFeatures()
    {
        _common.Write32(DeviceFeatureSelect, 0);
        ulong features = _common.Read32(DeviceFeature);
        _common.Write32(DeviceFeatureSelect, 1);
        return features | ((ulong)_common.Read32(DeviceFeature) << 32);
    }

    /// <inheritdoc/>
    public void WriteDriverFeatures(ulong features)
    {
        _common.Write32(DriverFeatureSelect, 0);
        _common.Write32(DriverFeature, (uint)features);
        _common.Write32(DriverFeatureSelect, 1);
        _common.Write32(DriverFeature, (uint)(features >> 32));
    }

    /// <inheritdoc/>
    public int MaximumQueueSize(int index)
    {
        _common.Write16(QueueSelect, (ushort)index);
        return _common.Read16(QueueSize);
    }

    /// <inheritdoc/>
    public void EnableQueue(int index, Virtqueue queue)
    {
        _common.Write16(QueueSelect, (ushort)index);
        _common.Write16(QueueSize, (ushort)queue.Size);
        WriteAddress(QueueDescriptors, queue.DescriptorTableAddress);
        WriteAddress(QueueAvailable, queue.AvailableRingAddress);
        WriteAddress(QueueUsed, queue.UsedRingAddress);
        if (index >= _notifyOffsets.Length)
        {
            Array.Resize(ref _notifyOffsets, index + 1);
        }

        _notifyOffsets[index] = _common.Read16(QueueNotifyOffset) * _notifyMultiplier;
        _common.Write16(QueueEnable, 1);
    }

    /// <inheritdoc/>
    public void Notify(int index) => _notify.Write16(_notifyOffsets[index], (ushort)index);

    /// <inheritdoc/>
    public uint ReadConfiguration(int offset) => _device.Read32(offset);

    /// <inheritdoc/>
    public void AcknowledgeInterrupt() => _interrupt.Read8(0);

    /// <summary>Finds one of the structures that the vendor capabilities point to.</summary>
    private static MmioRegion? Find(PciFunction function, Structure structure, int minimumBytes, out int capability)
    {
        foreach (int offset in function.FindCapabilities(VendorCapability))
        {
            if (function.Read8(offset + 3) != (byte)structure)
            {
                continue;
            }

            ulong bar = function.MemoryBar(function.Read8(offset + 4));
            ulong start = bar + function.Read32(offset + 8);
            uint length = function.Read32(offset + 12);
            if (bar != 0 && start < EndOfMappedDevices && length >= minimumBytes && length <= EndOfMappedDevices - start && length <= int.MaxValue)
            {
                capability = offset;
                return new MmioRegion(start, (int)length);
            }
        }

        capability = 0;
        return null;
    }

    /// <summary>Where a function's pin leads on QEMU's q35 (hw/isa/lpc_ich9.c): the pins of neighbouring slots are spread over IO-APIC inputs 20 to 23.</summary>
    private static int LineOf(PciFunction function)
    {
        const int FirstLine = 20;
        const int Lines = 4;
        int pin = function.Read8(InterruptPin);
        return FirstLine + ((function.Device + pin - 1) % Lines);
    }

    private void WriteAddress(int register, ulong address)
    {
        _common.Write32(register, (uint)address);
        _common.Write32(register + 4, (uint)(address >> 32));
    }
}
