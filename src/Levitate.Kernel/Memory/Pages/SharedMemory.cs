using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

/// <summary>The nameless file behind MAP_SHARED | MAP_ANONYMOUS: pages that a process and its children share.</summary>
internal sealed class SharedMemory : IMappableFile
{
    private static long s_lastInode;
    private readonly ulong _inode = (ulong)Interlocked.Increment(ref s_lastInode);
    private int _references = 1;

    /// <summary>Zeros of that length in bytes, with one reference for the caller.</summary>
    public SharedMemory(IFrameAllocator frames, long length)
    {
        Pages = new PageCache(frames);
        Pages.SetLength(length);
    }

    /// <inheritdoc/>
    public PageCache Pages { get; }

    /// <summary>As Linux shows it.</summary>
    public byte[] MapsPath => "/dev/zero (deleted)"u8.ToArray();

    /// <inheritdoc/>
    public (ulong Device, ulong Inode) Identity => (1, _inode);

    /// <inheritdoc/>
    public void Acquire() => Interlocked.Increment(ref _references);

    /// <inheritdoc/>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Pages.Dispose();
        }
    }
}
