namespace Levitate.Floor.Runtime;

/// <summary>The unreserved parts of the window, ordered by address, no two of them adjoining. Zero-initialised it is ready for use.</summary>
internal unsafe struct FreeRanges
{
    /// <summary>The runtime reserves few and large ranges; when even so the table is full, what is given back is not reused.</summary>
    private const int Capacity = 256;

    private fixed ulong _starts[Capacity];
    private fixed ulong _lengths[Capacity];
    private int _count;
    private bool _isInitialized;

    /// <summary>Takes the first range that is long enough. Returns its address, or 0.</summary>
    internal ulong Take(ulong length)
    {
        if (!_isInitialized)
        {
            _isInitialized = true;
            _starts[0] = KernelPageTables.WindowStart;
            _lengths[0] = KernelPageTables.WindowEnd - KernelPageTables.WindowStart;
            _count = 1;
        }

        for (int index = 0; index < _count; index++)
        {
            if (_lengths[index] >= length)
            {
                ulong address = _starts[index];
                _starts[index] += length;
                _lengths[index] -= length;
                if (_lengths[index] == 0)
                {
                    RemoveAt(index);
                }

                return address;
            }
        }

        return 0;
    }

    /// <summary>Gives a range back, joining it with its neighbours.</summary>
    internal void Give(ulong start, ulong length)
    {
        int index = 0;
        while (index < _count && _starts[index] < start)
        {
            index++;
        }

        bool joinsPrevious = index > 0 && _starts[index - 1] + _lengths[index - 1] == start;
        bool joinsNext = index < _count && start + length == _starts[index];
        if (joinsPrevious)
        {
            _lengths[index - 1] += length;
            if (joinsNext)
            {
                _lengths[index - 1] += _lengths[index];
                RemoveAt(index);
            }
        }
        else if (joinsNext)
        {
            _starts[index] = start;
            _lengths[index] += length;
        }
        else if (_count < Capacity)
        {
            for (int last = _count; last > index; last--)
            {
                _starts[last] = _starts[last - 1];
                _lengths[last] = _lengths[last - 1];
            }

            _starts[index] = start;
            _lengths[index] = length;
            _count++;
        }
    }

    private void RemoveAt(int index)
    {
        _count--;
        for (; index < _count; index++)
        {
            _starts[index] = _starts[index + 1];
            _lengths[index] = _lengths[index + 1];
        }
    }
}
