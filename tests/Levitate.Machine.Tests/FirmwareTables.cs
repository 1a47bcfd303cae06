using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Levitate.Floor;

namespace Levitate.Machine.Tests;

/// <summary>
/// The first two MiB of a machine's memory with the tables of its firmware, to be laid out by a test. What lies behind
/// cannot be read: a reader that goes past the end ends the test run.
/// </summary>
internal sealed unsafe class FirmwareTables : IDisposable
{
    public const int Length = 2 << 20;
    public const uint Root = 0xe0000;

    private const int Header = 36;
    private const int GuardBytes = 1 << 16;
    private readonly byte* _start;
    private uint _next = 0x100000;

    public FirmwareTables()
    {
        const int ReadWrite = 3;
        const int PrivateAnonymous = 0x22;
        nint mapped = MapMemory(0, Length + GuardBytes, ReadWrite, PrivateAnonymous, -1, 0);
        if (mapped == -1 || Protect(mapped + Length, GuardBytes, 0) != 0)
        {
            throw new InvalidOperationException("no memory");
        }

        _start = (byte*)mapped;
    }

    public FirmwareMemory Memory => new(_start, Length);

    public Span<byte> Bytes => new(_start, Length);

    /// <summary>Puts a table where there is room, and says where.</summary>
    public uint Add(string signature, ReadOnlySpan<byte> body)
    {
        uint address = _next;
        AddAt(address, signature, body);
        _next += (uint)(Header + body.Length + 15) & ~15u;
        return address;
    }

    /// <summary>Puts a table at an address.</summary>
    public void AddAt(uint address, string signature, ReadOnlySpan<byte> body)
    {
        Span<byte> table = Bytes[(int)address..];
        System.Text.Encoding.ASCII.GetBytes(signature, table);
        Store(address + 4, (uint)(Header + body.Length));
        body.CopyTo(table[Header..]);
    }

    /// <summary>Puts the root pointer, and the list of tables that it leads to.</summary>
    public void AddRoot(bool isExtended, params uint[] tables)
    {
        var body = new List<byte>();
        foreach (uint table in tables)
        {
            body.AddRange(isExtended ? BitConverter.GetBytes((ulong)table) : BitConverter.GetBytes(table));
        }

        uint list = Add(isExtended ? "XSDT" : "RSDT", body.ToArray());
        "RSD PTR "u8.CopyTo(Bytes[(int)Root..]);
        Bytes[(int)Root + 15] = isExtended ? (byte)2 : (byte)0;
        Store(isExtended ? Root + 24 : Root + 16, list);
    }

    /// <summary>Stores 32 bits.</summary>
    public void Store(uint address, uint value) => BitConverter.TryWriteBytes(Bytes[(int)address..], value);

    public void Dispose() => _ = UnmapMemory((nint)_start, Length + GuardBytes);

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern nint MapMemory(nint address, nint length, int protection, int flags, int descriptor, nint offset);

    [DllImport("libc", EntryPoint = "mprotect")]
    private static extern int Protect(nint address, nint length, int protection);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int UnmapMemory(nint address, nint length);
}
