using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

/// <summary>
/// For lengths by their order of magnitude: above which address there is no room for them. So that who maps much piece by
/// piece does not look through all that is mapped each time. Not synchronized.
/// </summary>
internal struct GapHints(ulong top)
{
    private const int Classes = 16;

    private readonly ulong _top = top;
    private Hints _hints;

    /// <summary>How far up something was unmapped since the hints were right; 0: nothing was.</summary>
    private ulong _freed;

    /// <summary>Something that ended there is, or may soon be, mapped no more.</summary>
    public void NoteFreed(ulong end) => _freed = Math.Max(_freed, end);

    /// <summary>
    /// The highest room of <paramref name="length"/> bytes in [low, top): what looking through all mappings from the top down
    /// would find.
    /// </summary>
    public bool Find(in MappingList mappings, ulong low, ulong length, out ulong start)
    {
        Refresh(mappings);
        ref Hint hint = ref _hints[ClassOf(length)];
        bool isUseful = hint.Length != 0 && hint.Length <= length;
        ulong limit = isUseful ? hint.Length : length;
        if (isUseful && Find(mappings, low, Math.Min(hint.Ceiling, _top), length, limit, out start, out bool skips))
        {
            // What is less than asked for, but enough for the hint's length, is not to be forgotten.
            hint.Ceiling = skips ? hint.Ceiling : start + length;
            return true;
        }

        if (!isUseful && Find(mappings, low, _top, length, limit, out start, out _))
        {
            hint = new Hint(length, start + length);
            return true;
        }

        start = 0;
        return false;
    }

    /// <summary>Looks through the mappings from an address down.</summary>
    /// <param name="mappings">The mappings.</param>
    /// <param name="low">The lowest address.</param>
    /// <param name="high">The address past the highest.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="noted">Room of so many bytes that is passed by is told of.</param>
    /// <param name="start">Where the room begins.</param>
    /// <param name="skips">Whether there was such that was passed by.</param>
    internal static bool Find(in MappingList mappings, ulong low, ulong high, ulong length, ulong noted, out ulong start, out bool skips)
    {
        // A growing stack keeps a gap only to what is next below it (as Linux).
        skips = false;
        int index = mappings.FirstEndingAfter(high - 1);
        ulong ceiling = index < mappings.Count ? Math.Min(high, mappings[index].GuardedStart) : high;
        while (true)
        {
            ulong floor = index > 0 ? Math.Max(low, mappings[index - 1].End) : low;
            ulong room = ceiling > floor ? ceiling - floor : 0;
            if (room >= length)
            {
                start = ceiling - length;
                return true;
            }

            skips |= room >= noted;
            if (index == 0 || mappings[index - 1].Start < low || mappings[index - 1].Start - low < length)
            {
                start = 0;
                return false;
            }

            ceiling = mappings[--index].GuardedStart;
        }
    }

    private static int ClassOf(ulong length) => Math.Min(BitOperations.Log2(Math.Max(length >> PageSize.Shift, 1)), Classes - 1);

    /// <summary>What was unmapped may have made room up to the next mapping.</summary>
    private void Refresh(in MappingList mappings)
    {
        if (_freed == 0)
        {
            return;
        }

        int next = mappings.FirstEndingAfter(_freed);
        ulong end = next < mappings.Count ? Math.Max(mappings[next].Start, _freed) : _top;
        for (int i = 0; i < Classes; i++)
        {
            _hints[i].Ceiling = Math.Max(_hints[i].Ceiling, end);
        }

        _freed = 0;
    }

    /// <summary>Above the ceiling there is no room of that length or more. Length 0: nothing is known.</summary>
    private record struct Hint(ulong Length, ulong Ceiling);

    [InlineArray(Classes)]
    private struct Hints
    {
        private Hint _first;
    }
}
