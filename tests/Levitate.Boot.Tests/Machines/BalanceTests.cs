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

    [MachineFact]
    public void Who_offered_to_go_first_ends_first_for_want_of_memory_then_the_largest_and_nobody_else()
    {
        const string Script = """
            (echo 1000 > /proc/self/oom_score_adj; exec sleep 1000) & offers=$!
            (echo -1000 > /proc/self/oom_score_adj; exec sleep 1) & kept=$!
            sleep 1000 & small=$!
            eat_memory map; echo "large $?"
            wait $offers; echo "offers $?"
            wait $kept; echo "kept $?"
            kill -0 $small && echo "small lives"; kill $small
            """;
        Execution result = VirtualMachine.Exec(["-v", "--memory", "96M", "--", "/bin/sh", "-c", Script]);
        Assert.True(result.Status == 0, result.ToString());
        Assert.Equal("large 137\noffers 137\nkept 0\nsmall lives\n", result.OutputText);
    }
}
