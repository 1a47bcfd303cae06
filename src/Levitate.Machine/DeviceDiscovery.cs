using System.Collections.Generic;
using Levitate.Floor;
using Levitate.Machine.Firmware;
using Levitate.Machine.Memory;
using Levitate.Machine.Pci;
using Levitate.Machine.Virtio;

namespace Levitate.Machine;

/// <summary>Finds the virtio devices: those that the command line names, else those on the PCI bus, else those in QEMU's microvm slots.</summary>
internal static class DeviceDiscovery
{
    private const ulong MicrovmSlots = 0xfeb0_0000;
    private const int SlotsWithTwoInterruptControllers = 24;
    private const int SlotsWithOneInterruptController = 8;
    private const ulong SecondInterruptController = 0xfec1_0000;

    /// <summary>The devices with a driver's worth of registers behind them.</summary>
    internal static List<IVirtioTransport> FindVirtioDevices(CommandLine words)
    {
        var devices = new List<IVirtioTransport>();
        foreach ((ulong address, int line) in words.VirtioDevices)
        {
            if (MmioTransport.TryCreate(address, line) is { } device)
            {
                devices.Add(device);
            }
        }

        if (devices.Count > 0)
        {
            return devices;
        }

        if (PciFunction.IsThere)
        {
            foreach (PciFunction function in PciFunction.FindAll())
            {
                if (PciTransport.TryCreate(function) is { } device)
                {
                    devices.Add(device);
                }
            }

            return devices;
        }

        AddMicrovmDevices(devices);
        return devices;
    }

    private static void AddMicrovmDevices(List<IVirtioTransport> devices)
    {
        // Where the slots' interrupts go depends on the machine's other options (QEMU: hw/i386/microvm.c): to the second
        // IO-APIC where there is one, else to the first one's upper half with ACPI, else to the old ISA lines.
        bool hasSecond = HasSecondInterruptController();
        int firstLine = hasSecond ? 24 : BootInfo.AcpiRoot != 0 ? 16 : 5;
        int slots = hasSecond ? SlotsWithTwoInterruptControllers : SlotsWithOneInterruptController;
        for (int slot = 0; slot < slots; slot++)
        {
            if (MmioTransport.TryCreate(MicrovmSlots + ((ulong)slot * MmioTransport.RegisterBytes), firstLine + slot) is { } device)
            {
                devices.Add(device);
            }
        }
    }

    private static bool HasSecondInterruptController()
    {
        const int Select = 0x00;
        const int Window = 0x10;
        const uint VersionRegister = 1;
        var registers = new MmioRegion(SecondInterruptController, 0x20);
        registers.Write32(Select, VersionRegister);
        uint version = registers.Read32(Window);

        // Bits 16 to 23: the highest input. Nothing there reads as all zeros or all ones.
        return version != uint.MaxValue && ((version >> 16) & 0xff) > 0;
    }
}
