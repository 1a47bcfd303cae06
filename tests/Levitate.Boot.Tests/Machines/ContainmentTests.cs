using System;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>A bug in the kernel's own code ends the process that met it; the kernel goes on, and says what happened.</summary>
public sealed class ContainmentTests
{
    private const int EndedBySigsys = 128 + 31;

    [MachineTheory]
    [InlineData("0", "InvalidOperationException")]
    [InlineData("1", "NullReferenceException")]
    [InlineData("2", "IndexOutOfRangeException")]
    [InlineData("3", "DivideByZeroException")]
    public void A_kernel_bug_ends_its_caller_and_is_logged(string kind, string exception)
    {
        Execution result = VirtualMachine.Exec(["-v", "--kernel-option", "fault-injection", "--", "/bin/inject", kind]);
        Assert.Equal((EndedBySigsys, "about to meet a bug\n"), (result.Status, result.OutputText));
        Assert.Contains("[CONTAINED]", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains(exception, result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("FaultInjection", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void The_kernel_runs_the_next_command_and_counts_what_it_contained()
    {
        const string Script = "for kind in 0 1 2 3 5 5; do inject $kind; echo status $?; done; cat /proc/levitate; hello_dynamic";
        Execution result = VirtualMachine.Exec(["--kernel-option", "fault-injection", "--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        Assert.Equal(6, result.OutputText.Split($"status {EndedBySigsys}\n").Length - 1);
        Assert.Contains("contained_exceptions 6\n", result.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("Hello, world! I am hello_dynamic: musl, dynamic.\n", result.OutputText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void Running_out_of_the_kernels_memory_kills_the_caller_and_is_no_bug()
    {
        const string Script = "inject 4; echo status $?; grep contained /proc/levitate; hello_dynamic";
        Execution result = VirtualMachine.Exec(["--kernel-option", "fault-injection", "--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        Assert.Contains("status 137\ncontained_exceptions 0\nHello", result.OutputText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_bug_that_is_nobodys_is_an_orderly_panic_with_its_stack()
    {
        Execution result = VirtualMachine.Exec(["--kernel-option", "fault-injection", "--", "/bin/sh", "-c", "inject 6; sleep 50"]);
        Assert.Equal(125, result.Status);
        Assert.Contains("[PANIC]", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("injected on a kernel thread", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("FaultInjection", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineTheory]
    [InlineData("7", "lock order: Process is taken with FaultInjection held")]
    [InlineData("8", "lock order: a thread sleeps with FaultInjection held")]
    public void Where_locks_are_checked_a_breach_of_their_order_ends_its_caller(string kind, string message)
    {
        Execution result = VirtualMachine.Exec(["-v", "--kernel-option", "fault-injection", "--", "/bin/inject", kind]);
        Assert.Equal((EndedBySigsys, "about to meet a bug\n"), (result.Status, result.OutputText));
        Assert.Contains("[CONTAINED]", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains(message, result.ErrorText, StringComparison.Ordinal);
    }

    [MachineTheory]
    [InlineData("9", "a spin lock is taken with interrupts on")]
    [InlineData("10", "a spin lock is taken under a later one, or one of its kind")]
    [InlineData("11", "a thread sleeps under a spin lock")]
    public void Where_locks_are_checked_a_misused_spin_lock_is_a_panic(string kind, string message)
    {
        Execution result = VirtualMachine.Exec(["--kernel-option", "fault-injection", "--", "/bin/inject", kind]);
        Assert.Equal(125, result.Status);
        Assert.Contains("[PANIC]", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains(message, result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void Without_the_option_the_call_is_not_there()
    {
        Execution result = VirtualMachine.Exec(["--", "/bin/inject", "0"]);
        Assert.Equal(38, result.Status);
    }
}
