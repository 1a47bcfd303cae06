namespace Levitate.Floor;

/// <summary>
/// Physical memory as the tables of firmware lie in it: what lies outside is nothing, and each length that a table names is
/// checked against it. A test has such memory of its own.
/// </summary>
/// <param name="start">Where physical address 0 is seen.</param>
/// <param name="reach">Bytes that are seen from there.</param>
public readonly unsafe struct FirmwareMemory(byte* start, ulong reach)
{
    /// <summary>Bytes of the header that all ACPI tables begin with (ACPI 6.5, 5.2.6).</summary>
    public const uint SystemTableHeader = 36;

    private const uint LargestTable = 1 << 20;

    /// <summary>What the direct map reaches from the beginning.</summary>
    public static FirmwareMemory OfMachine => new(DirectMap.Pointer(0), 1UL << 32);

    /// <summary>Bytes at an address; null where they are not all there.</summary>
    public byte* Find(ulong address, uint length) => address == 0 || length > reach || address > reach - length ? null : start + address;

    /// <summary>An ACPI table at an address; null where there is none of a sensible length.</summary>
    public byte* FindSystemTable(ulong address, out uint length)
    {
        byte* table = Find(address, SystemTableHeader);
        length = table == null ? 0 : *(uint*)(table + 4);
        return length is >= SystemTableHeader and <= LargestTable ? Find(address, length) : null;
    }

    /// <summary>The first ACPI table of a name; null where there is none.</summary>
    /// <param name="rootPointer">The address of the root system description pointer (ACPI 6.5, 5.2.5); 0: there is none.</param>
    /// <param name="signature">The name's four letters, the first one lowest.</param>
    /// <param name="length">Bytes of the table, its header included.</param>
    public byte* FindSystemTable(ulong rootPointer, uint signature, out uint length)
    {
        const ulong RootSignature = 0x20525450_20445352;
        const uint RootBytes = 20;
        const uint ExtendedRootBytes = 36;
        length = 0;
        byte* root = Find(rootPointer, RootBytes);
        if (root == null || *(ulong*)root != RootSignature)
        {
            return null;
        }

        // From revision 2 on there is a list with 64-bit addresses.
        bool isExtended = root[15] >= 2 && Find(rootPointer, ExtendedRootBytes) != null && *(ulong*)(root + 24) != 0;
        uint width = isExtended ? 8u : 4u;
        byte* list = FindSystemTable(isExtended ? *(ulong*)(root + 24) : *(uint*)(root + 16), out uint listLength);
        for (uint offset = SystemTableHeader; list != null && offset + width <= listLength; offset += width)
        {
            byte* table = FindSystemTable(isExtended ? *(ulong*)(list + offset) : *(uint*)(list + offset), out length);
            if (table != null && *(uint*)table == signature)
            {
                return table;
            }
        }

        return null;
    }
}
