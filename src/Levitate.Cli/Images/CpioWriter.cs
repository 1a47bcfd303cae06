using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Levitate.Cli.Images;

/// <summary>Writes a tree of an image as a cpio archive. It depends on the tree alone: no times, no host owners.</summary>
internal static class CpioWriter
{
    private const uint S_IFBLK = 0x6000;
    private const uint S_IFCHR = 0x2000;
    private const uint S_IFDIR = 0x4000;
    private const uint S_IFLNK = 0xA000;
    private const uint S_IFREG = 0x8000;

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
        var archive = new CpioStream(output);
        var links = new LinkTable(tree);
        foreach ((byte[] path, ImageNode node) in tree.Nodes)
        {
            switch (node)
            {
                case ImageDirectory:
                    archive.Write(path, new CpioHeader(links.NextInode(), S_IFDIR | (uint)node.Permissions, 2), default);
                    break;
                case ImageSymbolicLink link:
                    archive.Write(path, new CpioHeader(links.NextInode(), S_IFLNK | 0x1FF, 1), link.Target.Span);
                    break;
                case ImageDevice device:
                    uint type = device.IsBlock ? S_IFBLK : S_IFCHR;
                    archive.Write(path, new CpioHeader(links.NextInode(), type | (uint)device.Permissions, 1) { Device = (device.Major, device.Minor) }, default);
                    break;
                case ImageFile or ImageHardLink:
                    (uint inode, uint count, ImageFile file, bool isLast) = links.Next(path, node);
                    ReadOnlySpan<byte> content = isLast ? file.Content.Span : default;
                    archive.BeginFile(path, new CpioHeader(inode, S_IFREG | (uint)file.Permissions, count), content.Length);
                    archive.WriteContent(content);
                    archive.EndContent();
                    break;
            }
        }

        archive.WriteTrailer();
    }

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
}
