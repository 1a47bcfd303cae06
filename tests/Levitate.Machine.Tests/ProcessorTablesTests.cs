using System;
using Levitate.Floor;
using Xunit;

namespace Levitate.Machine.Tests;

/// <summary>Which processors the firmware tells of.</summary>
public sealed unsafe class ProcessorTablesTests : IDisposable
{
    private const uint ExtendedBiosSegment = 0x40e;
    private readonly FirmwareTables _tables = new();

    // A processor that may be used, one that may not, an interrupt controller, a processor of another kind of entry.
    private static ReadOnlySpan<byte> MultipleApic =>
    [
        0, 0, 0xe0, 0xfe, 1, 0, 0, 0,
        0, 8, 0, 0, 1, 0, 0, 0,
        0, 8, 1, 7, 0, 0, 0, 0,
        1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
        0, 8, 2, 4, 1, 0, 0, 0,
    ];

    public void Dispose() => _tables.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Those_of_ACPI_that_may_be_used_are_found(bool isExtended)
    {
        uint other = _tables.Add("FACP", new byte[80]);
        _tables.AddRoot(isExtended, other, _tables.Add("APIC", MultipleApic));
        Assert.Equal([0, 4], Find());
    }

    [Fact]
    public void Where_ACPI_names_none_those_of_the_older_table_are_found()
    {
        AddMultiProcessor(0x9fc00, [0, 1, 2]);
        Assert.Equal([0, 1, 2], Find());
    }

    [Theory]
    [InlineData(0x9f000u)]
    [InlineData(0xf5a30u)]
    public void The_older_table_is_searched_for_where_it_may_be(uint pointer)
    {
        _tables.Store(ExtendedBiosSegment, 0x9f00);
        AddMultiProcessor(pointer, [0, 3]);
        Assert.Equal([0, 3], Find());
    }

    [Fact]
    public void A_wrong_sum_makes_the_older_table_none()
    {
        AddMultiProcessor(0x9fc00, [0, 1]);
        _tables.Bytes[0x9fc00 + 12] ^= 1;
        Assert.Empty(Find());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(35u)]
    [InlineData(uint.MaxValue)]
    [InlineData((1u << 20) + 1)]
    public void A_list_of_a_senseless_length_has_nothing(uint length)
    {
        uint table = _tables.Add("APIC", MultipleApic);
        _tables.AddRoot(isExtended: false, table);
        _tables.Store(BitConverter.ToUInt32(_tables.Bytes[(int)(FirmwareTables.Root + 16)..]) + 4, length);
        Assert.Empty(Find());
    }

    [Theory]
    [InlineData(FirmwareTables.Length - 35u)]
    [InlineData((uint)FirmwareTables.Length)]
    [InlineData(uint.MaxValue)]
    public void A_table_that_lies_outside_is_passed_over(uint outside)
    {
        _tables.AddRoot(isExtended: false, outside, 0, _tables.Add("APIC", MultipleApic));
        Assert.Equal([0, 4], Find());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    public void An_entry_of_a_senseless_length_ends_the_table(byte length)
    {
        byte[] body = MultipleApic.ToArray();
        body[17] = length;
        _tables.AddRoot(isExtended: true, _tables.Add("APIC", body));
        Assert.Equal([0], Find());
    }

    [Fact]
    public void More_than_there_can_be_are_not_stored()
    {
        var body = new byte[8 + (300 * 8)];
        for (int i = 0; i < 300; i++)
        {
            new byte[] { 0, 8, 0, (byte)i, 1, 0, 0, 0 }.CopyTo(body, 8 + (i * 8));
        }

        _tables.AddRoot(isExtended: true, _tables.Add("APIC", body));
        Assert.Equal(ProcessorTables.MaximumCount, Find().Length);
    }

    [Fact]
    public void Tables_up_to_the_last_byte_with_anything_in_them_are_read_within_bounds()
    {
        var random = new Random(17);
        uint last = FirmwareTables.Length - 36 - (uint)MultipleApic.Length;
        _tables.AddRoot(isExtended: true, last);
        for (int round = 0; round < 20_000; round++)
        {
            _tables.AddAt(last, "APIC", MultipleApic);
            AddMultiProcessor(0x9fc00, [0, 1, 2]);
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                uint place = random.Next(3) switch
                {
                    0 => FirmwareTables.Root + (uint)random.Next(36),
                    1 => (uint)random.Next((int)last, FirmwareTables.Length),
                    _ => 0x9fc00 + (uint)random.Next(128),
                };
                _tables.Bytes[(int)place] = (byte)random.Next(256);
            }

            Assert.InRange(Find().Length, 0, ProcessorTables.MaximumCount);
        }
    }

    private byte[] Find()
    {
        // One more than there is room for is not touched.
        byte* found = stackalloc byte[ProcessorTables.MaximumCount + 1];
        found[ProcessorTables.MaximumCount] = 0x5a;
        int count = ProcessorTables.Find(_tables.Memory, FirmwareTables.Root, found);
        Assert.Equal(0x5a, found[ProcessorTables.MaximumCount]);
        return new ReadOnlySpan<byte>(found, count).ToArray();
    }

    /// <summary>Puts the MP pointer at an address, and its table, with processors and one other entry, behind it.</summary>
    private void AddMultiProcessor(uint pointer, ReadOnlySpan<byte> apicIds)
    {
        const int HeaderBytes = 44;
        Span<byte> table = _tables.Bytes.Slice((int)pointer + 16, HeaderBytes + (20 * apicIds.Length) + 8);
        table.Clear();
        "PCMP"u8.CopyTo(table);
        BitConverter.TryWriteBytes(table[4..], (ushort)table.Length);
        for (int i = 0; i < apicIds.Length; i++)
        {
            table[HeaderBytes + (20 * i) + 1] = apicIds[i];
            table[HeaderBytes + (20 * i) + 3] = 1;
        }

        table[^8] = 1;
        table[7] = Complement(table);
        Span<byte> first = _tables.Bytes.Slice((int)pointer, 16);
        first.Clear();
        "_MP_"u8.CopyTo(first);
        BitConverter.TryWriteBytes(first[4..], pointer + 16);
        first[8] = 1;
        first[10] = Complement(first);
    }

    private static byte Complement(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte one in bytes)
        {
            sum = unchecked((byte)(sum + one));
        }

        return unchecked((byte)-sum);
    }
}
