namespace Levitate.Floor;

/// <summary>
/// How urgent threads are; the greater goes first. Between <see cref="Normal"/> and <see cref="Kernel"/> lie those of users
/// that ask for it (real-time priorities).
/// </summary>
public static class ThreadPriority
{
    /// <summary>Threads that share a CPU by slices.</summary>
    public const int Normal = 0;

    /// <summary>The kernel's own, which others wait for.</summary>
    public const int Kernel = 100;

    /// <summary>One that must see to the runtime's activation, and the one that made room for it. No thread's own.</summary>
    internal const int Hurried = 101;

    /// <summary>Whether it is one of those that run until they sleep, whatever waits below.</summary>
    internal static bool IsRealTime(int priority) => priority is > Normal and < Kernel;
}
