using System;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.FileSystems.Initramfs;

/// <summary>
/// Reads a cpio archive in the "newc" formats 070701 and 070702 (with checksums), or several of them one after the other
/// with zeros between. Every byte is suspect: whatever it holds, a read ends with an entry, the end, or a fault.
/// </summary>
/// <remarks>Linux: Documentation/driver-api/early-userspace/buffer-format.rst; cpio(5).</remarks>
internal ref struct CpioReader(ReadOnlySpan<byte> archive)
{
    private const int HeaderLength = 110;

    /// <summary>Linux's PATH_MAX less the NUL.</summary>
    private const int MaximumName = 4095;

    private readonly ReadOnlySpan<byte> _archive = archive;
    private int _position;

    /// <summary>Where the entry that was read last begins.</summary>
    public int Offset { get; private set; }

    /// <summary>What is wrong at <see cref="Offset"/>, once a read failed.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether a trailer was passed since the entry before: hard links do not reach over it.</summary>
    public bool StartsArchive { get; private set; }

    /// <summary>Reads the next entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>False at the end; EINVAL with <see cref="Fault"/> set.</returns>
    public Result<bool> Next(out CpioEntry entry)
    {
        entry = default;
        StartsArchive = _position == 0;
        while (true)
        {
            SkipPadding();
            if (_position == _archive.Length)
            {
                return false;
            }

            Errno error = ReadEntry(out entry);
            if (error != Errno.None)
            {
                return error;
            }

            if (!Name(entry).SequenceEqual("TRAILER!!!"u8))
            {
                return true;
            }

            StartsArchive = true;
        }
    }

    /// <summary>An entry's name.</summary>
    public readonly ReadOnlySpan<byte> Name(in CpioEntry entry) => _archive.Slice(entry.NameOffset, entry.NameLength);

    /// <summary>An entry's data.</summary>
    public readonly ReadOnlySpan<byte> Data(in CpioEntry entry) => _archive.Slice(entry.DataOffset, entry.DataLength);

    /// <summary>Zeros up to the next header, and up to the end.</summary>
    private void SkipPadding()
    {
        int zeros = _archive[_position..].IndexOfAnyExcept((byte)0);
        _position = zeros < 0 ? _archive.Length : _position + zeros;
    }

    private Errno ReadEntry(out CpioEntry entry)
    {
        entry = default;
        Offset = _position;
        ReadOnlySpan<byte> rest = _archive[_position..];
        if ((_position & 3) != 0)
        {
            return Fail("a header is not aligned to 4 bytes");
        }

        if (rest.Length < HeaderLength)
        {
            return Fail("the archive ends within a header");
        }

        bool hasChecksum = rest.StartsWith("070702"u8);
        if (!hasChecksum && !rest.StartsWith("070701"u8))
        {
            return Fail("neither 070701 nor 070702 stands where a header must begin");
        }

        Span<uint> fields = stackalloc uint[13];
        for (int i = 0; i < fields.Length; i++)
        {
            if (!TryParseHex(rest.Slice(6 + (8 * i), 8), out fields[i]))
            {
                return Fail("a number in the header is not hexadecimal");
            }
        }

        uint nameSize = fields[11], dataLength = fields[6];
        long nameEnd = (long)_position + HeaderLength + nameSize;
        long dataOffset = Align(nameEnd);
        if (nameSize == 0 || nameEnd > _archive.Length || dataOffset + dataLength > _archive.Length)
        {
            return Fail("an entry reaches beyond the archive");
        }

        int nameLength = rest.Slice(HeaderLength, (int)nameSize).IndexOf((byte)0);
        if (nameLength is < 1 or > MaximumName)
        {
            return Fail("a name is empty, too long, or has no NUL at its end");
        }

        entry = new CpioEntry(
            fields[0], fields[1], fields[2], fields[3], fields[4], fields[5],
            new DeviceNumber(fields[7], fields[8]), new DeviceNumber(fields[9], fields[10]),
            _position + HeaderLength, nameLength, (int)dataOffset, (int)dataLength);
        if (hasChecksum && (fields[1] & FileMode.S_IFMT) == FileMode.S_IFREG && Sum(Data(entry)) != fields[12])
        {
            return Fail("a checksum is wrong");
        }

        _position = (int)Math.Min(Align(dataOffset + dataLength), _archive.Length);
        return Errno.None;
    }

    private Errno Fail(string fault)
    {
        Fault = fault;
        return Errno.EINVAL;
    }

    /// <summary>Eight digits, no sign, no blank. By hand: thirteen a file are a good part of the time to mount the root.</summary>
    private static bool TryParseHex(ReadOnlySpan<byte> digits, out uint value)
    {
        value = 0;
        foreach (byte digit in digits)
        {
            uint number = digit - (uint)'0';
            if (number > 9)
            {
                number = (digit | 0x20u) - 'a';
                if (number > 5)
                {
                    return false;
                }

                number += 10;
            }

            value = (value << 4) | number;
        }

        return true;
    }

    private static uint Sum(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        foreach (byte value in data)
        {
            sum = unchecked(sum + value);
        }

        return sum;
    }

    private static long Align(long offset) => (offset + 3) & ~3L;
}
