using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

/// <summary>The pages of one file (Linux's address_space): what read, write and mappings all see. OWNER: memory. Signatures are the contract.</summary>
public sealed class PageCache : IDisposable
{
    /// <summary>An empty file's pages, to be taken from <paramref name="frames"/>.</summary>
    public PageCache(IFrameAllocator frames) => throw new NotImplementedException();

    /// <summary>The file's size in bytes.</summary>
    public long Length => throw new NotImplementedException();

    /// <summary>How many pages have a frame.</summary>
    public long ResidentPages => throw new NotImplementedException();

    /// <summary>The frame of a page, with a reference added for the caller. A hole is filled with zeros. EFAULT past the end of file (SIGBUS), ENOMEM.</summary>
    public Result<FrameNumber> GetPage(long index) => throw new NotImplementedException();

    /// <summary>Copies out; holes read as zeros; returns less than asked at the end of file, 0 beyond it.</summary>
    public int Read(long offset, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>Copies in and grows the file; ENOMEM (a short count where some was written).</summary>
    public Result<int> Write(long offset, ReadOnlySpan<byte> source) => throw new NotImplementedException();

    /// <summary>Truncates or extends. Pages past the end are unmapped everywhere and released; the tail of the last page becomes zeros.</summary>
    public Errno SetLength(long length) => throw new NotImplementedException();

    /// <summary>Gives the cache a frame that already holds a page's content (an initramfs page used in place); takes over the caller's reference.</summary>
    public void Adopt(long index, FrameNumber frame) => throw new NotImplementedException();

    /// <summary>Releases every page; the file is gone.</summary>
    public void Dispose() => throw new NotImplementedException();
}
