using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Levitate.Cli.Benchmarks;

/// <summary>What this machine's processors have done: for the tool and what it started, and in all.</summary>
/// <param name="Timestamp">Of <see cref="Stopwatch"/>.</param>
/// <param name="Busy">Ticks in which the processors were not idle, those taken by the machine's own host included.</param>
/// <param name="Own">Ticks of them for this process and its children that have ended.</param>
/// <remarks>Linux: proc(5), /proc/stat and /proc/PID/stat.</remarks>
internal readonly record struct HostLoad(long Timestamp, long Busy, long Own)
{
    /// <summary>So many processors busy with other things still count as none.</summary>
    public const double Quiet = 0.1;

    private const double TicksPerSecond = 100;

    /// <summary>As of now.</summary>
    public static HostLoad Now
    {
        get
        {
            const int Idle = 3, IoWait = 4, Steal = 7;
            long[] all = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Number)];
            long busy = all.Take(Steal + 1).Where((_, at) => at is not (Idle or IoWait)).Sum();

            // utime, stime, cutime and cstime, counted from what follows the name.
            const int UserTime = 11, Times = 4;
            string own = File.ReadAllText("/proc/self/stat");
            return new HostLoad(Stopwatch.GetTimestamp(), busy, own[(own.LastIndexOf(')') + 2)..].Split(' ').Skip(UserTime).Take(Times).Sum(Number));
        }
    }

    /// <summary>How many processors others have kept busy since then, on average.</summary>
    public double OthersSince(HostLoad start) =>
        (Busy - start.Busy - (Own - start.Own)) / TicksPerSecond / Stopwatch.GetElapsedTime(start.Timestamp, Timestamp).TotalSeconds;

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
