namespace Levitate.Kernel.Time;

/// <summary>Arithmetic on times and durations in nanoseconds, none of them negative: what exceeds a long is long.MaxValue, "never".</summary>
internal static class SaturatingTime
{
    /// <summary>The sum.</summary>
    internal static long Add(long left, long right) => right > long.MaxValue - left ? long.MaxValue : left + right;

    /// <summary>The product.</summary>
    internal static long Multiply(long left, long right) => right != 0 && left > long.MaxValue / right ? long.MaxValue : left * right;
}
