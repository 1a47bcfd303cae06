using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Levitate.Cli.Host;

namespace Levitate.Cli.Images;

/// <summary>
/// The contents of an image by path, in the order of the paths' bytes; parents come before what is in them. Paths are
/// bytes, absolute or relative to the root, without "." and "..".
/// </summary>
/// <param name="isOverlay">
/// Whether the tree is unpacked over another one: then the directories on the way to a node stay what they are there.
/// Otherwise those that were not added appear by themselves.
/// </param>
internal sealed class ImageTree(bool isOverlay = false)
{
    // Latin-1: a character a byte, so that the ordinal order of the keys is the order of the bytes.
    private readonly SortedDictionary<string, ImageNode> _nodes = new(StringComparer.Ordinal);

    /// <summary>Everything in it: the path without a leading '/', and the node.</summary>
    public IEnumerable<(byte[] Path, ImageNode Node)> Nodes => _nodes.Select(pair => (Encoding.Latin1.GetBytes(pair.Key), pair.Value));

    /// <summary>How many nodes there are.</summary>
    public int Count => _nodes.Count;

    /// <summary>Adds a node, replacing what was there under the same path.</summary>
    public void Add(string path, ImageNode node) => Add(HostText.Encode(path), node);

    /// <inheritdoc cref="Add(string, ImageNode)"/>
    public void Add(ReadOnlySpan<byte> path, ImageNode node)
    {
        string[] parts = Split(path);
        string key = "";
        foreach (string part in parts[..^1])
        {
            key = Join(key, part);
            if (!_nodes.TryGetValue(key, out ImageNode? parent))
            {
                if (!isOverlay)
                {
                    _nodes[key] = new ImageDirectory();
                }
            }
            else if (parent is not ImageDirectory)
            {
                throw new ToolException($"The image's /{Show(key)} is no directory, so /{Show(string.Join('/', parts))} cannot be put into it.");
            }
        }

        key = Join(key, parts[^1]);
        if (node is ImageHardLink { Existing: var existing } && !_nodes.ContainsKey(string.Join('/', Split(existing.Span))))
        {
            throw new ToolException($"/{Show(key)} cannot be another name of a file that is not in the image.");
        }

        _nodes[key] = node;
    }

    /// <summary>Adds everything that another tree has, replacing what was there.</summary>
    public void Add(ImageTree other)
    {
        foreach ((byte[] path, ImageNode node) in other.Nodes)
        {
            Add(path, node);
        }
    }

    /// <summary>Whether something is there under this path.</summary>
    public bool Contains(string path) => _nodes.ContainsKey(string.Join('/', Split(HostText.Encode(path))));

    /// <summary>Adds a file of the host, or a directory with all that is in it; symbolic links inside stay links.</summary>
    public void AddFromHost(string hostPath, string path)
    {
        if (!Directory.Exists(hostPath))
        {
            Add(path, ImageFile.FromHost(hostPath));
            return;
        }

        Add(path, new ImageDirectory((int)File.GetUnixFileMode(hostPath)));
        foreach (FileSystemInfo entry in new DirectoryInfo(hostPath).EnumerateFileSystemInfos())
        {
            string inner = path.TrimEnd('/') + "/" + entry.Name;
            if (entry.LinkTarget is { } target)
            {
                Add(inner, new ImageSymbolicLink(HostText.Encode(target)));
            }
            else if (entry is DirectoryInfo || File.Exists(entry.FullName))
            {
                AddFromHost(entry.FullName, inner);
            }
        }
    }

    private static string Join(string parent, string name) => parent.Length == 0 ? name : parent + "/" + name;

    private static string Show(string latin1) => HostText.Decode(Encoding.Latin1.GetBytes(latin1));

    private static string[] Split(ReadOnlySpan<byte> path)
    {
        string[] parts = Encoding.Latin1.GetString(path).Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || parts.Any(part => part is "." or ".." || part.Contains('\0')))
        {
            throw new ToolException($"\"{HostText.Decode(path)}\" is no path in an image.", "Give a path from the root, such as /tmp/data, without '.' and '..'.");
        }

        return parts;
    }
}
