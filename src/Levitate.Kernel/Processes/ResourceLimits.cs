using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <summary>The resources of getrlimit(2), in Linux's numbering for x86-64.</summary>
public enum ResourceLimitKind
{
    RLIMIT_CPU = 0,
    RLIMIT_FSIZE = 1,
    RLIMIT_DATA = 2,
    RLIMIT_STACK = 3,
    RLIMIT_CORE = 4,
    RLIMIT_RSS = 5,
    RLIMIT_NPROC = 6,
    RLIMIT_NOFILE = 7,
    RLIMIT_MEMLOCK = 8,
    RLIMIT_AS = 9,
    RLIMIT_LOCKS = 10,
    RLIMIT_SIGPENDING = 11,
    RLIMIT_MSGQUEUE = 12,
    RLIMIT_NICE = 13,
    RLIMIT_RTPRIO = 14,
    RLIMIT_RTTIME = 15,
}

/// <summary>A soft and a hard limit.</summary>
/// <param name="Soft">rlim_cur.</param>
/// <param name="Hard">rlim_max.</param>
public readonly record struct ResourceLimit(ulong Soft, ulong Hard);

/// <summary>A process's resource limits (getrlimit(2)).</summary>
public sealed class ResourceLimits
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Infinity = ulong.MaxValue;

    /// <summary>How many resources there are.</summary>
    public const int Count = 16;

    /// <summary>Guards the pairs against torn reads. Order: a leaf. Never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.ResourceLimits);

    private readonly ResourceLimit[] _limits = new ResourceLimit[Count];

    /// <summary>Linux's limits for its first process.</summary>
    public ResourceLimits()
    {
        Array.Fill(_limits, new ResourceLimit(Infinity, Infinity));
        _limits[(int)ResourceLimitKind.RLIMIT_STACK] = new ResourceLimit(8 << 20, Infinity);
        _limits[(int)ResourceLimitKind.RLIMIT_CORE] = new ResourceLimit(0, Infinity);
        _limits[(int)ResourceLimitKind.RLIMIT_NPROC] = new ResourceLimit(4096, 4096);
        _limits[(int)ResourceLimitKind.RLIMIT_NOFILE] = new ResourceLimit(1024, 4096);
        _limits[(int)ResourceLimitKind.RLIMIT_MEMLOCK] = new ResourceLimit(8 << 20, 8 << 20);
        _limits[(int)ResourceLimitKind.RLIMIT_SIGPENDING] = new ResourceLimit(4096, 4096);
        _limits[(int)ResourceLimitKind.RLIMIT_MSGQUEUE] = new ResourceLimit(819200, 819200);
        _limits[(int)ResourceLimitKind.RLIMIT_NICE] = new ResourceLimit(0, 0);
        _limits[(int)ResourceLimitKind.RLIMIT_RTPRIO] = new ResourceLimit(0, 0);
    }

    /// <summary>A copy for fork.</summary>
    public ResourceLimits(ResourceLimits other)
    {
        using (other._lock.Enter())
        {
            other._limits.CopyTo(_limits, 0);
        }
    }

    /// <summary>A limit. Setting is unchecked; setrlimit(2)'s checks are its own.</summary>
    public ResourceLimit this[ResourceLimitKind kind]
    {
        get
        {
            using (_lock.Enter())
            {
                return _limits[(int)kind];
            }
        }

        set
        {
            using (_lock.Enter())
            {
                _limits[(int)kind] = value;
            }
        }
    }

    /// <summary>RLIMIT_NOFILE, soft: one more than the highest descriptor.</summary>
    public ulong OpenFiles
    {
        get => this[ResourceLimitKind.RLIMIT_NOFILE].Soft;
        set => SetSoft(ResourceLimitKind.RLIMIT_NOFILE, value);
    }

    /// <summary>RLIMIT_STACK, soft, in bytes.</summary>
    public ulong Stack
    {
        get => this[ResourceLimitKind.RLIMIT_STACK].Soft;
        set => SetSoft(ResourceLimitKind.RLIMIT_STACK, value);
    }

    /// <summary>RLIMIT_FSIZE, soft, in bytes.</summary>
    public ulong FileSize
    {
        get => this[ResourceLimitKind.RLIMIT_FSIZE].Soft;
        set => SetSoft(ResourceLimitKind.RLIMIT_FSIZE, value);
    }

    /// <summary>RLIMIT_AS, soft, in bytes.</summary>
    public ulong AddressSpace => this[ResourceLimitKind.RLIMIT_AS].Soft;

    /// <summary>RLIMIT_DATA, soft, in bytes.</summary>
    public ulong Data => this[ResourceLimitKind.RLIMIT_DATA].Soft;

    private void SetSoft(ResourceLimitKind kind, ulong value)
    {
        ResourceLimit limit = this[kind];
        this[kind] = limit with { Soft = value };
    }
}
