using System;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Xunit;

namespace Levitate.Kernel.Tests.Files;

public sealed class FileTimeTests : IDisposable
{
    private readonly FileTestKernel _kernel = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void Files_are_dated_by_the_clock_as_it_was_set()
    {
        const long Wanted = 1_000_000_000L * 1_000_000_000;
        _kernel.System.RealClock.Set(Wanted);
        _kernel.Create("/file", "content");
        Assert.Equal(Wanted / 1_000_000_000, _kernel.Stat("/file").ModificationTime.Seconds);
        Assert.Equal(Wanted, _kernel.System.RealClock.Nanoseconds);
    }

    [Fact]
    public void The_first_store_to_a_page_of_a_shared_mapping_dates_the_file_and_a_load_does_not()
    {
        const PageAccess Access = PageAccess.Read | PageAccess.Write;
        _kernel.Create("/file", new string('x', 5000));
        int fd = _kernel.Open("/file", OpenFlags.O_RDWR);
        Assert.True(_kernel.Caller.Files.Get(fd).TryGet(out FileDescription? file, out _));
        AddressSpace space = _kernel.Simulated.Space;
        UserAddress shared = space.Map(default, 8192, Access, Access, MappingOptions.Shared, file.GetMappable().Value, 0).Value;
        UserAddress own = space.Map(default, 8192, Access, Access, MappingOptions.None, file.GetMappable().Value, 0).Value;
        FileTime before = _kernel.Stat("/file").ModificationTime;
        _kernel.Machine.SimulatedClock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(FaultResolution.Resolved, space.HandleFault(shared, PageAccess.Read));
        Assert.Equal(FaultResolution.Resolved, space.HandleFault(own, PageAccess.Write));
        Assert.Equal(before, _kernel.Stat("/file").ModificationTime);
        Assert.Equal(FaultResolution.Resolved, space.HandleFault(shared + 4096, PageAccess.Write));
        Assert.Equal(before.Seconds + 10, _kernel.Stat("/file").ModificationTime.Seconds);
        Assert.Equal(before.Seconds + 10, _kernel.Stat("/file").ChangeTime.Seconds);
        Assert.Equal(Errno.None, space.Unmap(shared, 8192));
        Assert.Equal(Errno.None, space.Unmap(own, 8192));
        file.Release();
        _kernel.Close(fd);
    }

    [Fact]
    public void A_write_with_RWF_APPEND_goes_to_the_end_wherever_it_was_to_go()
    {
        _kernel.Create("/file", "begin ");
        int fd = _kernel.Open("/file", OpenFlags.O_RDWR);
        Assert.Equal(3, Write(0, "end", ReadWriteFlags.RWF_APPEND));
        Assert.Equal(5, Write(0, "BEGIN", ReadWriteFlags.None));
        Assert.Equal("BEGIN end", _kernel.ReadText("/file"));
        Assert.Equal(Errno.EOPNOTSUPP, ReadWriteSyscalls.Preadv2(_kernel.Caller, fd, _kernel.Scratch, 0, 0, 0, ReadWriteFlags.RWF_APPEND).Error);
        _kernel.Close(fd);

        long Write(long offset, string text, ReadWriteFlags flags)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(text);
            UserAddress place = _kernel.Scratch + 64;
            Assert.Equal(Errno.None, _kernel.Caller.Memory.Write(place, bytes));
            Assert.Equal(Errno.None, _kernel.Caller.Memory.Write(_kernel.Scratch, new UserSegment(place, bytes.Length)));
            return ReadWriteSyscalls.Pwritev2(_kernel.Caller, fd, _kernel.Scratch, 1, offset, 0, flags).Value;
        }
    }

    [Fact]
    public void A_memory_file_that_is_no_program_cannot_become_one_and_a_program_that_stays_one_stays_the_same()
    {
        int data = (int)MemorySyscalls.MemfdCreate(_kernel.Caller, _kernel.Path("data"), MemoryFileFlags.MFD_NOEXEC_SEAL).Value;
        Assert.Equal((long)FileSeals.F_SEAL_EXEC, Seals(data));
        Assert.Equal(Errno.EPERM, AttributeSyscalls.Fchmod(_kernel.Caller, data, 0x1ed).Error);
        Assert.Equal(0, AttributeSyscalls.Fchmod(_kernel.Caller, data, 0x180).Value);
        int program = (int)MemorySyscalls.MemfdCreate(_kernel.Caller, _kernel.Path("program"), MemoryFileFlags.MFD_EXEC | MemoryFileFlags.MFD_ALLOW_SEALING).Value;
        Assert.Equal(0, DescriptorSyscalls.Fcntl(_kernel.Caller, program, FileCommand.F_ADD_SEALS, (ulong)FileSeals.F_SEAL_EXEC).Value);
        Assert.Equal(0x3e, Seals(program));
        Assert.Equal(Errno.EINVAL, MemorySyscalls.MemfdCreate(_kernel.Caller, _kernel.Path("both"), MemoryFileFlags.MFD_EXEC | MemoryFileFlags.MFD_NOEXEC_SEAL).Error);
        _kernel.Close(data);
        _kernel.Close(program);

        long Seals(int fd) => DescriptorSyscalls.Fcntl(_kernel.Caller, fd, FileCommand.F_GET_SEALS, 0).Value;
    }
}
