using System;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;

namespace Levitate.Kernel.Tests.Loader;

/// <summary>A file in memory, as the loader's parsers read it. Counts how many are open.</summary>
internal sealed class MemoryImage(byte[] bytes, MemoryImages owner) : IImageReader, IDisposable
{
    public long Length => bytes.Length;

    public int Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= bytes.Length)
        {
            return 0;
        }

        int count = (int)Math.Min(destination.Length, bytes.Length - offset);
        bytes.AsSpan((int)offset, count).CopyTo(destination);
        return count;
    }

    public void Dispose() => owner.OpenCount--;
}

/// <summary>Files in memory by path, or an errno in the place of a file.</summary>
internal sealed class MemoryImages : IImageOpener<MemoryImage>
{
    private readonly Dictionary<string, (byte[] Bytes, Errno Error)> _files = [];

    public int OpenCount { get; set; }

    public byte[] this[string path]
    {
        set => _files[path] = (value, Errno.None);
    }

    public void Fail(string path, Errno error) => _files[path] = ([], error);

    public Result<MemoryImage> Open(ReadOnlySpan<byte> path)
    {
        if (!_files.TryGetValue(CollapseSlashes(path), out (byte[] Bytes, Errno Error) file))
        {
            return Errno.ENOENT;
        }

        if (file.Error != Errno.None)
        {
            return file.Error;
        }

        OpenCount++;
        return new MemoryImage(file.Bytes, this);
    }

    public string DescribeDenial(ReadOnlySpan<byte> path) => "is denied by the test";

    private static string CollapseSlashes(ReadOnlySpan<byte> path)
    {
        var text = new StringBuilder();
        foreach (byte value in path)
        {
            if (value != '/' || text.Length == 0 || text[^1] != '/')
            {
                text.Append((char)value);
            }
        }

        return text.ToString();
    }

    public PreparedProgram<MemoryImage> Prepare(string path) => PreparedProgram<MemoryImage>.Prepare(this, Encoding.Latin1.GetBytes(path));
}
