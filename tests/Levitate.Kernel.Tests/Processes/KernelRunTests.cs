using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Tests.FileSystems;
using Levitate.Kernel.Tests.Loader;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

/// <summary>From the boot archives to the last word on the control channel.</summary>
public sealed class KernelRunTests
{
    private const uint Executable = 0x81ed;

    [Theory]
    [InlineData("/bin/program", "exit 42")]
    [InlineData("program", "exit 42")]
    [InlineData("/bin/missing", "error 2 ")]
    [InlineData("missing", "error 2 ")]
    [InlineData("/bin/data", "error 13 ")]
    [InlineData("data", "error 13 ")]
    [InlineData("/bin", "error 13 ")]
    [InlineData("/bin/lonely", "error 2 ")]
    public void A_run_ends_with_its_outcome_on_the_control_channel(string program, string outcome)
    {
        string control = Run(program);
        Assert.StartsWith(outcome, control, StringComparison.Ordinal);
        Assert.EndsWith("\n", control, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_interpreter_is_named() => Assert.Contains("/lib/nowhere.so", Run("/bin/lonely"), StringComparison.Ordinal);

    [Theory]
    [InlineData("/bin/data", "lacks the x permission, which chmod +x gives")]
    [InlineData("data", "/bin/data, which lacks the x permission, which chmod +x gives")]
    [InlineData("/bin", "is a directory")]
    [InlineData("/dev/null", "is no regular file")]
    public void What_may_not_be_executed_is_told_with_the_reason(string program, string reason)
    {
        string control = Run(program);
        Assert.StartsWith("error 13 ", control, StringComparison.Ordinal);
        Assert.EndsWith(reason + "\n", control, StringComparison.Ordinal);
    }

    [Fact]
    public void A_malformed_request_is_an_error_and_no_hang() =>
        Assert.StartsWith("fail 22 ", Run(request: "zzz"u8.ToArray()), StringComparison.Ordinal);

    [Fact]
    public void A_working_directory_that_is_missing_is_an_error() =>
        Assert.StartsWith("fail 2 ", Run(new BootRequest { Program = "/bin/program"u8.ToArray(), Arguments = [], Environment = [], WorkingDirectory = "/nowhere"u8.ToArray() }.Serialize()), StringComparison.Ordinal);

    private static string Run(string program) => Run(new BootRequest
    {
        Program = Encoding.ASCII.GetBytes(program),
        Arguments = [Encoding.ASCII.GetBytes(program)],
        Environment = ["PATH=/nowhere:/bin:/"u8.ToArray()],
        WorkingDirectory = "/"u8.ToArray(),
    }.Serialize());

    private static string Run(byte[] request)
    {
        // The program's code is not run here: its context leaves user mode with the call that the code would make.
        var machine = new SimulatedMachine(totalFrames: 2048, realClock: true)
        {
            DefaultScript = static context => context.Syscall(231, 42),
        };
        byte[] archive = new CpioBuilder()
            .Directory("bin")
            .File("bin/program", ElfBuilder.Static().Build(), mode: Executable)
            .File("bin/data", "no program")
            .File("bin/lonely", ElfBuilder.Dynamic("/lib/nowhere.so").Build(), mode: Executable)
            .Trailer()
            .ToArray();
        var control = new SimulatedByteChannel();
        var kernel = new KernelSystem(machine, new BootInformation
        {
            CommandLine = "log=boot"u8.ToArray(),
            Archives = [machine.LoadArchive(archive)],
            Request = request,
            Control = control,
        });
        machine.TryStartThread("boot", kernel.Run);
        Assert.True(machine.PoweredOff.Wait(TimeSpan.FromSeconds(30)), machine.Log);
        machine.AssertNoThreadFailed();
        Assert.Equal(0, kernel.ContainedExceptions);
        return control.OutputText;
    }
}
