using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Tests.FileSystems;

/// <summary>Writes cpio archives, malformed ones too: every field of a header can be set.</summary>
internal sealed class CpioBuilder
{
    private readonly List<byte> _bytes = [];
    private uint _nextNumber = 1;

    public bool WithChecksums { get; init; }

    public byte[] ToArray() => [.. _bytes];

    public int Length => _bytes.Count;

    public CpioBuilder File(string name, ReadOnlySpan<byte> data, bool aligned = false, uint mode = 0x81a4, uint links = 1, uint? number = null) =>
        Entry(name, mode, data, aligned, links, number);

    public CpioBuilder File(string name, string data) => File(name, Encoding.Latin1.GetBytes(data));

    public CpioBuilder Directory(string name, uint mode = 0x41ed) => Entry(name, mode, default);

    public CpioBuilder Link(string name, string target) => Entry(name, FileMode.S_IFLNK | 0x1ff, Encoding.Latin1.GetBytes(target));

    public CpioBuilder Device(string name, uint mode, uint major, uint minor) => Entry(name, mode, default, deviceMajor: major, deviceMinor: minor);

    public CpioBuilder Trailer() => Entry("TRAILER!!!", 0, default);

    public CpioBuilder Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public CpioBuilder Zeros(int count) => Raw(new byte[count]);

    public CpioBuilder Entry(
        string name, uint mode, ReadOnlySpan<byte> data, bool aligned = false, uint links = 1, uint? number = null,
        uint deviceMajor = 0, uint deviceMinor = 0, uint? nameSize = null, uint? dataSize = null, string? magic = null, uint? checksum = null)
    {
        byte[] nameBytes = [.. Encoding.Latin1.GetBytes(name), 0];
        int padded = nameBytes.Length;
        while ((_bytes.Count + 110 + padded) % (aligned ? 4096 : 4) != 0)
        {
            padded++;
        }

        // Aligned data: the name field is filled up with NULs, as the host tool's writer does.
        uint size = aligned ? (uint)padded : (uint)nameBytes.Length;
        uint sum = 0;
        foreach (byte value in data)
        {
            sum += value;
        }

        uint[] fields =
        [
            number ?? _nextNumber++, mode, 7, 8, links, 1_000_000_000, dataSize ?? (uint)data.Length,
            0, 0, deviceMajor, deviceMinor, nameSize ?? size, checksum ?? (WithChecksums ? sum : 0),
        ];
        var header = new StringBuilder(magic ?? (WithChecksums ? "070702" : "070701"));
        foreach (uint field in fields)
        {
            header.Append(field.ToString("X8", CultureInfo.InvariantCulture));
        }

        _bytes.AddRange(Encoding.ASCII.GetBytes(header.ToString()));
        _bytes.AddRange(nameBytes);
        Zeros(padded - nameBytes.Length);
        _bytes.AddRange(data);
        return Zeros(-_bytes.Count & 3);
    }
}
