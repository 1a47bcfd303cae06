using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
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

    /// <summary>Past the end of the mapped file: SIGBUS with BUS_ADRERR.</summary>
    BeyondEndOfFile,

    /// <summary>No frame to be had: the process is killed (SIGKILL, status 137).</summary>
    OutOfMemory,
}

/// <summary>A line of /proc/[pid]/maps.</summary>
public readonly record struct MappingInfo(UserAddress Start, UserAddress End, PageAccess Access, bool IsShared, long FileOffset, ulong Device, ulong Inode, byte[] Path);

/// <summary>One address space: its mappings and its page table. OWNER: memory. Signatures are the contract.</summary>
public sealed class AddressSpace
{
    /// <summary>An empty address space with one reference; ENOMEM.</summary>
    public static Result<AddressSpace> Create(IMachine machine) => throw new NotImplementedException();

    /// <summary>The translation, for <see cref="UserContext.Activate"/>.</summary>
    public IPageTable PageTable => throw new NotImplementedException();

    /// <summary>Adds a reference (vfork, threads of another process, /proc readers).</summary>
    public void AddReference() => throw new NotImplementedException();

    /// <summary>Drops a reference; the last one unmaps everything and frees it, promptly.</summary>
    public void Release() => throw new NotImplementedException();

    /// <summary>Maps memory. Acquires a reference on <paramref name="file"/> for as long as the mapping lives.</summary>
    /// <param name="hint">The wanted place, page-aligned; zero for any.</param>
    /// <param name="length">Bytes, rounded up to pages here; EINVAL when 0 or overflowing.</param>
    /// <param name="access">The protection.</param>
    /// <param name="maximumAccess">What mprotect may later allow (a file opened read-only mapped shared never gets Write).</param>
    /// <param name="options">Placement and sharing.</param>
    /// <param name="file">The file, or null for zeros.</param>
    /// <param name="fileOffset">Page-aligned offset in the file.</param>
    /// <returns>The address; EINVAL, ENOMEM, EEXIST, EPERM below the minimum address.</returns>
    public Result<UserAddress> Map(UserAddress hint, ulong length, PageAccess access, PageAccess maximumAccess, MappingOptions options, IMappableFile? file, long fileOffset) => throw new NotImplementedException();

    /// <summary>munmap.</summary>
    public Errno Unmap(UserAddress start, ulong length) => throw new NotImplementedException();

    /// <summary>mprotect.</summary>
    public Errno Protect(UserAddress start, ulong length, PageAccess access) => throw new NotImplementedException();

    /// <summary>Where the heap begins (the loader sets it past the main program's bss). Its end moves by brk.</summary>
    public void SetProgramBreakStart(UserAddress start) => throw new NotImplementedException();

    /// <summary>Resolves a page fault of user mode or of a user copy.</summary>
    public FaultResolution HandleFault(UserAddress address, PageAccess access) => throw new NotImplementedException();

    /// <summary>Writes through the mappings' frames, whichever address space is active; ignores write protection of private mappings (copies first), as the loader and ptrace need. EFAULT, ENOMEM.</summary>
    public Errno WriteRemote(UserAddress address, ReadOnlySpan<byte> source) => throw new NotImplementedException();

    /// <summary>Reads likewise. EFAULT, ENOMEM.</summary>
    public Errno ReadRemote(UserAddress address, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>The mappings in address order, for procfs.</summary>
    public IReadOnlyList<MappingInfo> GetMappings() => throw new NotImplementedException();

    /// <summary>A copy-on-write copy for fork; ENOMEM.</summary>
    public Result<AddressSpace> Fork() => throw new NotImplementedException();

    /// <summary>Bytes mapped, and bytes that have a frame here.</summary>
    public (ulong Virtual, ulong Resident) Usage => throw new NotImplementedException();

    /// <summary>RLIMIT_STACK, RLIMIT_AS and RLIMIT_DATA in bytes, as the owner process has them.</summary>
    public ulong StackLimit { get; set; } = 8 << 20;

    /// <inheritdoc cref="StackLimit"/>
    public ulong AddressSpaceLimit { get; set; } = ulong.MaxValue;

    /// <inheritdoc cref="StackLimit"/>
    public ulong DataLimit { get; set; } = ulong.MaxValue;
}
