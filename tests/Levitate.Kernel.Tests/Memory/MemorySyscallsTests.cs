using System;
using System.Linq;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Memory;

public sealed class MemorySyscallsTests : IDisposable
{
    private const MemoryProtection Read = MemoryProtection.PROT_READ;
    private const MemoryProtection ReadWrite = MemoryProtection.PROT_READ | MemoryProtection.PROT_WRITE;
    private const MapFlags Anonymous = MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS;

    private readonly SimulatedKernel _kernel = new(new SimulatedMachine(totalFrames: 512));

    private UserThread Caller => _kernel.Caller;

    public void Dispose()
    {
        _kernel.Dispose();
        _kernel.Machine.AssertNothingLeaked();
    }

    [Theory]
    [InlineData(MapFlags.MAP_ANONYMOUS, Errno.EINVAL)]
    [InlineData(MapFlags.MAP_ANONYMOUS | MapFlags.MAP_SHARED_VALIDATE, Errno.EINVAL)]
    [InlineData(Anonymous | MapFlags.MAP_HUGETLB, Errno.EINVAL)]
    [InlineData(MapFlags.MAP_ANONYMOUS | MapFlags.MAP_SHARED | MapFlags.MAP_GROWSDOWN, Errno.EINVAL)]
    [InlineData(MapFlags.MAP_PRIVATE, Errno.EBADF)]
    [InlineData(Anonymous | MapFlags.MAP_FIXED, Errno.EPERM)]
    public void Mmap_refuses_flags_as_Linux_does(MapFlags flags, Errno expected) =>
        Assert.Equal(expected, MemorySyscalls.Mmap(Caller, default, 4096, ReadWrite, flags, -1, 0).Error);

    [Fact]
    public void Mmap_checks_length_and_offset()
    {
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Mmap(Caller, default, 0, Read, Anonymous, -1, 0).Error);
        Assert.Equal(Errno.ENOMEM, MemorySyscalls.Mmap(Caller, default, ulong.MaxValue, Read, Anonymous, -1, 0).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Mmap(Caller, default, 4096, Read, Anonymous, -1, 1).Error);
        int file = _kernel.OpenNewFile("x"u8, OpenFlags.O_RDONLY);
        Assert.Equal(Errno.EOVERFLOW, MemorySyscalls.Mmap(Caller, default, 8192, Read, MapFlags.MAP_PRIVATE, file, long.MaxValue - 4095).Error);
        Assert.Equal(Errno.EOVERFLOW, MemorySyscalls.Mmap(Caller, default, 8192, Read, MapFlags.MAP_PRIVATE, file, -4096).Error);
    }

    [Fact]
    public void A_file_open_for_reading_can_be_mapped_shared_but_never_written_through()
    {
        int file = _kernel.OpenNewFile("content"u8, OpenFlags.O_RDONLY);
        Assert.Equal(Errno.EACCES, MemorySyscalls.Mmap(Caller, default, 4096, ReadWrite, MapFlags.MAP_SHARED, file, 0).Error);
        UserAddress shared = Mapped(Read, MapFlags.MAP_SHARED, file);
        Assert.Equal(Errno.EACCES, MemorySyscalls.Mprotect(Caller, shared, 4096, ReadWrite).Error);
        UserAddress copy = Mapped(ReadWrite, MapFlags.MAP_PRIVATE, file);
        Assert.Equal(Errno.None, Caller.Memory.Write(copy, "C"u8));
        Assert.Equal((byte)'c', Caller.Memory.Read<byte>(shared).Value);
        Assert.Equal((byte)'C', Caller.Memory.Read<byte>(copy).Value);
    }

    [Fact]
    public void A_file_open_for_writing_only_cannot_be_mapped()
    {
        int file = _kernel.OpenNewFile("content"u8, OpenFlags.O_WRONLY);
        Assert.Equal(Errno.EACCES, MemorySyscalls.Mmap(Caller, default, 4096, Read, MapFlags.MAP_PRIVATE, file, 0).Error);
        Assert.Equal(Errno.EACCES, MemorySyscalls.Mmap(Caller, default, 4096, MemoryProtection.PROT_WRITE, MapFlags.MAP_SHARED, file, 0).Error);
    }

    [Fact]
    public void A_mapping_outlives_its_descriptor()
    {
        int file = _kernel.OpenNewFile("still here"u8, OpenFlags.O_RDWR);
        UserAddress shared = Mapped(ReadWrite, MapFlags.MAP_SHARED, file);
        Assert.Equal(Errno.None, Caller.Files.Close(file));
        Assert.Equal((byte)'s', Caller.Memory.Read<byte>(shared).Value);
        Assert.Equal(0, MemorySyscalls.Munmap(Caller, shared, 4096).Value);
        Assert.Equal(Errno.EFAULT, Caller.Memory.Read<byte>(shared).Error);
    }

    [Fact]
    public void Shared_validate_knows_its_flags()
    {
        int file = _kernel.OpenNewFile("x"u8, OpenFlags.O_RDWR);
        Assert.Equal(Errno.EOPNOTSUPP, MemorySyscalls.Mmap(Caller, default, 4096, Read, MapFlags.MAP_SHARED_VALIDATE | MapFlags.MAP_SYNC, file, 0).Error);
        UserAddress mapped = Mapped(ReadWrite, MapFlags.MAP_SHARED_VALIDATE | MapFlags.MAP_POPULATE, file);
        Assert.True(Assert.Single(_kernel.Space.GetMappings()).IsShared);
        Assert.True(_kernel.Space.PageTable.Find(mapped).IsPresent);
    }

    [Fact]
    public void Map_32bit_lies_below_two_gibibytes()
    {
        ulong address = (ulong)MemorySyscalls.Mmap(Caller, default, 4096, Read, Anonymous | MapFlags.MAP_32BIT, -1, 0).Value;
        Assert.InRange(address, 0x4000_0000UL, 0x7fff_f000UL);
    }

    [Fact]
    public void Munmap_and_mprotect_check_their_ranges()
    {
        UserAddress start = _kernel.Map(8192);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Munmap(Caller, start + 1, 4096).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Munmap(Caller, start, 0).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Munmap(Caller, start, ulong.MaxValue).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Munmap(Caller, new UserAddress(0xffff_8000_0000_0000), 4096).Error);
        Assert.Equal(Errno.None, MemorySyscalls.Munmap(Caller, new UserAddress(UserLayout.KernelWindowStart - 4096), 1UL << 40).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Mprotect(Caller, start + 1, 4096, Read).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Mprotect(Caller, start, 4096, (MemoryProtection)0x40).Error);
        Assert.Equal(Errno.ENOMEM, MemorySyscalls.Mprotect(Caller, new UserAddress(UserLayout.KernelWindowStart), 4096, Read).Error);
        Assert.Equal(Errno.ENOMEM, MemorySyscalls.Mprotect(Caller, start, ulong.MaxValue, Read).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Mprotect(Caller, start, 4096, Read | MemoryProtection.PROT_GROWSDOWN).Error);
        Assert.Equal(0, MemorySyscalls.Mprotect(Caller, start, 0, Read).Value);
    }

    [Fact]
    public void Brk_never_fails_but_tells_where_it_is()
    {
        var start = new UserAddress(0x5555_6000_0000);
        _kernel.Space.SetProgramBreakStart(start);
        Assert.Equal((long)start.Value, MemorySyscalls.Brk(Caller, default).Value);
        Assert.Equal((long)start.Value + 5000, MemorySyscalls.Brk(Caller, start + 5000).Value);
        Assert.Equal((long)start.Value + 5000, MemorySyscalls.Brk(Caller, new UserAddress(ulong.MaxValue)).Value);
        Assert.Equal((long)start.Value + 5000, MemorySyscalls.Brk(Caller, new UserAddress(UserLayout.KernelWindowStart + 4096)).Value);
    }

    [Fact]
    public void Madvise_checks_advice_and_range()
    {
        UserAddress start = _kernel.Map(8192);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Madvise(Caller, start, 4096, (MemoryAdvice)5).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Madvise(Caller, start, 4096, MemoryAdvice.MADV_HUGEPAGE).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Madvise(Caller, start + 1, 4096, MemoryAdvice.MADV_NORMAL).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Madvise(Caller, start, ulong.MaxValue, MemoryAdvice.MADV_NORMAL).Error);
        Assert.Equal(Errno.ENOMEM, MemorySyscalls.Madvise(Caller, start, 1UL << 46, MemoryAdvice.MADV_WILLNEED).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Madvise(Caller, start, 4096, MemoryAdvice.MADV_REMOVE).Error);
        Assert.Equal(0, MemorySyscalls.Madvise(Caller, start, 8192, MemoryAdvice.MADV_POPULATE_WRITE).Value);
        Assert.Equal(8192UL, _kernel.Space.Usage.Resident);
        Assert.Equal(0, MemorySyscalls.Madvise(Caller, start, 4097, MemoryAdvice.MADV_FREE).Value);
        Assert.Equal(0UL, _kernel.Space.Usage.Resident);
        Assert.Equal(0, MemorySyscalls.Madvise(Caller, start, 0, MemoryAdvice.MADV_DONTNEED).Value);
    }

    [Fact]
    public void Mincore_and_msync_check_theirs()
    {
        UserAddress vector = _kernel.Put(new byte[4]);
        var start = new UserAddress((ulong)MemorySyscalls.Mmap(Caller, new UserAddress(0x2000_0000), 12288, ReadWrite, Anonymous, -1, 0).Value);
        Assert.Equal(Errno.None, Caller.Memory.Write(start + 4096, "x"u8));
        Assert.Equal(0, MemorySyscalls.Mincore(Caller, start, 12288, vector).Value);
        var seen = new byte[4];
        Caller.Memory.Read(vector, seen);
        Assert.Equal([0, 1, 0, 0], seen);
        Assert.Equal(Errno.EFAULT, MemorySyscalls.Mincore(Caller, start, 4096, new UserAddress(UserLayout.KernelWindowStart)).Error);
        Assert.Equal(Errno.ENOMEM, MemorySyscalls.Mincore(Caller, start, 16384, vector).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Mincore(Caller, start + 1, 4096, vector).Error);
        Assert.Equal(0, MemorySyscalls.Msync(Caller, start, 12288, SyncFlags.MS_SYNC).Value);
        Assert.Equal(Errno.ENOMEM, MemorySyscalls.Msync(Caller, start, 16384, SyncFlags.MS_ASYNC).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Msync(Caller, start, 4096, SyncFlags.MS_ASYNC | SyncFlags.MS_SYNC).Error);
        Assert.Equal(0, MemorySyscalls.Mlock(Caller, start, 4096).Value);
        Assert.Equal(Errno.EBUSY, MemorySyscalls.Msync(Caller, start, 4096, SyncFlags.MS_INVALIDATE).Error);
    }

    [Fact]
    public void Locking_without_the_right_ends_at_the_limit()
    {
        UserAddress start = _kernel.Map(8 * 4096);
        Caller.Process.Credentials = Credentials.Root with { EffectiveCapabilities = 0 };
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_MEMLOCK] = new ResourceLimit(2 * 4096, 2 * 4096);
        Assert.Equal(0, MemorySyscalls.Mlock(Caller, start, 8192).Value);
        Assert.Equal(Errno.ENOMEM, MemorySyscalls.Mlock(Caller, start + 8192, 1).Error);
        Assert.Equal(Errno.EAGAIN, MemorySyscalls.Mmap(Caller, default, 4096, Read, Anonymous | MapFlags.MAP_LOCKED, -1, 0).Error);
        Assert.Equal(Errno.ENOMEM, MemorySyscalls.Mlockall(Caller, LockAllFlags.MCL_CURRENT).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Mlockall(Caller, LockAllFlags.MCL_ONFAULT).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.Mlock2(Caller, start, 4096, (LockFlags)2).Error);
        Assert.Equal(0, MemorySyscalls.Munlock(Caller, start, 8192).Value);
        Caller.Process.Limits[ResourceLimitKind.RLIMIT_MEMLOCK] = default;
        Assert.Equal(Errno.EPERM, MemorySyscalls.Mlock(Caller, start, 1).Error);
        Assert.Equal(Errno.EPERM, MemorySyscalls.Mmap(Caller, default, 4096, Read, Anonymous | MapFlags.MAP_LOCKED, -1, 0).Error);
    }

    [Fact]
    public void Mlockall_for_the_future_locks_what_is_mapped_next()
    {
        Assert.Equal(0, MemorySyscalls.Mlockall(Caller, LockAllFlags.MCL_FUTURE).Value);
        UserAddress start = _kernel.Map(8192);
        Assert.Equal(8192UL, _kernel.Space.Usage.Resident);
        Assert.Equal(8192UL, _kernel.Space.LockedBytes);
        Assert.Equal(0, MemorySyscalls.Munlockall(Caller).Value);
        Assert.Equal(0UL, _kernel.Space.LockedBytes);
        Assert.Equal(0, MemorySyscalls.Munmap(Caller, start, 8192).Value);
    }

    [Fact]
    public void A_memory_file_can_be_sized_mapped_and_is_gone_with_its_last_user()
    {
        UserAddress name = _kernel.Put("buffer\0"u8);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.MemfdCreate(Caller, name, MemoryFileFlags.MFD_HUGETLB).Error);
        Assert.Equal(Errno.EFAULT, MemorySyscalls.MemfdCreate(Caller, default, MemoryFileFlags.None).Error);
        Assert.Equal(Errno.EINVAL, MemorySyscalls.MemfdCreate(Caller, _kernel.Put(Enumerable.Repeat((byte)'n', 250).ToArray()), MemoryFileFlags.None).Error);
        int file = (int)MemorySyscalls.MemfdCreate(Caller, name, MemoryFileFlags.MFD_CLOEXEC).Value;
        Assert.True(Caller.Files.GetCloseOnExec(file).Value);
        FileDescription description = Caller.Files.Get(file).Value;
        Assert.Equal(Errno.None, description.SetLength(4096));
        description.Release();
        UserAddress mapped = Mapped(ReadWrite, MapFlags.MAP_SHARED, file);
        Assert.Equal(Errno.None, Caller.Memory.Write(mapped, "x"u8));
        Assert.Equal("/memfd:buffer (deleted)"u8.ToArray(), Assert.Single(_kernel.Space.GetMappings(), mapping => mapping.IsShared).Path);
    }

    [Fact]
    public void Shared_memory_has_one_identity_wherever_it_is_mapped()
    {
        int file = _kernel.OpenNewFile(new byte[8192], OpenFlags.O_RDWR);
        UserAddress first = new((ulong)MemorySyscalls.Mmap(Caller, default, 8192, ReadWrite, MapFlags.MAP_SHARED, file, 0).Value);
        UserAddress second = new((ulong)MemorySyscalls.Mmap(Caller, default, 4096, ReadWrite, MapFlags.MAP_SHARED, file, 4096).Value);
        Assert.Equal(Errno.None, _kernel.Space.FindShared(first + 4100, out PageCache? one, out ulong oneOffset));
        Assert.Equal(Errno.None, _kernel.Space.FindShared(second + 4, out PageCache? other, out ulong otherOffset));
        Assert.Equal((one, 4100UL), (other, otherOffset));
        Assert.Equal(oneOffset, otherOffset);
        Assert.Equal(Errno.None, _kernel.Space.FindShared(_kernel.Map(4096), out PageCache? none, out _));
        Assert.Null(none);
    }

    [Fact]
    public void A_barrier_for_the_process_is_refused_until_it_was_asked_for_and_a_fork_need_not_ask_again()
    {
        const BarrierCommands Private = BarrierCommands.MEMBARRIER_CMD_PRIVATE_EXPEDITED;
        Assert.Equal(0x27f, BarrierSyscalls.Membarrier(Caller, BarrierCommands.MEMBARRIER_CMD_QUERY, 0, 0).Value);
        Assert.Equal(Errno.EPERM, BarrierSyscalls.Membarrier(Caller, Private, 0, 0).Error);
        Assert.Equal(0, BarrierSyscalls.Membarrier(Caller, BarrierCommands.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0).Value);
        Assert.Equal(0, BarrierSyscalls.Membarrier(Caller, Private, 0, 0).Value);
        Assert.Equal(Errno.EINVAL, BarrierSyscalls.Membarrier(Caller, Private, 1, 0).Error);
        AddressSpace child = _kernel.Space.Fork().Value;
        Assert.Equal(BarrierCommands.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, child.BarrierRegistrations);
        child.Release();
    }

    [Fact]
    public void No_argument_of_any_call_throws_or_leaks()
    {
        var random = new Random(11);
        ulong[] values = [0, 1, 4095, 4096, 8192, 1UL << 30, UserLayout.MinimumAddress, UserLayout.KernelWindowStart - 4096, UserLayout.KernelWindowStart,
            UserLayout.KernelWindowEnd - 4096, UserLayout.KernelWindowEnd, UserLayout.MappingTop - 8192, UserLayout.MappingTop - 4096, UserLayout.MappingTop, UserLayout.End - 4096, UserLayout.End,
            1UL << 47, 1UL << 63, ulong.MaxValue - 4095, ulong.MaxValue];
        int file = _kernel.OpenNewFile(new byte[10_000], OpenFlags.O_RDWR);
        ulong Value() => values[random.Next(values.Length)];
        UserAddress Address() => new(Value());
        for (int i = 0; i < 20_000; i++)
        {
            _ = random.Next(9) switch
            {
                0 or 1 => MemorySyscalls.Mmap(Caller, Address(), Value(), (MemoryProtection)random.Next(8), (MapFlags)(uint)(random.Next(1 << 21) & ~0x8000), random.Next(2) == 0 ? -1 : file, (long)Value()),
                2 => MemorySyscalls.Munmap(Caller, Address(), Value()),
                3 => MemorySyscalls.Mprotect(Caller, Address(), Value(), (MemoryProtection)random.Next(8)),
                4 => MemorySyscalls.Mremap(Caller, Address(), Value(), Value(), (RemapFlags)random.Next(9), Address()),
                5 => MemorySyscalls.Madvise(Caller, Address(), Value(), (MemoryAdvice)random.Next(22)),
                6 => MemorySyscalls.Msync(Caller, Address(), Value(), (SyncFlags)random.Next(8)),
                7 => MemorySyscalls.Brk(Caller, Address()),
                _ => (SyscallResult)(long)_kernel.Space.HandleFault(Address(), (PageAccess)(1 << random.Next(3))),
            };
            foreach (MappingInfo mapping in i % 100 == 0 ? _kernel.Space.GetMappings() : [])
            {
                Assert.True(UserLayout.IsUserRange(mapping.Start.Value, mapping.End - mapping.Start) && mapping.Start.Value >= UserLayout.MinimumAddress);
            }
        }
    }

    private UserAddress Mapped(MemoryProtection protection, MapFlags flags, int file)
    {
        SyscallResult result = MemorySyscalls.Mmap(Caller, default, 4096, protection, flags, file, 0);
        Assert.False(result.IsError, $"{result.Error}");
        return new UserAddress((ulong)result.Value);
    }
}
