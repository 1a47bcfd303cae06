using System;
using System.Linq;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.Simulation;
using Levitate.Kernel.Time;
using Xunit;

namespace Levitate.Kernel.Tests.Time;

public sealed class VdsoTests : IDisposable
{
    private readonly SimulatedKernel _kernel = new(new SimulatedMachine { ClockLibrary = [.. Enumerable.Repeat((byte)0x90, 5000)], UserClock = new UserClock(0x1234, TellsProcessor: true) });

    private Vdso Vdso => _kernel.System.Vdso!;

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void A_program_finds_the_library_and_below_it_the_page_that_it_reads()
    {
        Assert.Equal(Errno.None, Vdso.Map(_kernel.Space));
        (string, PageAccess, ulong)[] expected =
        [
            ("[vvar]", PageAccess.Read, UserLayout.MappingTop - (3 * PageSize.Bytes)),
            ("[vdso]", PageAccess.Read | PageAccess.Execute, UserLayout.MappingTop - (2 * PageSize.Bytes)),
        ];
        Assert.Equal(expected, _kernel.Space.GetMappings().Select(mapping => (System.Text.Encoding.ASCII.GetString(mapping.Path), mapping.Access, mapping.Start.Value)));
        Assert.Equal(0x1234, Read(0));
        Assert.Equal(1, Read(16));
        Assert.Equal(0x9090, _kernel.Caller.Memory.Read<ushort>(Vdso.Library).Value);
    }

    [Fact]
    public void Setting_the_clock_is_seen_on_the_page()
    {
        Assert.Equal(Errno.None, Vdso.Map(_kernel.Space));
        Assert.Equal(_kernel.System.RealClock.BootNanoseconds, Read(8));
        _kernel.System.RealClock.Set(2_000_000_000_000_000_000);
        Assert.Equal(_kernel.System.RealClock.BootNanoseconds, Read(8));
    }

    [Fact]
    public void Nobody_may_write_to_the_page()
    {
        Assert.Equal(Errno.None, Vdso.Map(_kernel.Space));
        UserAddress page = new(Vdso.Library.Value - PageSize.Bytes);
        Assert.Equal(Errno.EACCES, _kernel.Space.Protect(page, PageSize.Bytes, PageAccess.Read | PageAccess.Write));
        Assert.Equal(Errno.EFAULT, _kernel.Caller.Memory.Write(page, 1L));
    }

    [Fact]
    public void A_machine_without_a_library_has_none()
    {
        using var kernel = new SimulatedKernel();
        Assert.Null(kernel.System.Vdso);
    }

    private long Read(ulong offset) => _kernel.Caller.Memory.Read<long>(new UserAddress(Vdso.Library.Value - PageSize.Bytes + offset)).Value;
}
