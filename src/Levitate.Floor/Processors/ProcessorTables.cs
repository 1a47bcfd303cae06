namespace Levitate.Floor;

/// <summary>
/// Which CPUs the firmware tells of: ACPI's multiple APIC description table (ACPI 6.5, 5.2.12), and where there is no ACPI,
/// as on microvm, the table of Intel's MultiProcessor Specification 1.4, chapter 4. All lengths are checked.
/// </summary>
internal static unsafe class ProcessorTables
{
    /// <summary>An ID of the older controllers has eight bits, of which all set means everyone.</summary>
    internal const int MaximumCount = 255;

    /// <summary>Stores the IDs of the local interrupt controllers of all CPUs that may be used.</summary>
    /// <param name="memory">Where the tables lie.</param>
    /// <param name="acpiRoot">The address of ACPI's root pointer; 0: there is none.</param>
    /// <param name="apicIds">Room for <see cref="MaximumCount"/>.</param>
    /// <returns>How many.</returns>
    internal static int Find(FirmwareMemory memory, ulong acpiRoot, byte* apicIds)
    {
        const uint MultipleApicSignature = 0x43495041;
        byte* table = memory.FindSystemTable(acpiRoot, MultipleApicSignature, out uint length);
        int count = table == null ? 0 : ReadMultipleApic(table, length, apicIds);
        return count > 0 ? count : ReadMultiProcessor(memory, apicIds);
    }

    private static int ReadMultipleApic(byte* table, uint length, byte* apicIds)
    {
        const byte LocalApicEntry = 0;
        const uint Enabled = 1;
        int count = 0;
        uint offset = FirmwareMemory.SystemTableHeader + 8;
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
    private static int ReadMultiProcessor(FirmwareMemory memory, byte* apicIds)
    {
        byte* segment = memory.Find(0x40e, sizeof(ushort));
        ulong extendedData = segment == null ? 0 : (ulong)*(ushort*)segment << 4;
        int count = extendedData is >= 0x80000 and < 0xa0000 ? SearchPointer(memory, extendedData, extendedData + 1024, apicIds) : 0;
        count = count > 0 ? count : SearchPointer(memory, 0x9fc00, 0xa0000, apicIds);
        return count > 0 ? count : SearchPointer(memory, 0xf0000, 0x100000, apicIds);
    }

    private static int SearchPointer(FirmwareMemory memory, ulong start, ulong end, byte* apicIds)
    {
        const uint PointerSignature = 0x5f504d5f;
        for (ulong address = start; address < end; address += 16)
        {
            byte* pointer = memory.Find(address, 16);
            if (pointer != null && *(uint*)pointer == PointerSignature && pointer[8] == 1 && Sum(pointer, 16) == 0)
            {
                return ReadConfiguration(memory, *(uint*)(pointer + 4), apicIds);
            }
        }

        return 0;
    }

    private static int ReadConfiguration(FirmwareMemory memory, ulong address, byte* apicIds)
    {
        const uint Signature = 0x504d4350;
        const uint HeaderBytes = 44;
        byte* table = memory.Find(address, HeaderBytes);
        uint length = table == null ? 0u : *(ushort*)(table + 4);
        if (table == null || *(uint*)table != Signature || length < HeaderBytes || memory.Find(address, length) == null || Sum(table, length) != 0)
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
}
