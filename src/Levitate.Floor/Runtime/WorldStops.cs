using System.Runtime;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Levitate.Floor.Runtime;

/// <summary>
/// Every stop of all threads by the garbage collector, from where it asks for it until all may go on. The runtime itself
/// tells only of its last one. One at a time: who stops the world holds the runtime's lock on it, and runs before all others
/// until they may go on: they want its memory, and ask for it in turns.
/// </summary>
public static class WorldStops
{
    /// <summary>As many of the last ones are remembered one by one.</summary>
    public const int RememberedCount = 256;

    private static Times s_times;
    private static long s_begin;
    private static long s_count;
    private static long s_total;
    private static long s_longest;

    /// <summary>How many there were since power-on.</summary>
    public static long Count => Volatile.Read(ref s_count);

    /// <summary>How long all of them were together, in nanoseconds.</summary>
    public static long TotalNanoseconds => Volatile.Read(ref s_total);

    /// <summary>How long the longest was, in nanoseconds.</summary>
    public static long LongestNanoseconds => Volatile.Read(ref s_longest);

    /// <summary>How long one of the last <see cref="RememberedCount"/> was, in nanoseconds; the first since power-on is number 0.</summary>
    public static long NanosecondsOf(long number) => s_times[(int)(number % RememberedCount)];

    /// <summary>The collector is about to stop all threads.</summary>
    [RuntimeExport("floor_world_stop_begins")]
    private static void Begin()
    {
        s_begin = Clock.Nanoseconds;
        Scheduler.BeginCollection();
    }

    /// <summary>All threads may run again.</summary>
    [RuntimeExport("floor_world_stop_ended")]
    private static void End()
    {
        long time = Clock.Nanoseconds - s_begin;
        Volatile.Write(ref s_total, s_total + time);
        Volatile.Write(ref s_longest, time > s_longest ? time : s_longest);
        s_times[(int)(s_count % RememberedCount)] = time;
        Volatile.Write(ref s_count, s_count + 1);
        Scheduler.EndCollection();
    }

    [InlineArray(RememberedCount)]
    private struct Times
    {
        private long _first;
    }
}
