using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Memory;

/// <summary>
/// One address space: its mappings and its page table (Linux: mm_struct). Every present page of the table holds one
/// reference on its frame. By aspect: this file holds state and lifetime; .Map, .Change and .Remap the mappings;
/// .Fault demand paging and copy-on-write; .Fork; .Break the heap; .Advise madvise and friends; .Remote access from outside.
/// </summary>
public sealed partial class AddressSpace
{
    /// <summary>Pages left free below a growing stack, in bytes (Linux: stack_guard_gap).</summary>
    internal const ulong StackGuardBytes = 256 * PageSize.Bytes;

    /// <summary>The most mappings of one address space (Linux: vm.max_map_count).</summary>
    internal const int MaximumMappings = 65530;

    /// <summary>
    /// Guards the fields below, the page table, and the mappings' fields. Order: before <see cref="PageCache"/>'s lock;
    /// two address spaces only in <see cref="Fork"/>, parent before child. Never held while blocking, nor while a file is
    /// released: that may close it, which is the file system's business and takes its locks.
    /// </summary>
    private KernelLock _lock = new(LockOrder.AddressSpace);
    private readonly IMachine _machine;
    private readonly IFrameAllocator _frames;
    private readonly IUserMemoryCopier _copier;
    private readonly IPageTable _pageTable;
    private MappingList _mappings = new();
    private List<IMappableFile>? _filesToRelease;
    private long _mappedPages;
    private long _dataPages;
    private long _stackPages;
    private long _codePages;
    private long _lockedPages;
    private long _residentPages;

    /// <summary>The most that they were before any was let go of; they may be more by now.</summary>
    private long _peakResidentPages;

    /// <inheritdoc cref="_peakResidentPages"/>
    private long _peakMappedPages;
    private ProgramLayout _layout;
    private MappingTraits _futureTraits;
    private IMappableFile? _programFile;
    private int _barrierRegistrations;
    private int _references = 1;
    private int _futexNumber;

    /// <summary>Where to look for room from.</summary>
    private GapHints _gapHints = new(UserLayout.MappingTop);

    private AddressSpace(IMachine machine, IPageTable pageTable)
    {
        _machine = machine;
        _frames = machine.Frames;
        _copier = machine.UserMemory;
        _pageTable = pageTable;
    }

    /// <summary>The number by which its futexes are found, which <see cref="FutexTable"/> gives it; 0: not yet.</summary>
    internal ref int FutexNumber => ref _futexNumber;

    /// <summary>An empty address space with one reference; ENOMEM.</summary>
    public static Result<AddressSpace> Create(IMachine machine) =>
        machine.TryCreatePageTable() is { } pageTable ? new AddressSpace(machine, pageTable) : Errno.ENOMEM;

    /// <summary>The translation, for <see cref="UserContext.Activate"/>.</summary>
    public IPageTable PageTable => _pageTable;

    /// <summary>Copies to and from it, while the calling thread runs in it.</summary>
    internal IUserMemoryCopier Copier => _copier;

    /// <summary>RLIMIT_STACK, RLIMIT_AS and RLIMIT_DATA in bytes, as the owner process has them.</summary>
    public ulong StackLimit { get; set; } = 8 << 20;

    /// <inheritdoc cref="StackLimit"/>
    public ulong AddressSpaceLimit { get; set; } = ulong.MaxValue;

    /// <inheritdoc cref="StackLimit"/>
    public ulong DataLimit { get; set; } = ulong.MaxValue;

    /// <summary>RLIMIT_MEMLOCK in bytes; infinite for who has CAP_IPC_LOCK.</summary>
    public ulong LockedLimit { get; set; } = ulong.MaxValue;

    /// <summary>The file of the program that runs here, held as long as the address space is; null where none does, or none any more.</summary>
    public IMappableFile? ProgramFile => Volatile.Read(ref _programFile);

    /// <summary>The barriers that programs here said they would ask for (membarrier).</summary>
    internal BarrierCommands BarrierRegistrations => (BarrierCommands)Volatile.Read(ref _barrierRegistrations);

    /// <summary>Adds one of them.</summary>
    internal void RegisterBarrier(BarrierCommands command) => Interlocked.Or(ref _barrierRegistrations, (int)command);

    /// <summary>Sets <see cref="ProgramFile"/> of a new address space.</summary>
    internal void SetProgramFile(IMappableFile file)
    {
        file.Acquire();
        _programFile = file;
    }

    /// <summary>Bytes mapped, and bytes that have a frame here.</summary>
    public (ulong Virtual, ulong Resident) Usage
    {
        get
        {
            using (_lock.Enter())
            {
                return ((ulong)_mappedPages << PageSize.Shift, (ulong)_residentPages << PageSize.Shift);
            }
        }
    }

    /// <summary>The most bytes that had a frame here at once (VmHWM).</summary>
    public ulong PeakResident
    {
        get
        {
            using (_lock.Enter())
            {
                return (ulong)Math.Max(_peakResidentPages, _residentPages) << PageSize.Shift;
            }
        }
    }

    /// <summary>Bytes that are locked by mlock (VmLck).</summary>
    public ulong LockedBytes
    {
        get
        {
            using (_lock.Enter())
            {
                return (ulong)_lockedPages << PageSize.Shift;
            }
        }
    }

    /// <summary>Adds a reference (vfork, threads of another process, /proc readers).</summary>
    public void AddReference()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new InvalidOperationException("the address space is gone already");
        }
    }

    /// <summary>Adds a reference unless the last one has gone: for those who found it without holding one (/proc).</summary>
    public bool TryAddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int previous = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (previous == seen)
            {
                return true;
            }

            seen = previous;
        }

        return false;
    }

    /// <summary>Drops a reference; the last one unmaps everything and frees it, promptly. No thread may run in it any more.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left > 0)
        {
            return;
        }

        if (left < 0)
        {
            throw new InvalidOperationException("the address space was released too often");
        }

        using (EnterExclusive())
        {
            RemoveMappings(0, _mappings.Count);
        }

        _pageTable.Dispose();
        Interlocked.Exchange(ref _programFile, null)?.Release();
    }

    /// <summary>The mappings in address order, for procfs: all, or so many of those that end after an address.</summary>
    public IReadOnlyList<MappingInfo> GetMappings(UserAddress after = default, int most = int.MaxValue)
    {
        List<(MappingInfo Info, IMappableFile? File)> list;
        using (_lock.Enter())
        {
            int first = _mappings.FirstEndingAfter(after.Value), end = first + Math.Min(most, _mappings.Count - first);
            list = new List<(MappingInfo, IMappableFile?)>(end - first);
            for (int i = first; i < end; i++)
            {
                MemoryMapping mapping = _mappings[i];
                long offset = mapping.File is null ? 0 : mapping.FilePage << PageSize.Shift;
                mapping.File?.Acquire();
                list.Add((new MappingInfo(new UserAddress(mapping.Start), new UserAddress(mapping.End), mapping.Access, mapping.IsShared, offset, 0, 0, NameOf(mapping)) { MaximumAccess = mapping.MaximumAccess, Traits = mapping.Traits }, mapping.File));
            }
        }

        // The file system is asked for names without the lock: its own locks come before.
        var result = new MappingInfo[list.Count];
        for (int i = 0; i < result.Length; i++)
        {
            (result[i], IMappableFile? file) = list[i];
            if (file is not null)
            {
                (ulong device, ulong inode) = file.Identity;
                result[i] = result[i] with { Device = device, Inode = inode, Path = file.MapsPath };
                file.Release();
            }
        }

        return result;
    }

    private byte[] NameOf(MemoryMapping mapping)
    {
        if ((mapping.Traits & MappingTraits.InitialStack) != 0)
        {
            return "[stack]"u8.ToArray();
        }

        bool isHeap = mapping.File is null && _break > _breakStart && mapping.Start < _break && mapping.End > _breakStart;
        return isHeap ? "[heap]"u8.ToArray() : [];
    }

    /// <summary>Enters the lock; files that were let go meanwhile are released after it is left.</summary>
    private Exclusive EnterExclusive() => new(this, _lock.Enter());

    private readonly ref struct Exclusive
    {
        private readonly AddressSpace _space;
        private readonly KernelLock.Scope _scope;

        internal Exclusive(AddressSpace space, KernelLock.Scope scope)
        {
            _space = space;
            _scope = scope;
        }

        public void Dispose()
        {
            List<IMappableFile>? files = _space._filesToRelease;
            _space._filesToRelease = null;
            _scope.Dispose();
            if (files is null)
            {
                return;
            }

            foreach (IMappableFile file in files)
            {
                file.Release();
            }
        }
    }
}
