using System.Threading;

namespace Levitate.Kernel.Memory;

/// <summary>How many pages several files may have between them. Any thread.</summary>
/// <param name="limit">That number; <see cref="Unlimited"/>.</param>
public sealed class PageBudget(long limit)
{
    /// <summary>As many as there is memory for.</summary>
    public const long Unlimited = long.MaxValue;

    private long _limit = limit;
    private long _used;

    /// <summary>How many there may be. A lower one than there are leaves those.</summary>
    public long Limit
    {
        get => Volatile.Read(ref _limit);
        set => Volatile.Write(ref _limit, value);
    }

    /// <summary>How many there are.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Makes one more count; false where that is too much.</summary>
    internal bool TryTake()
    {
        if (Interlocked.Increment(ref _used) <= Limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _used);
        return false;
    }

    /// <summary>Makes pages count that are there in any case.</summary>
    internal void Take(int pages) => Interlocked.Add(ref _used, pages);

    /// <summary>Pages are gone.</summary>
    internal void Give(int pages) => Interlocked.Add(ref _used, -pages);
}
