using System;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What a program took is there again when it has ended.</summary>
public sealed class BalanceTests
{
    [MachineFact]
    public void Every_frame_is_free_again_after_a_thousand_programs_and_a_thousand_threads()
    {
        Execution result = VirtualMachine.Exec(["--", "/bin/balance"]);
        Assert.True(result.Status == 0, result.ToString());
    }

    [MachineFact]
    public void A_program_that_takes_all_memory_ends_alone_and_all_of_it_comes_back()
    {
        const string Script = "eat_memory map; echo $?; eat_memory touch 100; eat_memory map; echo $?; hello_dynamic";
        Execution result = VirtualMachine.Exec(["--memory", "160M", "--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        Assert.Equal(["137", "touched 100 MB", "137", "Hello, world! I am hello_dynamic: musl, dynamic."], result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
