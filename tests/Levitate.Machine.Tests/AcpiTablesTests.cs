using System;
using Levitate.Machine.Firmware;
using Xunit;

namespace Levitate.Machine.Tests;

/// <summary>How the machine is turned off, as ACPI says.</summary>
public sealed class AcpiTablesTests : IDisposable
{
    private const int Header = 36;
    private readonly FirmwareTables _tables = new();

    // Name (_S5_, Package (4) { 5, 0, 0, 0 })
    private static ReadOnlySpan<byte> Sleep => [8, 0x5f, 0x53, 0x35, 0x5f, 0x12, 8, 4, 0x0a, 5, 0x0a, 0, 0, 0];

    public void Dispose() => _tables.Dispose();

    [Fact]
    public void By_a_port()
    {
        Add(flags: 0, Sleep);
        Assert.True(AcpiTables.TryFindSoftOff(_tables.Memory, FirmwareTables.Root, out AcpiTables.SoftOff off));
        Assert.Equal(new AcpiTables.SoftOff(true, 0x604, (5 << 10) | (1 << 13)), off);
    }

    [Fact]
    public void By_a_register_in_memory_where_the_hardware_is_reduced()
    {
        Add(flags: 1 << 20, Sleep);
        Assert.True(AcpiTables.TryFindSoftOff(_tables.Memory, FirmwareTables.Root, out AcpiTables.SoftOff off));
        Assert.Equal(new AcpiTables.SoftOff(false, 0xfed0_0000, (5 << 2) | (1 << 5)), off);
    }

    [Fact]
    public void Not_where_the_tables_do_not_say()
    {
        Assert.False(AcpiTables.TryFindSoftOff(_tables.Memory, 0, out _));
        Assert.False(AcpiTables.TryFindSoftOff(_tables.Memory, FirmwareTables.Root, out _));
        Add(flags: 0, "nothing of it"u8);
        Assert.False(AcpiTables.TryFindSoftOff(_tables.Memory, FirmwareTables.Root, out _));
    }

    [Fact]
    public void Whatever_the_package_holds_is_read_within_it()
    {
        var random = new Random(5);
        for (int round = 0; round < 5000; round++)
        {
            // The DSDT ends with the memory.
            byte[] body = Sleep[..random.Next(5, Sleep.Length + 1)].ToArray();
            body[random.Next(5, Math.Max(6, body.Length)) % body.Length] = (byte)random.Next(256);
            uint address = (uint)(FirmwareTables.Length - Header - body.Length);
            _tables.AddAt(address, "DSDT", body);
            AddFixed(address, flags: 0);
            _ = AcpiTables.TryFindSoftOff(_tables.Memory, FirmwareTables.Root, out _);
        }
    }

    private void Add(uint flags, ReadOnlySpan<byte> dsdt)
    {
        uint address = _tables.Add("DSDT", dsdt);
        AddFixed(address, flags);
    }

    private void AddFixed(uint dsdt, uint flags)
    {
        const uint Place = 0x180000;
        var body = new byte[256 - Header];
        BitConverter.TryWriteBytes(body.AsSpan(40 - Header), dsdt);
        BitConverter.TryWriteBytes(body.AsSpan(64 - Header), 0x604);
        BitConverter.TryWriteBytes(body.AsSpan(112 - Header), flags);
        BitConverter.TryWriteBytes(body.AsSpan(248 - Header), 0xfed0_0000UL);
        _tables.AddAt(Place, "FACP", body);
        if (_tables.Bytes[(int)FirmwareTables.Root] == 0)
        {
            _tables.AddRoot(isExtended: false, Place);
        }
    }
}
