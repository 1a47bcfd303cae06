using System;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

/// <summary>How a mapping is placed and shared.</summary>
[Flags]
public enum MappingOptions
{
    /// <summary>Private, anywhere.</summary>
    None = 0,

    /// <summary>Stores reach the file or the other processes.</summary>
    Shared = 1,

    /// <summary>Exactly at the address, replacing what is there.</summary>
    Fixed = 2,

    /// <summary>Exactly at the address; EEXIST where something is there.</summary>
    FixedNoReplace = 4,

    /// <summary>A stack: grows down on faults below it, down to RLIMIT_STACK, keeping a guard gap.</summary>
    GrowsDown = 8,

    /// <summary>Fault everything in at once (MAP_POPULATE).</summary>
    Populate = 16,

    /// <summary>The main thread's stack: [stack] in /proc/[pid]/maps.</summary>
    InitialStack = 32,

    /// <summary>Not counted against what memory there is (MAP_NORESERVE).</summary>
    NoReserve = 64,

    /// <summary>As by mlock (MAP_LOCKED).</summary>
    Locked = 128,

    /// <summary>Below 2 GiB (MAP_32BIT).</summary>
    Below2GiB = 256,
}

/// <summary>What became of a page fault.</summary>
public enum FaultResolution
{
    /// <summary>The access can be tried again.</summary>
    Resolved,

    /// <summary>Nothing mapped: SIGSEGV with SEGV_MAPERR.</summary>
    NotMapped,

    /// <summary>Mapped, but not for this access: SIGSEGV with SEGV_ACCERR.</summary>
    AccessDenied,

    /// <summary>Past the end of the mapped file, or of what its file system may have: SIGBUS with BUS_ADRERR.</summary>
    BeyondEndOfFile,

    /// <summary>No frame to be had: the process is killed (SIGKILL, status 137).</summary>
    OutOfMemory,
}

/// <summary>A line of /proc/[pid]/maps.</summary>
public readonly record struct MappingInfo(UserAddress Start, UserAddress End, PageAccess Access, bool IsShared, long FileOffset, ulong Device, ulong Inode, byte[] Path)
{
    /// <summary>What mprotect may allow.</summary>
    internal PageAccess MaximumAccess { get; init; }

    /// <summary>Kind and advice.</summary>
    internal MappingTraits Traits { get; init; }
}
