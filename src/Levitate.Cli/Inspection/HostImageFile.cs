using System;
using System.IO;
using Levitate.Kernel.Loader;
using Microsoft.Win32.SafeHandles;

namespace Levitate.Cli.Inspection;

/// <summary>A file of the host as the kernel's loader reads it.</summary>
internal sealed class HostImageFile(string path) : IImageReader, IDisposable
{
    private readonly SafeFileHandle _handle = File.OpenHandle(path);

    /// <inheritdoc/>
    public long Length => RandomAccess.GetLength(_handle);

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> destination) => RandomAccess.Read(_handle, destination, offset);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
