namespace Levitate.Kernel.Processes;

/// <summary>A process's resource limits (getrlimit(2)). OWNER: processes.</summary>
public sealed class ResourceLimits
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Infinity = ulong.MaxValue;

    /// <summary>RLIMIT_NOFILE, soft: one more than the highest descriptor.</summary>
    public ulong OpenFiles { get; set; } = 1024;

    /// <summary>RLIMIT_STACK, soft, in bytes.</summary>
    public ulong Stack { get; set; } = 8 << 20;

    /// <summary>RLIMIT_FSIZE, soft, in bytes.</summary>
    public ulong FileSize { get; set; } = Infinity;
}
