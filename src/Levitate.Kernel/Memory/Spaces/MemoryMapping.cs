using System;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

/// <summary>What distinguishes mappings besides place, protection and file: two neighbours merge only where all of it is equal.</summary>
[Flags]
internal enum MappingTraits
{
    None = 0,

    /// <summary>Stores reach the file or the other processes.</summary>
    Shared = 1,

    /// <summary>Grows down on faults below it.</summary>
    GrowsDown = 2,

    /// <summary>The main thread's stack.</summary>
    InitialStack = 4,

    /// <summary>mlock: pages are faulted in at once and MADV_DONTNEED is refused. (There is no swap, so nothing else is to do.)</summary>
    Locked = 8,

    /// <summary>With <see cref="Locked"/>: pages are faulted in when they are touched (MLOCK_ONFAULT).</summary>
    LockedOnFault = 16,

    /// <summary>MADV_DONTFORK: a child does not get the mapping.</summary>
    DontFork = 32,

    /// <summary>MADV_WIPEONFORK: a child gets the mapping with zeros.</summary>
    WipeOnFork = 64,

    /// <summary>MADV_DONTDUMP.</summary>
    DontDump = 128,
}

/// <summary>A piece of an address space with one protection and one file behind it (Linux: vm_area_struct). Guarded by the lock of its address space.</summary>
internal sealed class MemoryMapping
{
    /// <summary>The first address.</summary>
    public ulong Start;

    /// <summary>The first address past it; equals <see cref="Start"/> once the mapping is gone.</summary>
    public ulong End;

    /// <summary>The protection.</summary>
    public PageAccess Access;

    /// <summary>What mprotect may allow.</summary>
    public PageAccess MaximumAccess;

    /// <summary>Kind and advice.</summary>
    public MappingTraits Traits;

    /// <summary>The file, or null for anonymous private memory. The mapping holds a reference.</summary>
    public readonly IMappableFile? File;

    /// <summary>The pages of <see cref="File"/>.</summary>
    public readonly PageCache? Cache;

    /// <summary>The file's page at <see cref="Start"/>.</summary>
    public long FilePage;

    /// <summary>Whether a page that is not the file's own may be present: only then has fork something to copy.</summary>
    public bool HasPrivatePages;

    /// <summary>Neighbours in <see cref="PageCache"/>'s list of mappings; guarded by the cache's lock.</summary>
    public MemoryMapping? NextOfCache, PreviousOfCache;

    /// <summary>The address space that it is a part of.</summary>
    public readonly AddressSpace Space;

    public MemoryMapping(AddressSpace space, ulong start, ulong end, IMappableFile? file)
    {
        Space = space;
        Start = start;
        End = end;
        File = file;
        Cache = file?.Pages;
    }

    public bool IsShared => (Traits & MappingTraits.Shared) != 0;

    public bool GrowsDown => (Traits & MappingTraits.GrowsDown) != 0;

    public bool IsLocked => (Traits & MappingTraits.Locked) != 0;

    public ulong Length => End - Start;

    public long Pages => (long)(Length >> PageSize.Shift);

    /// <summary>Whether it counts against RLIMIT_DATA: private and writable, but no stack.</summary>
    public bool IsData => (Access & PageAccess.Write) != 0 && (Traits & (MappingTraits.Shared | MappingTraits.GrowsDown)) == 0;

    /// <summary>Whether it counts as a program's code (VmExe, VmLib): what may be executed and not written, but no stack.</summary>
    public bool IsCode => (Access & (PageAccess.Write | PageAccess.Execute)) == PageAccess.Execute && !GrowsDown;

    /// <summary>The protection as the hardware can express it: what may be written or executed can be read, too (x86 has no other way).</summary>
    public PageAccess HardwareAccess => Access == PageAccess.None ? PageAccess.None : Access | PageAccess.Read;

    /// <summary>Where mmap must stop below: a growing stack keeps a gap.</summary>
    public ulong GuardedStart => GrowsDown ? Start - Math.Min(Start, AddressSpace.StackGuardBytes) : Start;

    public bool Contains(ulong address) => address - Start < End - Start;

    /// <summary>Whether user mode may do that.</summary>
    public bool Allows(PageAccess wanted) => (wanted & ~HardwareAccess) == 0;

    /// <summary>The file's page at an address.</summary>
    public long FilePageAt(ulong address) => FilePage + (long)((address - Start) >> PageSize.Shift);

    /// <summary>Another mapping like this one, of a part of it or elsewhere. It is in no list and holds no reference yet.</summary>
    public MemoryMapping CloneTo(AddressSpace space, ulong start, ulong end, long filePage) => new(space, start, end, File)
    {
        Access = Access,
        MaximumAccess = MaximumAccess,
        Traits = Traits,
        FilePage = filePage,
        HasPrivatePages = HasPrivatePages,
    };

    /// <summary>Whether <paramref name="next"/>, which begins where this ends, can become a part of it.</summary>
    public bool CanAbsorb(MemoryMapping next) =>
        CanAbsorb(next.Start, next.Access, next.MaximumAccess, next.Traits, next.File, next.FilePage);

    /// <inheritdoc cref="CanAbsorb(MemoryMapping)"/>
    public bool CanAbsorb(ulong start, PageAccess access, PageAccess maximumAccess, MappingTraits traits, IMappableFile? file, long filePage) =>
        End == start
        && Access == access
        && MaximumAccess == maximumAccess
        && Traits == traits
        && ReferenceEquals(File, file)
        && (file is null || FilePage + Pages == filePage);
}
