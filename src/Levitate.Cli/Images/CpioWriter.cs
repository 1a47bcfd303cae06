using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Levitate.Cli.Images;

/// <summary>
/// Writes a cpio archive in the "new ASCII" format (newc, magic 070701) that Linux and LevitateOS unpack at boot.
/// Every file's bytes begin at a multiple of 4096, so that the kernel maps them where they lie; what that takes is NUL
/// bytes behind the name, which its length counts. An archive depends on the tree alone: no times, no host owners.
/// </summary>
/// <remarks>Format: cpio(5); Linux: Documentation/driver-api/early-userspace/buffer-format.rst.</remarks>
internal static class CpioWriter
{
    /// <summary>Where file data begins, in bytes from the archive's start.</summary>
    public const int DataAlignment = 4096;

    private const int HeaderSize = 110;
    private const int FieldAlignment = 4;

    // Linux skips an entry whose name, padding included, is longer than this.
    private const int MaximumNameSize = 4096;

    private const uint S_IFBLK = 0x6000;
    private const uint S_IFCHR = 0x2000;
    private const uint S_IFDIR = 0x4000;
    private const uint S_IFLNK = 0xA000;
    private const uint S_IFREG = 0x8000;

    /// <summary>What a header says, apart from the name.</summary>
    private readonly record struct Header(uint Inode, uint Mode, uint Links, int Size, uint Major = 0, uint Minor = 0);

    /// <summary>The whole archive.</summary>
    public static byte[] ToArray(ImageTree tree)
    {
        using var output = new MemoryStream();
        Write(tree, output);
        return output.ToArray();
    }

    /// <summary>Writes the whole archive at the stream's start.</summary>
    public static void Write(ImageTree tree, Stream output)
    {
        var position = new CountingWriter(output);
        var links = new LinkTable(tree);
        foreach ((byte[] path, ImageNode node) in tree.Nodes)
        {
            switch (node)
            {
                case ImageDirectory:
                    WriteEntry(position, path, new Header(links.NextInode(), S_IFDIR | (uint)node.Permissions, 2, 0), default);
                    break;
                case ImageSymbolicLink link:
                    WriteEntry(position, path, new Header(links.NextInode(), S_IFLNK | 0x1FF, 1, link.Target.Length), link.Target.Span);
                    break;
                case ImageDevice device:
                    uint type = device.IsBlock ? S_IFBLK : S_IFCHR;
                    WriteEntry(position, path, new Header(links.NextInode(), type | (uint)device.Permissions, 1, 0, device.Major, device.Minor), default);
                    break;
                case ImageFile or ImageHardLink:
                    (uint inode, uint count, ImageFile file, bool isLast) = links.Next(path, node);
                    ReadOnlySpan<byte> content = isLast ? file.Content.Span : default;
                    WriteFile(position, path, new Header(inode, S_IFREG | (uint)file.Permissions, count, content.Length), content);
                    break;
            }
        }

        WriteEntry(position, "TRAILER!!!"u8, new Header(0, 0, 1, 0), default);
    }

    private static void WriteFile(CountingWriter output, ReadOnlySpan<byte> path, Header header, ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
        {
            WriteEntry(output, path, header, content);
            return;
        }

        int nameSize = NameSizeForAlignedData(output.Position, path.Length);
        if (nameSize > MaximumNameSize)
        {
            // A long name that happens to lie badly: an empty entry for the root directory moves it.
            int first = nameSize - MaximumNameSize + FieldAlignment;
            WriteEntry(output, "."u8, new Header(0, S_IFDIR | 0x1ED, 2, 0), default, RoundUp(first, FieldAlignment));
            nameSize = NameSizeForAlignedData(output.Position, path.Length);
        }

        WriteEntry(output, path, header, content, nameSize);
    }

    // The least size of a name with its NUL and padding that puts what follows it at a multiple of DataAlignment.
    private static int NameSizeForAlignedData(long position, int nameLength)
    {
        long end = RoundUp(position + HeaderSize + nameLength + 1, DataAlignment);
        return (int)(end - position - HeaderSize);
    }

    private static void WriteEntry(CountingWriter output, ReadOnlySpan<byte> path, Header header, ReadOnlySpan<byte> content, int nameSize = 0)
    {
        nameSize = Math.Max(nameSize, path.Length + 1);
        uint[] fields =
        [
            header.Inode, header.Mode, 0, 0, header.Links, 0, (uint)header.Size,
            0, 0, header.Major, header.Minor, (uint)nameSize, 0,
        ];
        var text = new StringBuilder("070701", HeaderSize);
        foreach (uint field in fields)
        {
            text.Append(field.ToString("x8", CultureInfo.InvariantCulture));
        }

        output.Write(Encoding.ASCII.GetBytes(text.ToString()));
        output.Write(path);
        output.Pad(nameSize - path.Length);
        output.PadTo(FieldAlignment);
        output.Write(content);
        output.PadTo(FieldAlignment);
    }

    private static long RoundUp(long value, int alignment) => (value + alignment - 1) / alignment * alignment;

    private static int RoundUp(int value, int alignment) => (int)RoundUp((long)value, alignment);

    /// <summary>Numbers the inodes; names of one file share a number and a count, and the data goes with the last name, as GNU cpio writes it.</summary>
    private sealed class LinkTable
    {
        private readonly Dictionary<string, string> _originals = [];
        private readonly Dictionary<string, (ImageFile File, uint Count, uint Seen, uint Inode)> _files = [];
        private uint _inode;

        public LinkTable(ImageTree tree)
        {
            foreach ((byte[] path, ImageNode node) in tree.Nodes)
            {
                string key = Key(path);
                if (node is ImageFile file)
                {
                    _originals[key] = key;
                    uint count = _files.TryGetValue(key, out var known) ? known.Count + 1 : 1;
                    _files[key] = (file, count, 0, 0);
                }
                else if (node is ImageHardLink link)
                {
                    string original = Key(link.Existing.Span);
                    _originals[key] = original;
                    _files[original] = _files.TryGetValue(original, out var known) ? known with { Count = known.Count + 1 } : (null!, 1, 0, 0);
                }
            }
        }

        public uint NextInode() => ++_inode;

        public (uint Inode, uint Count, ImageFile File, bool IsLast) Next(byte[] path, ImageNode node)
        {
            string original = _originals[Key(path)];
            var state = _files[original];
            if (state.File is null)
            {
                throw new ToolException($"The image has a hard link to something that is not a regular file.", $"Look at {node}.");
            }

            state = state with { Seen = state.Seen + 1, Inode = state.Inode == 0 ? NextInode() : state.Inode };
            _files[original] = state;
            return (state.Inode, state.Count, state.File, state.Seen == state.Count);
        }

        private static string Key(ReadOnlySpan<byte> path) => Encoding.Latin1.GetString(path).Trim('/');
    }

    private sealed class CountingWriter(Stream output)
    {
        public long Position { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            output.Write(bytes);
            Position += bytes.Length;
        }

        public void Pad(int count) => Write(new byte[count]);

        public void PadTo(int alignment) => Pad((int)(RoundUp(Position, alignment) - Position));
    }
}
