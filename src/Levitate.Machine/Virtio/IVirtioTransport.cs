using System;

namespace Levitate.Machine.Virtio;

/// <summary>What a virtio device is (virtio 1.1, section 5).</summary>
public enum VirtioDeviceKind
{
    /// <summary>An empty slot.</summary>
    None = 0,

    /// <summary>Byte streams to the host.</summary>
    Console = 3,

    /// <summary>Random bytes from the host.</summary>
    Entropy = 4,
}

/// <summary>How far driver and device have come (virtio 1.1, section 2.1).</summary>
[Flags]
public enum VirtioStatus : byte
{
    /// <summary>Writing it resets the device.</summary>
    Reset = 0,

    /// <summary>The driver has seen the device.</summary>
    Acknowledge = 1,

    /// <summary>The driver knows how to drive it.</summary>
    Driver = 2,

    /// <summary>The driver is ready; the device is live.</summary>
    DriverOk = 4,

    /// <summary>Features are agreed on.</summary>
    FeaturesOk = 8,

    /// <summary>The device wants to be reset.</summary>
    NeedsReset = 64,

    /// <summary>The driver has given up.</summary>
    Failed = 128,
}

/// <summary>How a driver reaches its device. The driver's own locks guard it, except for <see cref="Notify"/> and <see cref="AcknowledgeInterrupt"/>, which any thread may call.</summary>
public interface IVirtioTransport
{
    /// <summary>What the device is.</summary>
    VirtioDeviceKind Kind { get; }

    /// <summary>Whether this is the interface from before virtio 1.0: rings in one page-aligned piece, no VIRTIO_F_VERSION_1.</summary>
    bool IsLegacy { get; }

    /// <summary>The global number of its interrupt line (IO-APIC input).</summary>
    int InterruptLine { get; }

    /// <summary>The device's status.</summary>
    VirtioStatus Status { get; set; }

    /// <summary>What the device offers.</summary>
    ulong ReadDeviceFeatures();

    /// <summary>What the driver takes of it.</summary>
    void WriteDriverFeatures(ulong features);

    /// <summary>How many descriptors a queue may have; 0: there is no such queue.</summary>
    int MaximumQueueSize(int index);

    /// <summary>Tells the device where a queue lies, and makes it live.</summary>
    void EnableQueue(int index, Virtqueue queue);

    /// <summary>Tells the device that a queue has new buffers.</summary>
    void Notify(int index);

    /// <summary>Reads 32 bits of the device's own configuration.</summary>
    uint ReadConfiguration(int offset);

    /// <summary>Takes the reasons for an interrupt back from the device, which lets go of the line.</summary>
    void AcknowledgeInterrupt();
}
