namespace Levitate.Floor;

/// <summary>How a thread ran and waited so far.</summary>
public struct ThreadCounts
{
    /// <summary>Nanoseconds on a CPU, and ready to run while others ran.</summary>
    public long Run;

    /// <inheritdoc cref="Run"/>
    public long Wait;

    /// <summary>How often it came to a CPU.</summary>
    public long Slices;

    /// <summary>How often it left one to wait for something.</summary>
    public long Sleeps;

    /// <summary>How often it left one to others though it could have gone on.</summary>
    public long Preemptions;
}
