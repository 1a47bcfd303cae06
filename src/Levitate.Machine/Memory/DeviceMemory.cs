using System;
using System.Collections.Generic;
using System.Numerics;
using Levitate.Floor;
using Levitate.Kernel.Platform;
using Levitate.Machine.Virtio;

namespace Levitate.Machine.Memory;

/// <summary>Memory for devices out of the floor's page frames.</summary>
internal sealed unsafe class DeviceMemory : IDmaAllocator
{
    /// <summary>The floor's largest block of neighbouring frames: 2^10, 4 MiB.</summary>
    private const int LargestOrder = 10;

    /// <inheritdoc/>
    public bool TryAllocate(int bytes, out DmaRegion region)
    {
        region = default;
        if (!TryAllocateFrames(bytes, out uint first))
        {
            return false;
        }

        ulong address = (ulong)first << PageSize.Shift;
        region = new DmaRegion(DirectMap.Pointer(address), address, bytes);
        region.Bytes.Clear();
        return true;
    }

    /// <summary>Takes neighbouring frames for that many bytes (at least one frame), with a reference each.</summary>
    internal static bool TryAllocateFrames(int bytes, out uint first)
    {
        uint frames = Math.Max(1, (uint)((bytes + (long)PageSize.Bytes - 1) >> PageSize.Shift));
        int order = BitOperations.Log2(BitOperations.RoundUpToPowerOf2(frames));
        if (order > LargestOrder)
        {
            return TryAllocateRun(frames, out first);
        }

        if (!FrameAllocator.TryAllocateContiguous(order, out first))
        {
            return false;
        }

        Release(first + frames, (1u << order) - frames);
        return true;
    }

    /// <summary>Takes more neighbouring frames than the allocator's largest block has: blocks, until enough of them are neighbours.</summary>
    private static bool TryAllocateRun(uint frames, out uint first)
    {
        const uint BlockFrames = 1u << LargestOrder;
        int needed = (int)((frames + BlockFrames - 1) / BlockFrames);
        var blocks = new SortedSet<uint>();
        first = 0;
        bool found = false;
        while (!found && FrameAllocator.TryAllocateContiguous(LargestOrder, out uint block))
        {
            blocks.Add(block);
            uint low = block;
            while (blocks.Contains(low - BlockFrames))
            {
                low -= BlockFrames;
            }

            uint high = block;
            while (blocks.Contains(high + BlockFrames))
            {
                high += BlockFrames;
            }

            found = ((high - low) / BlockFrames) + 1 >= needed;
            first = low;
        }

        foreach (uint block in blocks)
        {
            if (!found || block < first || block >= first + frames)
            {
                Release(block, BlockFrames);
            }
            else if (block + BlockFrames > first + frames)
            {
                Release(first + frames, block + BlockFrames - (first + frames));
            }
        }

        return found;
    }

    private static void Release(uint first, uint count)
    {
        for (uint frame = 0; frame < count; frame++)
        {
            FrameAllocator.Release(first + frame);
        }
    }
}
