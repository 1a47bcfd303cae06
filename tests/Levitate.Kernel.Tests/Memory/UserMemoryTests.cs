using System;
using System.Linq;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Memory;

public sealed class UserMemoryTests : IDisposable
{
    private const PageAccess ReadWrite = PageAccess.Read | PageAccess.Write;

    private readonly SimulatedMachine _machine = new(totalFrames: 256);
    private readonly AddressSpace _space;
    private readonly UserContext _context;
    private readonly UserMemory _memory;

    public UserMemoryTests()
    {
        _space = AddressSpace.Create(_machine).Value;
        _context = _machine.TryCreateUserContext()!;
        _context.Activate(_space.PageTable);
        _memory = new UserMemory(_space);
    }

    public void Dispose()
    {
        _context.Activate(null);
        _space.Release();
        _machine.AssertNothingLeaked();
    }

    [Fact]
    public void Copies_resolve_faults_across_pages()
    {
        UserAddress start = Map(4);
        byte[] bytes = [.. Enumerable.Range(0, 10_000).Select(i => (byte)i)];
        Assert.Equal(Errno.None, _memory.Write(start + 100, bytes));
        var back = new byte[10_000];
        Assert.Equal(Errno.None, _memory.Read(start + 100, back));
        Assert.Equal(bytes, back);
        Assert.Equal(8, _memory.ClearPartial(start + 100, 8));
        Assert.Equal(0UL, _memory.Read<ulong>(start + 100).Value);
        Assert.Equal(Errno.None, _memory.Write(start, 0x0123_4567_89ab_cdefUL));
        Assert.Equal(0x89ab_cdefu, _memory.Read<uint>(start).Value);
    }

    [Fact]
    public void Partial_copies_end_where_memory_does()
    {
        UserAddress start = Map(2);
        UserAddress late = start + 8192 - 10;
        Assert.Equal(10, _memory.WritePartial(late, new byte[100]));
        Assert.Equal(10, _memory.ReadPartial(late, new byte[100]));
        Assert.Equal(10, _memory.ClearPartial(late, 1L << 40));
        Assert.Equal(Errno.EFAULT, _memory.Write(late, new byte[11]));
        Assert.Equal(Errno.EFAULT, _memory.Read(late, new byte[11]));
        Assert.Equal(Errno.EFAULT, _memory.Read<ulong>(start + 8192 - 7).Error);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(UserLayout.KernelWindowStart)]
    [InlineData(UserLayout.KernelWindowStart + 123456)]
    [InlineData(UserLayout.KernelWindowEnd - 4)]
    [InlineData(UserLayout.End)]
    [InlineData(0x8000_0000_0000UL)]
    [InlineData(0xffff_8000_0000_0000UL)]
    [InlineData(ulong.MaxValue - 3)]
    public void What_cannot_be_user_memory_is_EFAULT(ulong address)
    {
        var pointer = new UserAddress(address);
        Assert.Equal(Errno.EFAULT, _memory.Read(pointer, new byte[8]));
        Assert.Equal(Errno.EFAULT, _memory.Write(pointer, new byte[8]));
        Assert.Equal(0, _memory.ReadPartial(pointer, new byte[8]));
        Assert.Equal(0, _memory.WritePartial(pointer, new byte[8]));
        Assert.Equal(0, _memory.ClearPartial(pointer, 8));
        Assert.Equal(Errno.EFAULT, _memory.ReadPath(pointer).Error);
        Assert.Equal(Errno.EFAULT, _memory.Load(pointer).Error);
        Assert.Equal(Errno.EFAULT, _memory.CompareExchange(pointer, 0, 0).Error);
    }

    [Fact]
    public void A_range_that_runs_into_the_kernel_window_or_past_user_space_ends_there()
    {
        UserAddress below = new(UserLayout.KernelWindowStart - 4096);
        UserAddress last = new(UserLayout.End - 4096);
        foreach (UserAddress start in new[] { below, last })
        {
            Assert.True(_space.Map(start, 4096, ReadWrite, ReadWrite, MappingOptions.Fixed, null, 0).Succeeded);
            Assert.Equal(4096, _memory.WritePartial(start, new byte[8192]));
            Assert.Equal(4096, _memory.ReadPartial(start, new byte[8192]));
            Assert.Equal(4096, _memory.ClearPartial(start, 8192));
            Assert.Equal(Errno.EFAULT, _memory.Read(start, new byte[8192]));
        }
    }

    [Fact]
    public void Read_only_memory_cannot_be_written_and_write_only_memory_can_be_read()
    {
        UserAddress start = _space.Map(default, 4096, PageAccess.Read, ReadWrite, MappingOptions.None, null, 0).Value;
        Assert.Equal(Errno.EFAULT, _memory.Write(start, "x"u8));
        Assert.Equal(Errno.None, _space.Protect(start, 4096, PageAccess.Write));
        Assert.Equal(Errno.None, _memory.Write(start, "x"u8));
        Assert.Equal((byte)'x', _memory.Read<byte>(start).Value);
        Assert.Equal(Errno.None, _space.Protect(start, 4096, PageAccess.None));
        Assert.Equal(Errno.EFAULT, _memory.Read(start, new byte[1]));
    }

    [Fact]
    public void A_string_may_end_right_before_memory_does()
    {
        UserAddress start = Map(1);
        Assert.Equal(Errno.None, _memory.Write(start + 4096 - 5, "path\0"u8));
        Assert.Equal("path"u8.ToArray(), _memory.ReadPath(start + 4096 - 5).Value);
        Assert.Equal(Errno.None, _memory.Write(start + 4095, "x"u8));
        Assert.Equal(Errno.EFAULT, _memory.ReadPath(start + 4095).Error);
    }

    [Fact]
    public void A_string_without_an_end_is_refused_at_the_limit()
    {
        UserAddress start = Map(4);
        Assert.Equal(Errno.None, _memory.Write(start + 10, Enumerable.Repeat((byte)'a', 4096).ToArray()));
        Assert.Equal(Errno.ENAMETOOLONG, _memory.ReadPath(start + 10).Error);
        Assert.Equal(4095, _memory.ReadPath(start + 11).Value.Length);
        Assert.Equal(Errno.E2BIG, _memory.ReadString(start + 10, 4, Errno.E2BIG).Error);
        Assert.Empty(_memory.ReadPath(start).Value);
    }

    [Fact]
    public void Words_are_exchanged_atomically_after_their_fault_was_resolved()
    {
        UserAddress start = Map(1);
        Assert.Equal(0u, _memory.Load(start + 8).Value);
        Assert.Equal(0u, _memory.CompareExchange(start + 8, 0, 7).Value);
        Assert.Equal(7u, _memory.CompareExchange(start + 8, 0, 9).Value);
        Assert.Equal(7u, _memory.Load(start + 8).Value);
        Assert.Equal(Errno.EINVAL, _memory.Load(start + 2).Error);
    }

    [Fact]
    public void Past_the_end_of_a_mapped_file_is_EFAULT()
    {
        var file = new TestFile(_machine, 10, fill: 1);
        UserAddress start = _space.Map(default, 8192, ReadWrite, ReadWrite, MappingOptions.Shared, file, 0).Value;
        file.Release();
        Assert.Equal(4096, _memory.ReadPartial(start, new byte[8192]));
        Assert.Equal(Errno.EFAULT, _memory.Write(start + 4096, "x"u8));
    }

    [Fact]
    public void Without_memory_a_copy_is_EFAULT()
    {
        UserAddress start = Map(1);
        _machine.SimulatedFrames.FailAfter = 0;
        Assert.Equal(Errno.EFAULT, _memory.Write(start, "x"u8));
        _machine.SimulatedFrames.FailAfter = -1;
        Assert.Equal(Errno.None, _memory.Write(start, "x"u8));
    }

    private UserAddress Map(int pages) => _space.Map(default, (ulong)pages * 4096, ReadWrite, ReadWrite, MappingOptions.None, null, 0).Value;
}
