using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.FileSystems.Procfs;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Tests.Files;
using Levitate.Kernel.Text;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

public sealed class OutOfMemoryTests
{
    private const int PAGE_FAULT = 14, WRITE_BY_USER = 6;
    private const ulong Area = 0x4000_0000;
    private const ulong Data = ProcessTestKernel.Data;

    [Theory]
    [InlineData(0)]
    [InlineData(-1000)]
    public void The_largest_process_ends_for_want_of_memory_not_the_one_that_asks_unless_it_must_not(int adjustmentOfLargest)
    {
        using var kernel = new ProcessTestKernel(totalFrames: 400);
        bool isFull = false;
        IEnumerable<UserExit> Large(UserProgram program)
        {
            yield return MapArea(program);
            ulong page = 0;
            while (kernel.Machine.Frames.FreeFrames > 4)
            {
                yield return program.Fault(PAGE_FAULT, Area + (page++ * 4096), WRITE_BY_USER);
            }

            isFull = true;
            while (true)
            {
                yield return program.Call(34);
            }
        }

        IEnumerable<UserExit> Small(UserProgram program)
        {
            yield return MapArea(program);
            for (ulong page = 0; page < 30; page++)
            {
                yield return program.Fault(PAGE_FAULT, Area + (page * 4096), WRITE_BY_USER);
            }

            yield return program.Call(231, 5);
        }

        UserThread large = kernel.Start(Large);
        Assert.Equal(Errno.None, large.Process.SetOutOfMemoryAdjustment(null, adjustmentOfLargest));
        kernel.Until(() => isFull, "memory is full");
        WaitStatus small = kernel.Run(Small);
        if (adjustmentOfLargest == 0)
        {
            Assert.Equal(5, small.ExitCode);
            Assert.Equal(SignalNumber.SIGKILL, kernel.WaitForEnd(large.Process).Signal);
        }
        else
        {
            Assert.Equal(SignalNumber.SIGKILL, small.Signal);
            Assert.False(large.Process.IsZombie);
            large.Process.Signals.Send(SignalInfo.FromKernel(SignalNumber.SIGKILL));
            kernel.WaitForEnd(large.Process);
        }
    }

    /// <summary>Who reads into memory that it has not touched yet does not fail because another has taken all: that one ends.</summary>
    [Fact]
    public void A_call_that_copies_to_a_page_for_which_there_is_none_succeeds_and_the_largest_process_ends()
    {
        using var kernel = new ProcessTestKernel(totalFrames: 400);
        kernel.Machine.SimulatedFrames.Reserve = 40;
        bool isFull = false;
        IEnumerable<UserExit> Large(UserProgram program)
        {
            yield return MapArea(program);
            ulong page = 0;
            while (kernel.Machine.Frames.FreeFrames > kernel.Machine.Frames.Reserve)
            {
                yield return program.Fault(PAGE_FAULT, Area + (page++ * 4096), WRITE_BY_USER);
            }

            isFull = true;
            while (true)
            {
                yield return program.Call(34);
            }
        }

        IEnumerable<UserExit> Small(UserProgram program)
        {
            yield return MapArea(program);
            kernel.Until(() => isFull, "memory is full");
            for (ulong page = 0; page < 100; page++)
            {
                yield return program.Call(318, Area + (page * 4096), 4096, 0);
                Assert.Equal((Errno.None, 4096), (program.Error, program.Result));
            }

            yield return program.Call(231, 5);
        }

        UserThread large = kernel.Start(Large);
        Assert.Equal(5, kernel.Run(Small).ExitCode);
        Assert.Equal(SignalNumber.SIGKILL, kernel.WaitForEnd(large.Process).Signal);
    }

    /// <summary>A copy that is larger than the reserve ends where that does; the thread makes room before it goes on.</summary>
    [Fact]
    public void A_copy_larger_than_the_reserve_is_cut_short()
    {
        using var kernel = new ProcessTestKernel(totalFrames: 400);
        kernel.Machine.SimulatedFrames.Reserve = 40;
        IEnumerable<UserExit> Program(UserProgram program)
        {
            yield return MapArea(program);
            yield return program.Call(318, Area, 1000 * 4096, 0);
            Assert.Fail("it goes on though it has all memory and there is none");
        }

        Assert.Equal(SignalNumber.SIGKILL, kernel.Run(Program).Signal);
        Assert.True(kernel.Machine.Frames.FreeFrames > 40);
    }

    [Fact]
    public void An_adjustment_has_bounds_and_only_the_privileged_go_below_what_they_set()
    {
        using var kernel = new FileTestKernel();
        Process process = kernel.Caller.Process;
        Assert.Equal(Errno.EINVAL, process.SetOutOfMemoryAdjustment(kernel.Caller, 1001));
        Assert.Equal(Errno.EINVAL, process.SetOutOfMemoryAdjustment(kernel.Caller, int.MinValue));
        Assert.Equal(Errno.None, process.SetOutOfMemoryAdjustment(kernel.Caller, 200));
        kernel.Become(1000);
        Assert.Equal(Errno.EACCES, process.SetOutOfMemoryAdjustment(kernel.Caller, 199));
        Assert.Equal(Errno.None, process.SetOutOfMemoryAdjustment(kernel.Caller, 300));
        Assert.Equal(Errno.None, process.SetOutOfMemoryAdjustment(kernel.Caller, 200));
    }

    [Fact]
    public void The_files_of_proc_take_numbers_and_show_both_scales()
    {
        using var kernel = new FileTestKernel();
        Process process = kernel.Caller.Process;
        var files = new OutOfMemoryFiles(process);
        Assert.Equal(Errno.None, files.ReadAdjustment("500"u8, kernel.Caller));
        Assert.Equal("500\n", Shown(files.WriteAdjustment));
        Assert.Equal("8\n", Shown(files.WriteOldAdjustment));
        Assert.Equal(Errno.None, files.ReadOldAdjustment("-17"u8, kernel.Caller));
        Assert.Equal(-1000, process.OutOfMemoryAdjustment);
        Assert.Equal("0\n", Shown(files.WriteScore));
        Assert.Equal(Errno.None, files.ReadOldAdjustment("15"u8, kernel.Caller));
        Assert.Equal(1000, process.OutOfMemoryAdjustment);
        Assert.Equal(Errno.EINVAL, files.ReadOldAdjustment("16"u8, kernel.Caller));
        Assert.Equal(Errno.EINVAL, files.ReadAdjustment("5x"u8, kernel.Caller));
        Assert.Equal(Errno.EINVAL, files.ReadAdjustment(""u8, kernel.Caller));
    }

    [Theory]
    [InlineData("17", 17)]
    [InlineData("+17", 17)]
    [InlineData("-17", -17)]
    [InlineData("0x1F", 31)]
    [InlineData("-017", -15)]
    [InlineData("0", 0)]
    [InlineData("", null)]
    [InlineData("-", null)]
    [InlineData("0x", null)]
    [InlineData("08", null)]
    [InlineData("1a", null)]
    [InlineData("99999999999999999999999", null)]
    [InlineData("2147483648", null)]
    public void Numbers_are_read_as_strtol_reads_them(string text, int? expected)
    {
        bool isNumber = ProcText.TryParse(Encoding.ASCII.GetBytes(text), out int number);
        Assert.Equal(expected, isNumber ? number : null);
    }

    private static UserExit MapArea(UserProgram program) => program.Call(9, Area, 0x100_0000, 3, 0x4032, ulong.MaxValue, 0);

    private static string Shown(ProcWriter writer)
    {
        var text = new ProcText();
        Assert.Equal(Errno.None, writer(text, null));
        return Encoding.ASCII.GetString(text.ToArray());
    }
}
