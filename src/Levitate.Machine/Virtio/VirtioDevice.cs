using System;
using System.Numerics;

namespace Levitate.Machine.Virtio;

/// <summary>Brings a device up (virtio 1.1, section 3.1.1), the same for every driver.</summary>
public static class VirtioDevice
{
    /// <summary>VIRTIO_F_VERSION_1.</summary>
    public const ulong Version1 = 1UL << 32;

    /// <summary>Resets the device and agrees on features. False where the device insists on something else; it is marked failed then.</summary>
    /// <param name="transport">The device.</param>
    /// <param name="wanted">The driver's features, without <see cref="Version1"/>.</param>
    /// <param name="features">Those of them that the device has.</param>
    public static bool TryNegotiate(IVirtioTransport transport, ulong wanted, out ulong features)
    {
        transport.Status = VirtioStatus.Reset;
        transport.Status = VirtioStatus.Acknowledge | VirtioStatus.Driver;
        ulong offered = transport.ReadDeviceFeatures();
        features = offered & wanted;
        if (transport.IsLegacy)
        {
            transport.WriteDriverFeatures(features);
            return true;
        }

        if ((offered & Version1) == 0)
        {
            transport.Status |= VirtioStatus.Failed;
            return false;
        }

        transport.WriteDriverFeatures(features | Version1);
        transport.Status |= VirtioStatus.FeaturesOk;
        if ((transport.Status & VirtioStatus.FeaturesOk) == 0)
        {
            transport.Status |= VirtioStatus.Failed;
            return false;
        }

        return true;
    }

    /// <summary>Makes a device's queues and gives them to it.</summary>
    /// <param name="transport">The device.</param>
    /// <param name="memory">Where the rings come from.</param>
    /// <param name="count">Queues, from number 0 on.</param>
    /// <param name="wantedSize">Descriptors a queue, a power of two; fewer where the device wants it so.</param>
    /// <returns>The queues; null where the device has too few or memory is short.</returns>
    public static Virtqueue[]? TryCreateQueues(IVirtioTransport transport, IDmaAllocator memory, int count, int wantedSize)
    {
        int size = wantedSize;
        for (int index = 0; index < count; index++)
        {
            int maximum = transport.MaximumQueueSize(index);
            if (maximum < 1)
            {
                return null;
            }

            size = Math.Min(size, 1 << BitOperations.Log2((uint)maximum));
        }

        int alignment = transport.IsLegacy ? Virtqueue.LegacyAlignment : 16;
        int stride = (Virtqueue.BytesFor(size, transport.IsLegacy) + alignment - 1) & -alignment;
        if (!memory.TryAllocate(stride * count, out DmaRegion rings))
        {
            return null;
        }

        var queues = new Virtqueue[count];
        for (int index = 0; index < count; index++)
        {
            queues[index] = new Virtqueue(rings.Slice(index * stride, stride), size, transport.IsLegacy);
            transport.EnableQueue(index, queues[index]);
        }

        return queues;
    }
}
