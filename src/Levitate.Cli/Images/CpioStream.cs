using System;
using System.Globalization;
using System.IO;
using System.Text;

namespace Levitate.Cli.Images;

/// <summary>What an entry of an archive says beside its name.</summary>
/// <param name="Inode">The file's number, which its names share.</param>
/// <param name="Mode">Type and permissions.</param>
/// <param name="Links">How many names the file has.</param>
internal readonly record struct CpioHeader(uint Inode, uint Mode, uint Links)
{
    /// <summary>The owner.</summary>
    public uint UserId { get; init; }

    /// <summary>The group.</summary>
    public uint GroupId { get; init; }

    /// <summary>The modification time in seconds since 1970.</summary>
    public uint Time { get; init; }

    /// <summary>What a device node stands for.</summary>
    public (uint Major, uint Minor) Device { get; init; }
}

/// <summary>
/// Writes the entries of a cpio archive in the "new ASCII" format (newc, magic 070701) that Linux and LevitateOS unpack
/// at boot. Every file's bytes begin at a multiple of 4096, so that the kernel maps them where they lie; what that takes
/// is NUL bytes behind the name, which its length counts.
/// </summary>
/// <remarks>Format: cpio(5); Linux: Documentation/driver-api/early-userspace/buffer-format.rst.</remarks>
internal sealed class CpioStream(Stream output)
{
    /// <summary>Where file data begins, in bytes from the archive's start.</summary>
    public const int DataAlignment = 4096;

    private const int HeaderSize = 110;
    private const int FieldAlignment = 4;
    private const int LinksOffset = 6 + (4 * 8);

    // Linux skips an entry whose name, padding included, is longer than this.
    private const int MaximumNameSize = 4096;

    private const uint S_IFDIR = 0x4000;

    /// <summary>Bytes that were written.</summary>
    public long Position { get; private set; }

    /// <summary>Writes an entry with all of its content; a file's lies aligned.</summary>
    public void Write(ReadOnlySpan<byte> path, CpioHeader header, ReadOnlySpan<byte> content)
    {
        WriteHeader(path, header, content.Length, nameSize: 0);
        WriteContent(content);
        EndContent();
    }

    /// <summary>Begins a regular file; <see cref="WriteContent"/> and <see cref="EndContent"/> follow.</summary>
    /// <returns>Where the entry begins.</returns>
    public long BeginFile(ReadOnlySpan<byte> path, CpioHeader header, long length)
    {
        if (length == 0)
        {
            return WriteHeader(path, header, 0, nameSize: 0);
        }

        int nameSize = NameSizeForAlignedData(path.Length);
        if (nameSize > MaximumNameSize)
        {
            // A long name that happens to lie badly: an empty entry for the root directory moves it.
            int first = nameSize - MaximumNameSize + FieldAlignment;
            WriteHeader("."u8, new CpioHeader(0, S_IFDIR | 0x1ED, 2), 0, (first + FieldAlignment - 1) / FieldAlignment * FieldAlignment);
            nameSize = NameSizeForAlignedData(path.Length);
        }

        return WriteHeader(path, header, checked((uint)length), nameSize);
    }

    /// <summary>Writes a piece of an entry's content.</summary>
    public void WriteContent(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        Position += bytes.Length;
    }

    /// <summary>The entry has all of its content.</summary>
    public void EndContent() => PadTo(FieldAlignment);

    /// <summary>Changes how many names the file of an entry has; the stream must be one that can seek.</summary>
    public void SetLinks(long entry, uint links)
    {
        output.Position = entry + LinksOffset;
        output.Write(Encoding.ASCII.GetBytes(links.ToString("x8", CultureInfo.InvariantCulture)));
        output.Position = Position;
    }

    /// <summary>Ends the archive.</summary>
    public void WriteTrailer() => Write("TRAILER!!!"u8, new CpioHeader(0, 0, 1), default);

    // The least size of a name with its NUL and padding that puts what follows it at a multiple of DataAlignment.
    private int NameSizeForAlignedData(int nameLength)
    {
        long end = (Position + HeaderSize + nameLength + 1 + DataAlignment - 1) / DataAlignment * DataAlignment;
        return (int)(end - Position - HeaderSize);
    }

    private long WriteHeader(ReadOnlySpan<byte> path, CpioHeader header, long length, int nameSize)
    {
        long start = Position;
        nameSize = Math.Max(nameSize, path.Length + 1);
        ReadOnlySpan<uint> fields =
        [
            header.Inode, header.Mode, header.UserId, header.GroupId, header.Links, header.Time, (uint)length,
            0, 0, header.Device.Major, header.Device.Minor, (uint)nameSize, 0,
        ];
        var text = new StringBuilder("070701", HeaderSize);
        foreach (uint field in fields)
        {
            text.Append(CultureInfo.InvariantCulture, $"{field:x8}");
        }

        WriteContent(Encoding.ASCII.GetBytes(text.ToString()));
        WriteContent(path);
        Pad(nameSize - path.Length);
        PadTo(FieldAlignment);
        return start;
    }

    private void PadTo(int alignment) => Pad((int)(((Position + alignment - 1) / alignment * alignment) - Position));

    private void Pad(int count)
    {
        Span<byte> zeros = stackalloc byte[count];
        zeros.Clear();
        WriteContent(zeros);
    }
}
