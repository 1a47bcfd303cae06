using System;

namespace Levitate.Cli.Benchmarks.Startup;

/// <summary>Finds the least memory that something runs in.</summary>
internal static class LeastMemory
{
    /// <summary>As near as it is searched for, in bytes.</summary>
    public const long Step = 256 << 10;

    /// <summary>The least whole number of <see cref="Step"/>s that is enough.</summary>
    /// <param name="tooLittle">Bytes that are known not to be enough.</param>
    /// <param name="enough">Bytes that should be.</param>
    /// <param name="runs">Whether it runs in so many.</param>
    /// <returns>Null when it does not run in <paramref name="enough"/> either.</returns>
    public static long? Find(long tooLittle, long enough, Func<long, bool> runs)
    {
        long low = tooLittle / Step;
        long high = enough / Step;
        if (!runs(high * Step))
        {
            return null;
        }

        while (high - low > 1)
        {
            long middle = (low + high) / 2;
            if (runs(middle * Step))
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return high * Step;
    }
}
