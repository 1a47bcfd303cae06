using System;
using System.Collections.Generic;
using Levitate.Kernel.Files.Paths;

namespace Levitate.Kernel.FileSystems;

/// <summary>
/// The names of one directory, to be found by name and read in the order in which they were added: a reader that goes on
/// from a position misses none of the names that stay and sees none twice. The owner's lock guards it.
/// </summary>
internal struct NameTable
{
    private Dictionary<byte[], (Dentry Dentry, long Position)>? _byName;

    /// <summary>Sorted by position; a null dentry is a name that was removed.</summary>
    private List<(Dentry? Dentry, long Position)>? _inOrder;
    private long _lastPosition;

    /// <summary>How many names there are.</summary>
    public readonly int Count => _byName?.Count ?? 0;

    /// <summary>Finds a name.</summary>
    public readonly Dentry? Find(ReadOnlySpan<byte> name) =>
        _byName is not null && _byName.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out (Dentry Dentry, long) entry) ? entry.Dentry : null;

    /// <summary>Adds a name that is not there.</summary>
    public void Add(byte[] name, Dentry dentry)
    {
        _byName ??= new Dictionary<byte[], (Dentry, long)>(ByteStringComparer.Instance);
        _inOrder ??= [];
        _byName.Add(name, (dentry, ++_lastPosition));
        _inOrder.Add((dentry, _lastPosition));
    }

    /// <summary>Removes a name that is there.</summary>
    public readonly void Remove(byte[] name)
    {
        _byName!.Remove(name, out (Dentry, long Position) entry);
        _inOrder![IndexOf(entry.Position)] = (null, entry.Position);
        if (_inOrder.Count > 16 && _inOrder.Count > 2 * _byName.Count)
        {
            _inOrder.RemoveAll(static entry => entry.Dentry is null);
        }
    }

    /// <summary>The first name after a position; null at the end.</summary>
    public readonly Dentry? Next(ref long position)
    {
        if (_inOrder is null || position == long.MaxValue)
        {
            return null;
        }

        for (int index = IndexOf(position + 1); index < _inOrder.Count; index++)
        {
            if (_inOrder[index].Dentry is { } dentry)
            {
                position = _inOrder[index].Position;
                return dentry;
            }
        }

        return null;
    }

    /// <summary>The index of the first entry at or after a position.</summary>
    private readonly int IndexOf(long position)
    {
        int low = 0, high = _inOrder!.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_inOrder[middle].Position < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
