using System;
using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>
/// The environment variables by which the runtime takes its settings (hexadecimal numbers, clrconfignames.h and
/// gcconfig.h). Some depend on how much memory the machine has; so none is built into the image.
/// </summary>
/// <remarks>
/// What is wanted of the collector is short stops, also where hundreds of threads sleep in the kernel. To unwind the stack
/// of each would be most of a stop: their stacks are scanned conservatively instead. What they seem to refer to is pinned by
/// that, and a region with a few pinned objects in it keeps its generation: the regions are small, so that objects grow old.
/// </remarks>
internal static unsafe class Settings
{
    private const ulong Kilobyte = 1024;
    private const ulong Megabyte = 1024 * Kilobyte;

    /// <summary>
    /// How much is allocated between two collections. What a collection costs grows with what was made since the last one
    /// and is still in use; so that many threads made at once do not all come into one stop, it is little.
    /// </summary>
    private const ulong Generation0 = 192 * Kilobyte;

    /// <summary>The smallest power of two that holds every object which is not a large one (85,000 bytes).</summary>
    private const ulong Region = 128 * Kilobyte;

    /// <summary>The collector lays out its tables for a multiple of the heap's limit, which costs memory at once.</summary>
    private const ulong SmallestHeapLimit = 16 * Megabyte;
    private const ulong LargestHeapLimit = 1024 * Megabyte;

    /// <summary>The answers. A second call writes the same bytes again.</summary>
    private static TextBuffers s_text;

    [RuntimeExport("getenv")]
    internal static byte* GetVariable(byte* name)
    {
        ulong memory = (ulong)FrameAllocator.TotalFrames * 4096;
        if (Equals(name, "DOTNET_GCgen0size"u8))
        {
            return Format(0, Generation0);
        }

        if (Equals(name, "DOTNET_GCGen0MaxBudget"u8))
        {
            return Format(1, Generation0);
        }

        if (Equals(name, "DOTNET_GCRegionSize"u8))
        {
            return Format(2, Region);
        }

        if (Equals(name, "DOTNET_gcConservative"u8))
        {
            return Format(3, 1);
        }

        return Equals(name, "DOTNET_GCHeapHardLimit"u8)
            ? Format(4, Clamp(memory / 2, SmallestHeapLimit, LargestHeapLimit))
            : null;
    }

    private static ulong Clamp(ulong value, ulong smallest, ulong largest) =>
        value < smallest ? smallest : value > largest ? largest : value;

    private static bool Equals(byte* text, ReadOnlySpan<byte> expected)
    {
        for (int index = 0; index < expected.Length; index++)
        {
            if (text[index] != expected[index])
            {
                return false;
            }
        }

        return text[expected.Length] == 0;
    }

    private static byte* Format(int buffer, ulong value)
    {
        int start = buffer * TextBuffers.BytesEach;
        for (int digit = 0; digit < 16; digit++)
        {
            uint nibble = (uint)(value >> (60 - (4 * digit))) & 15;
            s_text.Bytes[start + digit] = (byte)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
        }

        fixed (byte* text = s_text.Bytes)
        {
            return text + start;
        }
    }

    private struct TextBuffers
    {
        /// <summary>Sixteen digits and the NUL.</summary>
        internal const int BytesEach = 24;

        internal fixed byte Bytes[5 * BytesEach];
    }
}
