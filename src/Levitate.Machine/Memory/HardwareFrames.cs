using System;
using System.Threading;
using Levitate.Floor;
using Levitate.Kernel.Platform;
using Levitate.Machine.Processors;

namespace Levitate.Machine.Memory;

/// <summary>The floor's page frames as the kernel sees them.</summary>
internal sealed unsafe class HardwareFrames : IFrameAllocator
{
    private long _cached;

    /// <inheritdoc/>
    public long TotalFrames => FrameAllocator.TotalFrames;

    /// <inheritdoc/>
    public long FreeFrames => FrameAllocator.FreeFrames;

    /// <inheritdoc/>
    public long KernelFrames => FrameAllocator.KernelFrames + Threads.UnusedStackFrames + (ManagedThreads.SpareCount * Threads.StackFrames);

    /// <inheritdoc/>
    public long TableFrames => PageTables.Tables;

    /// <inheritdoc/>
    public long CachedFrames => Volatile.Read(ref _cached);

    /// <inheritdoc/>
    public void CountCached(int change) => Interlocked.Add(ref _cached, change);

    /// <inheritdoc/>
    public bool TryAllocate(out FrameNumber frame)
    {
        bool found = FrameAllocator.TryAllocateForUser(out uint number);
        frame = new FrameNumber(number);
        return found;
    }

    /// <inheritdoc/>
    public long Reserve => FrameAllocator.Reserve;

    /// <inheritdoc/>
    public void UseReserve(bool isAllowed) => FrameAllocator.UseReserve(isAllowed);

    /// <inheritdoc/>
    public bool TryAllocateZeroed(out FrameNumber frame)
    {
        if (!TryAllocate(out frame))
        {
            return false;
        }

        Bytes(frame).Clear();
        return true;
    }

    /// <inheritdoc/>
    public void AddReference(FrameNumber frame) => FrameAllocator.AddReference(frame.Value);

    /// <inheritdoc/>
    public void Release(FrameNumber frame) => FrameAllocator.Release(frame.Value);

    /// <inheritdoc/>
    public void Release(ReadOnlySpan<FrameNumber> frames)
    {
        foreach (FrameNumber frame in frames)
        {
            FrameAllocator.Release(frame.Value);
        }
    }

    /// <inheritdoc/>
    public int ReferenceCount(FrameNumber frame) => FrameAllocator.ReferenceCount(frame.Value);

    /// <inheritdoc/>
    public Span<byte> Bytes(FrameNumber frame) => new(Pointer(frame), PageSize.Bytes);

    /// <inheritdoc/>
    public Span<byte> ContiguousBytes(FrameNumber first, int length) => new(Pointer(first), length);

    private static byte* Pointer(FrameNumber frame) => DirectMap.Pointer((ulong)frame.Value << PageSize.Shift);
}
