namespace Levitate.Floor;

/// <summary>
/// Which CPUs the firmware tells of: ACPI's multiple APIC description table (ACPI 6.5, 5.2.12), and where there is no ACPI,
/// as on microvm, the table of Intel's MultiProcessor Specification 1.4, chapter 4. All lengths are checked; what lies
/// above 4 GiB the direct map does not reach yet.
/// </summary>
internal static unsafe class ProcessorTables
{
    /// <summary>An ID of the older controllers has eight bits, of which all set means everyone.</summary>
    internal const int MaximumCount = 255;

    private const ulong Reach = 1UL << 32;
    private const uint LargestTable = 1 << 20;
    private const uint SystemTableHeader = 36;

    /// <summary>Stores the IDs of the local interrupt controllers of all CPUs that may be used.</summary>
    /// <param name="apicIds">Room for <see cref="MaximumCount"/>.</param>
    /// <returns>How many.</returns>
    internal static int Find(byte* apicIds)
    {
        int count = BootInfo.AcpiRoot == 0 ? 0 : ReadAcpi(BootInfo.AcpiRoot, apicIds);
        return count > 0 ? count : ReadMultiProcessor(apicIds);
    }

    private static int ReadAcpi(ulong rootPointer, byte* apicIds)
    {
        const ulong RootSignature = 0x20525450_20445352;
        byte* root = Map(rootPointer, SystemTableHeader);
        if (root == null || *(ulong*)root != RootSignature)
        {
            return 0;
        }

        // From revision 2 on there is a list with 64-bit addresses.
        bool isExtended = root[15] >= 2 && *(ulong*)(root + 24) != 0;
        uint width = isExtended ? 8u : 4u;
        byte* list = MapSystemTable(isExtended ? *(ulong*)(root + 24) : *(uint*)(root + 16), out uint listLength);
        for (uint offset = SystemTableHeader; list != null && offset + width <= listLength; offset += width)
        {
            const uint MultipleApicSignature = 0x43495041;
            byte* table = MapSystemTable(isExtended ? *(ulong*)(list + offset) : *(uint*)(list + offset), out uint length);
            if (table != null && *(uint*)table == MultipleApicSignature)
            {
                return ReadMultipleApic(table, length, apicIds);
            }
        }

        return 0;
    }

    private static int ReadMultipleApic(byte* table, uint length, byte* apicIds)
    {
        const byte LocalApicEntry = 0;
        const uint Enabled = 1;
        int count = 0;
        uint offset = SystemTableHeader + 8;
        while (offset + 2 <= length && table[offset + 1] >= 2 && offset + table[offset + 1] <= length)
        {
            byte* entry = table + offset;
            if (entry[0] == LocalApicEntry && entry[1] >= 8 && (*(uint*)(entry + 4) & Enabled) != 0 && count < MaximumCount)
            {
                apicIds[count++] = entry[3];
            }

            offset += entry[1];
        }

        return count;
    }

    /// <summary>The pointer lies in the first KiB of the extended BIOS data area, the last of base memory, or the BIOS's ROM.</summary>
    private static int ReadMultiProcessor(byte* apicIds)
    {
        ulong extendedData = (ulong)*(ushort*)DirectMap.Pointer(0x40e) << 4;
        int count = extendedData is >= 0x80000 and < 0xa0000 ? SearchPointer(extendedData, extendedData + 1024, apicIds) : 0;
        count = count > 0 ? count : SearchPointer(0x9fc00, 0xa0000, apicIds);
        return count > 0 ? count : SearchPointer(0xf0000, 0x100000, apicIds);
    }

    private static int SearchPointer(ulong start, ulong end, byte* apicIds)
    {
        const uint PointerSignature = 0x5f504d5f;
        for (ulong address = start; address < end; address += 16)
        {
            byte* pointer = DirectMap.Pointer(address);
            if (*(uint*)pointer == PointerSignature && pointer[8] == 1 && Sum(pointer, 16) == 0)
            {
                return ReadConfiguration(*(uint*)(pointer + 4), apicIds);
            }
        }

        return 0;
    }

    private static int ReadConfiguration(ulong address, byte* apicIds)
    {
        const uint Signature = 0x504d4350;
        const uint HeaderBytes = 44;
        byte* table = Map(address, HeaderBytes);
        uint length = table == null ? 0u : *(ushort*)(table + 4);
        if (table == null || *(uint*)table != Signature || length < HeaderBytes || Map(address, length) == null || Sum(table, length) != 0)
        {
            return 0;
        }

        const byte ProcessorEntry = 0;
        const uint ProcessorBytes = 20;
        const uint OtherBytes = 8;
        int count = 0;
        uint offset = HeaderBytes;
        while (offset + OtherBytes <= length)
        {
            byte* entry = table + offset;
            bool isProcessor = entry[0] == ProcessorEntry;
            if (isProcessor && offset + ProcessorBytes <= length && (entry[3] & 1) != 0 && count < MaximumCount)
            {
                apicIds[count++] = entry[1];
            }

            offset += isProcessor ? ProcessorBytes : OtherBytes;
        }

        return count;
    }

    private static byte Sum(byte* start, uint length)
    {
        uint sum = 0;
        for (uint index = 0; index < length; index++)
        {
            sum += start[index];
        }

        return (byte)sum;
    }

    private static byte* MapSystemTable(ulong address, out uint length)
    {
        byte* table = Map(address, SystemTableHeader);
        length = table == null ? 0 : *(uint*)(table + 4);
        return length is >= SystemTableHeader and <= LargestTable ? Map(address, length) : null;
    }

    private static byte* Map(ulong address, uint length) => address == 0 || address > Reach - length ? null : DirectMap.Pointer(address);
}
