using System;
using System.Collections.Generic;

namespace Levitate.Kernel.Files;

/// <summary>
/// Things in the order in which they came, each under a number that only grows. Who looks at some at a time and lets go of the
/// lock between goes on by the number: what stays is met once, whatever comes and goes meanwhile. The owner's lock guards it.
/// </summary>
internal sealed class NumberedList<T>
    where T : class
{
    /// <summary>So many removed ones may always stay in the list.</summary>
    private const int FewGaps = 32;

    private readonly List<(ulong Number, T? Item)> _entries = [];
    private ulong _lastNumber;
    private int _gaps;

    /// <summary>How many there are.</summary>
    public int Count => _entries.Count - _gaps;

    /// <summary>Adds one at the end; returns its number, which is not 0.</summary>
    public ulong Add(T item)
    {
        _entries.Add((++_lastNumber, item));
        return _lastNumber;
    }

    /// <summary>Removes one by its number. When half of the list is gaps they are closed, so that this costs no more than to find it.</summary>
    public void Remove(ulong number)
    {
        int at = IndexFrom(number);
        if (at == _entries.Count || _entries[at].Number != number || _entries[at].Item is null)
        {
            return;
        }

        _entries[at] = (number, null);
        _gaps++;
        if (_gaps > Math.Max(FewGaps, _entries.Count / 2))
        {
            _entries.RemoveAll(static entry => entry.Item is null);
            _entries.TrimExcess();
            _gaps = 0;
        }
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        _entries.Clear();
        _entries.TrimExcess();
        _gaps = 0;
    }

    /// <summary>The first that has this number or a greater one; null: there is none.</summary>
    /// <param name="number">Set to the number that it has.</param>
    public T? From(ref ulong number)
    {
        for (int i = IndexFrom(number); i < _entries.Count; i++)
        {
            if (_entries[i] is (var found, { } item))
            {
                number = found;
                return item;
            }
        }

        return null;
    }

    private int IndexFrom(ulong number)
    {
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_entries[middle].Number < number)
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
