using System;

namespace Levitate.Kernel.Loader;

/// <summary>
/// A file as the loader's parsers read it: bytes at offsets. The kernel's executable files are such readers, and so is a
/// file of the host under <c>levitate inspect</c>.
/// </summary>
public interface IImageReader
{
    /// <summary>The size in bytes.</summary>
    long Length { get; }

    /// <summary>Reads at an offset (not negative); less than asked only at the end of file, 0 past it.</summary>
    int Read(long offset, Span<byte> destination);
}
