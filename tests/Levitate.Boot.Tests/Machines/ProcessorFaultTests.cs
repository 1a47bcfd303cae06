using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>A processor that does not come up as it should is named and left out, and the others do the work.</summary>
public sealed class ProcessorFaultTests
{
    [MachineTheory]
    [InlineData("absent", "2", "the processor with APIC ID 0xfe did not come up and is left out")]
    [InlineData("stuck", "1", "the processor with APIC ID 0x1 stopped on its way and is left out")]
    [InlineData("lacking", "1", "the processor with APIC ID 0x1 lacks what the boot processor has and is left out")]
    [InlineData("late", "1", "the processor with APIC ID 0x1 counts time otherwise than the boot processor and is left out")]
    public void It_is_named_and_left_out(string fault, string left, string report)
    {
        Execution result = VirtualMachine.Exec(["--cpus", "2", "--kernel-option", "cpu-fault=" + fault, "--", "sh", "-c", "nproc && cat /sys/devices/system/cpu/online && hello_dynamic"]);
        string numbers = left == "1" ? "0" : "0-1";
        Assert.Equal(
            (0, $"{left}\n{numbers}\nHello, world! I am hello_dynamic: musl, dynamic.\n", $"levitate: cpus: {report}\n"),
            (result.Status, result.OutputText, result.ErrorText));
    }
}
