using System;

namespace Levitate.Kernel.Platform;

/// <summary>Physical page frames, counted. All members may be called from any thread and never block.</summary>
public interface IFrameAllocator
{
    /// <summary>Frames that the machine has for use after the kernel image.</summary>
    long TotalFrames { get; }

    /// <summary>Frames on the free lists.</summary>
    long FreeFrames { get; }

    /// <summary>Frames that the kernel holds for itself (its heap, its own tables), not on behalf of a program.</summary>
    long KernelFrames { get; }

    /// <summary>Frames that are page tables of address spaces, without their roots.</summary>
    long TableFrames { get; }

    /// <summary>Frames that hold pages of files and of memory that is shared by name (Linux: NR_FILE_PAGES).</summary>
    long CachedFrames { get; }

    /// <summary>So many more frames hold such pages, or fewer.</summary>
    void CountCached(int change);

    /// <summary>Takes a frame with a reference count of 1 and unknown content. False when memory (less the kernel's reserve) is used up.</summary>
    bool TryAllocate(out FrameNumber frame);

    /// <summary>Takes a frame of zeros with a reference count of 1. False when memory (less the kernel's reserve) is used up.</summary>
    bool TryAllocateZeroed(out FrameNumber frame);

    /// <summary>Free frames that programs do not get: the kernel's reserve.</summary>
    long Reserve { get; }

    /// <summary>
    /// Says whether the calling thread may use half of the reserve (as Linux's PF_MEMALLOC): for what cannot wait until there
    /// is room, and makes room soon after.
    /// </summary>
    void UseReserve(bool isAllowed);

    /// <summary>Adds a reference.</summary>
    void AddReference(FrameNumber frame);

    /// <summary>Drops a reference; the last one frees the frame.</summary>
    void Release(FrameNumber frame);

    /// <summary>Drops a reference of each of several frames.</summary>
    void Release(ReadOnlySpan<FrameNumber> frames);

    /// <summary>The present reference count; 0 for a free frame.</summary>
    int ReferenceCount(FrameNumber frame);

    /// <summary>The frame's 4096 bytes. The caller holds a reference while it uses them.</summary>
    Span<byte> Bytes(FrameNumber frame);

    /// <summary>The bytes of neighbouring frames (of the initramfs, which lies in one piece). Throws beyond int.MaxValue bytes.</summary>
    Span<byte> ContiguousBytes(FrameNumber first, int length);
}
