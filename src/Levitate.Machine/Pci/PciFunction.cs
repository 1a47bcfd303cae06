using System.Collections.Generic;
using Levitate.Floor;

namespace Levitate.Machine.Pci;

/// <summary>A PCI function's configuration space, through the ports of configuration mechanism 1 (PCI 3.0, section 3.2.2.3). The boot thread uses it alone.</summary>
internal readonly record struct PciFunction(int Device, int Function)
{
    private const ushort AddressPort = 0xcf8;
    private const ushort DataPort = 0xcfc;
    private const uint Enable = 1u << 31;
    private const int DevicesOnBus = 32;
    private const int FunctionsOfDevice = 8;
    private const int HeaderType = 0x0e;
    private const int FirstBar = 0x10;
    private const int CapabilitiesPointer = 0x34;
    private const int Status = 0x06;
    private const ushort StatusHasCapabilities = 1 << 4;
    private const ushort NoVendor = 0xffff;

    /// <summary>A capability list has at most one entry for every four bytes beyond the header.</summary>
    private const int MaximumCapabilities = 48;

    /// <summary>Whether the machine has this mechanism at all.</summary>
    internal static bool IsThere
    {
        get
        {
            PortIO.Out32(AddressPort, Enable);
            return PortIO.In32(AddressPort) == Enable;
        }
    }

    /// <summary>The functions on the root bus.</summary>
    internal static IEnumerable<PciFunction> FindAll()
    {
        for (int device = 0; device < DevicesOnBus; device++)
        {
            int functions = 1;
            for (int function = 0; function < functions; function++)
            {
                var candidate = new PciFunction(device, function);
                if (candidate.Read16(0) == NoVendor)
                {
                    continue;
                }

                if (function == 0 && (candidate.Read8(HeaderType) & 0x80) != 0)
                {
                    functions = FunctionsOfDevice;
                }

                yield return candidate;
            }
        }
    }

    internal byte Read8(int offset) => (byte)(Read32(offset & ~3) >> (8 * (offset & 3)));

    internal ushort Read16(int offset) => (ushort)(Read32(offset & ~3) >> (8 * (offset & 3)));

    internal uint Read32(int offset)
    {
        Select(offset);
        return PortIO.In32(DataPort);
    }

    internal void Write16(int offset, ushort value)
    {
        Select(offset);
        PortIO.Out16((ushort)(DataPort + (offset & 2)), value);
    }

    /// <summary>The offsets of the capabilities with an ID. A list that runs in circles ends.</summary>
    internal List<int> FindCapabilities(byte id)
    {
        var found = new List<int>();
        if ((Read16(Status) & StatusHasCapabilities) == 0)
        {
            return found;
        }

        int offset = Read8(CapabilitiesPointer) & ~3;
        for (int count = 0; offset != 0 && count < MaximumCapabilities; count++)
        {
            if (Read8(offset) == id)
            {
                found.Add(offset);
            }

            offset = Read8(offset + 1) & ~3;
        }

        return found;
    }

    /// <summary>The physical address in a memory BAR; 0 for an I/O BAR, none, or one that the firmware has not placed.</summary>
    internal ulong MemoryBar(int index)
    {
        const uint IsPort = 1;
        const uint TypeMask = 6;
        const uint Type64 = 4;
        const uint FlagBits = 0xf;
        if (index > 5)
        {
            return 0;
        }

        uint low = Read32(FirstBar + (4 * index));
        if ((low & IsPort) != 0)
        {
            return 0;
        }

        ulong address = low & ~FlagBits;
        return (low & TypeMask) == Type64 && index < 5 ? address | ((ulong)Read32(FirstBar + (4 * index) + 4) << 32) : address;
    }

    private void Select(int offset) =>
        PortIO.Out32(AddressPort, Enable | ((uint)Device << 11) | ((uint)Function << 8) | (uint)(offset & 0xfc));
}
