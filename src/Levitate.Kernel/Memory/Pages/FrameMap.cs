using System;
using System.Collections.Generic;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

/// <summary>
/// Sparse map from a file's page index to the frame that holds it. Small files cost one small array; large or sparse
/// ones a chunk of 64 pages each where there is something. Not synchronized: the owner's lock guards it.
/// </summary>
internal struct FrameMap
{
    private const int ChunkShift = 6;
    private const int ChunkPages = 1 << ChunkShift;

    /// <summary>How many neighbouring pages <see cref="GroupsIn"/> takes together.</summary>
    internal const int GroupPages = ChunkPages;

    // Frame numbers are stored plus one: zero says that there is no frame.
    private uint[]? _first;
    private Dictionary<long, uint[]>? _chunks;
    private uint[]? _lastChunk;
    private long _lastChunkIndex;

    /// <summary>How many pages have a frame.</summary>
    public long Count { get; private set; }

    /// <summary>The frame of a page; false for a hole.</summary>
    public bool TryGet(long index, out FrameNumber frame)
    {
        uint[]? chunk = FindChunk(index >> ChunkShift);
        int slot = (int)(index & (ChunkPages - 1));
        if (chunk is null || slot >= chunk.Length || chunk[slot] == 0)
        {
            frame = default;
            return false;
        }

        frame = new FrameNumber(chunk[slot] - 1);
        return true;
    }

    /// <summary>Makes room for a page, so that <see cref="Add"/> cannot run out of managed memory: called before its frame is taken.</summary>
    public void Reserve(long index)
    {
        int slot = (int)(index & (ChunkPages - 1));
        uint[] chunk = FindChunk(index >> ChunkShift) ?? AddChunk(index >> ChunkShift);
        if (slot >= chunk.Length)
        {
            Array.Resize(ref _first, Math.Max(slot + 1, Math.Min(chunk.Length * 2, ChunkPages)));
        }
    }

    /// <summary>Fills a hole, after <see cref="Reserve"/>.</summary>
    public void Add(long index, FrameNumber frame)
    {
        ref uint entry = ref FindChunk(index >> ChunkShift)![(int)(index & (ChunkPages - 1))];
        if (entry != 0)
        {
            throw new InvalidOperationException("the page has a frame already");
        }

        entry = frame.Value + 1;
        Count++;
    }

    /// <summary>Fills neighbouring holes with neighbouring frames.</summary>
    public void AddRange(long index, FrameNumber first, int count)
    {
        uint next = first.Value + 1;
        while (count > 0)
        {
            int slot = (int)(index & (ChunkPages - 1));
            int inChunk = Math.Min(count, ChunkPages - slot);
            Reserve(index + inChunk - 1);
            foreach (ref uint entry in FindChunk(index >> ChunkShift).AsSpan(slot, inChunk))
            {
                if (entry != 0)
                {
                    throw new InvalidOperationException("the page has a frame already");
                }

                entry = next++;
                Count++;
            }

            index += inChunk;
            count -= inChunk;
        }
    }

    /// <summary>The first pages of the groups of <see cref="GroupPages"/> pages in [first, end) of which some may have a frame.</summary>
    public readonly List<long> GroupsIn(long first, long end)
    {
        List<long> groups = [];
        if (_first is not null && first < ChunkPages && end > 0)
        {
            groups.Add(0);
        }

        foreach (long chunk in _chunks?.Keys ?? (IEnumerable<long>)[])
        {
            if (chunk >= first >> ChunkShift && chunk << ChunkShift < end)
            {
                groups.Add(chunk << ChunkShift);
            }
        }

        return groups;
    }

    /// <summary>
    /// Takes frames of pages in [first, end) out, as many as the spans (of one length) hold, in no particular order.
    /// Returns how many; 0: none is left.
    /// </summary>
    public int Remove(long first, long end, Span<long> pages, Span<FrameNumber> frames)
    {
        int count = 0;
        if (_first is not null && first < ChunkPages)
        {
            RemoveFromChunk(_first, 0, first, end, pages, frames, ref count);
        }

        if (_chunks is null || first >= end)
        {
            return count;
        }

        long firstChunk = Math.Max(first >> ChunkShift, 1);
        long lastChunk = (end - 1) >> ChunkShift;
        if (lastChunk - firstChunk < _chunks.Count)
        {
            for (long index = firstChunk; index <= lastChunk && count < frames.Length; index++)
            {
                if (FindChunk(index) is { } chunk)
                {
                    RemoveFromChunk(chunk, index, first, end, pages, frames, ref count);
                }
            }

            return count;
        }

        foreach ((long index, uint[] chunk) in _chunks)
        {
            if (count == frames.Length)
            {
                break;
            }

            // Removing does not disturb a dictionary's enumeration.
            RemoveFromChunk(chunk, index, first, end, pages, frames, ref count);
        }

        return count;
    }

    /// <summary>The first page from <paramref name="first"/> on that has a frame; <see cref="long.MaxValue"/> where there is none.</summary>
    public long NextPresent(long first)
    {
        long best = _first is not null && first < ChunkPages ? NextPresent(_first, 0, first) : long.MaxValue;
        if (best != long.MaxValue || _chunks is null)
        {
            return best;
        }

        foreach ((long index, uint[] chunk) in _chunks)
        {
            if (index << ChunkShift < best && ((index + 1) << ChunkShift) > first)
            {
                best = Math.Min(best, NextPresent(chunk, index, first));
            }
        }

        return best;
    }

    private static long NextPresent(uint[] chunk, long chunkIndex, long first)
    {
        long start = chunkIndex << ChunkShift;
        int slot = (int)Math.Max(first - start, 0);
        while (slot < chunk.Length && chunk[slot] == 0)
        {
            slot++;
        }

        return slot < chunk.Length ? start + slot : long.MaxValue;
    }

    private void RemoveFromChunk(uint[] chunk, long chunkIndex, long first, long end, Span<long> pages, Span<FrameNumber> frames, ref int count)
    {
        bool isEmpty = true;
        for (int slot = 0; slot < chunk.Length; slot++)
        {
            if (chunk[slot] == 0)
            {
                continue;
            }

            long page = (chunkIndex << ChunkShift) + slot;
            if (page < first || page >= end || count == frames.Length)
            {
                isEmpty = false;
                continue;
            }

            pages[count] = page;
            frames[count++] = new FrameNumber(chunk[slot] - 1);
            chunk[slot] = 0;
            Count--;
        }

        if (isEmpty && chunkIndex != 0)
        {
            _chunks!.Remove(chunkIndex);
            _lastChunk = null;
        }
    }

    private uint[]? FindChunk(long chunkIndex)
    {
        if (chunkIndex == 0)
        {
            return _first;
        }

        if (_lastChunk is not null && _lastChunkIndex == chunkIndex)
        {
            return _lastChunk;
        }

        if (_chunks is null || !_chunks.TryGetValue(chunkIndex, out uint[]? chunk))
        {
            return null;
        }

        (_lastChunk, _lastChunkIndex) = (chunk, chunkIndex);
        return chunk;
    }

    private uint[] AddChunk(long chunkIndex)
    {
        if (chunkIndex == 0)
        {
            return _first = new uint[1];
        }

        var chunk = new uint[ChunkPages];
        (_chunks ??= []).Add(chunkIndex, chunk);
        return chunk;
    }
}
