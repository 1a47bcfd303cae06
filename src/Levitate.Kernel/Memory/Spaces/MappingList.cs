using System;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

/// <summary>
/// The mappings of an address space in address order: an array, searched by halving. A program has tens of mappings,
/// rarely thousands, and looks up (faults) far more often than it changes. Not synchronized.
/// </summary>
internal struct MappingList
{
    private MemoryMapping?[] _items;
    private MemoryMapping? _lastFound;

    /// <summary>An empty list with room for a small program.</summary>
    public MappingList() => _items = new MemoryMapping?[16];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The mapping at a place in the order.</summary>
    public readonly MemoryMapping this[int index] => _items[index]!;

    /// <summary>The mapping that holds an address, or null.</summary>
    public MemoryMapping? Find(ulong address)
    {
        // A mapping that was removed is empty and contains nothing, so the memo never lies.
        if (_lastFound is { } last && last.Contains(address))
        {
            return last;
        }

        int index = FirstEndingAfter(address);
        if (index == Count || !_items[index]!.Contains(address))
        {
            return null;
        }

        return _lastFound = _items[index];
    }

    /// <summary>The index of the first mapping that ends after an address; <see cref="Count"/> where there is none.</summary>
    public readonly int FirstEndingAfter(ulong address)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            if (_items[middle]!.End > address)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>Whether something is mapped in [start, end).</summary>
    public readonly bool Overlaps(ulong start, ulong end)
    {
        int index = FirstEndingAfter(start);
        return index < Count && _items[index]!.Start < end;
    }

    /// <summary>How many pages of [start, end) are mapped.</summary>
    public readonly long PagesIn(ulong start, ulong end)
    {
        ulong bytes = 0;
        for (int i = FirstEndingAfter(start); i < Count && _items[i]!.Start < end; i++)
        {
            bytes += Math.Min(end, _items[i]!.End) - Math.Max(start, _items[i]!.Start);
        }

        return (long)(bytes >> PageSize.Shift);
    }

    /// <summary>
    /// Makes room for one more, so that <see cref="Insert"/> cannot run out of managed memory: called before anything
    /// changes that would have to be undone.
    /// </summary>
    public void Reserve()
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }
    }

    /// <summary>Puts a mapping at its place in the order, after <see cref="Reserve"/>.</summary>
    public void Insert(int index, MemoryMapping mapping)
    {
        Array.Copy(_items, index, _items, index + 1, Count - index);
        _items[index] = mapping;
        Count++;
    }

    /// <summary>Takes mappings out.</summary>
    public void RemoveRange(int index, int count)
    {
        Array.Copy(_items, index + count, _items, index, Count - index - count);
        Array.Clear(_items, Count - count, count);
        Count -= count;
    }
}
