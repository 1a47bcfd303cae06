using System;
using System.Buffers.Binary;
using Levitate.Floor;

namespace Levitate.Machine.Firmware;

/// <summary>As much of ACPI (6.5, sections 4.8, 5.2 and 7.4) as it takes to turn the machine off. Tables are read where they lie, with every length checked.</summary>
internal static class AcpiTables
{
    private const ulong EndOfTables = 1UL << 32;
    private const int FadtDsdt = 40;
    private const int FadtPowerManagementControl = 64;
    private const int FadtFlags = 112;
    private const int FadtSleepControl = 244;
    private const int SleepControlBytes = 12;
    private const uint FlagHardwareReduced = 1 << 20;

    /// <summary>A place to write in order to enter the soft-off state.</summary>
    /// <param name="IsPort">Whether it is an I/O port; else it is in memory.</param>
    /// <param name="Address">The port or the physical address.</param>
    /// <param name="Value">What to write: 16 bits to a port, 8 bits to memory.</param>
    internal readonly record struct SoftOff(bool IsPort, ulong Address, ushort Value);

    /// <summary>Finds out how to turn the machine off; false where the tables do not say.</summary>
    internal static unsafe bool TryFindSoftOff(FirmwareMemory memory, ulong rootPointer, out SoftOff softOff)
    {
        const uint FadtSignature = 0x50434146;
        softOff = default;
        byte* table = memory.FindSystemTable(rootPointer, FadtSignature, out uint length);
        ReadOnlySpan<byte> fadt = table == null ? default : new(table, (int)length);
        if (fadt.Length < FadtFlags + sizeof(uint))
        {
            return false;
        }

        byte* dsdt = memory.FindSystemTable(BinaryPrimitives.ReadUInt32LittleEndian(fadt[FadtDsdt..]), out length);
        if (dsdt == null || !TryFindSleepType(new(dsdt, (int)length), out byte type))
        {
            return false;
        }

        if ((BinaryPrimitives.ReadUInt32LittleEndian(fadt[FadtFlags..]) & FlagHardwareReduced) == 0)
        {
            // PM1 control: bits 10 to 12 the sleep type, bit 13 enters it.
            uint port = BinaryPrimitives.ReadUInt32LittleEndian(fadt[FadtPowerManagementControl..]);
            softOff = new SoftOff(true, port, (ushort)((type << 10) | (1 << 13)));
            return port is > 0 and <= ushort.MaxValue;
        }

        // The sleep control register: bits 2 to 4 the sleep type, bit 5 enters it. Its address is a generic one.
        if (fadt.Length < FadtSleepControl + SleepControlBytes)
        {
            return false;
        }

        ReadOnlySpan<byte> register = fadt.Slice(FadtSleepControl, SleepControlBytes);
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(register[4..]);
        softOff = new SoftOff(register[0] == 1, address, (ushort)((type << 2) | (1 << 5)));
        return address is > 0 and < EndOfTables;
    }

    /// <summary>Finds the first element of the package _S5 in a DSDT, as an operating system without an AML interpreter does.</summary>
    private static bool TryFindSleepType(ReadOnlySpan<byte> dsdt, out byte type)
    {
        const byte PackageOperator = 0x12;
        const byte BytePrefix = 0x0a;
        const byte OneOperator = 1;
        type = 0;
        int name = dsdt.IndexOf("_S5_"u8);
        if (name < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> package = dsdt[(name + 4)..];
        if (package.Length < 8 || package[0] != PackageOperator)
        {
            return false;
        }

        // The package's length says in its top bits how many bytes of length follow; then come the count and the elements.
        ReadOnlySpan<byte> element = package[(3 + (package[1] >> 6))..];
        if (element.Length < 2)
        {
            return false;
        }

        type = element[0] == BytePrefix ? element[1] : element[0];
        return element[0] is BytePrefix or <= OneOperator && type < 8;
    }
}
