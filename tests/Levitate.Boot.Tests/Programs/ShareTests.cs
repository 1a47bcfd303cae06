using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Who gets how much of the processors.</summary>
public sealed class ShareTests
{
    private static readonly GuestTable s_table = new()
    {
        { "what is told of running threads, 1 processor", new("/bin/true_times") { Status = 0 } },
        { "what is told of running threads, 4 processors", new("/bin/true_times_glibc") { MachineOptions = ["--cpus", "4"], Status = 0 } },
        { "what is counted beside time, 1 processor", new("/bin/usage_counts_glibc") { Status = 0 } },
        { "what is counted beside time, 4 processors", new("/bin/usage_counts") { MachineOptions = ["--cpus", "4"], Status = 0 } },
    };

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);

    // What follows is not for the host, whose processors others want, too.
    [MachineTheory]
    [InlineData("/bin/shares", "1")]
    [InlineData("/bin/shares_glibc", "2")]
    public void Nice_values_divide_a_processor(string program, string processors)
    {
        Execution result = VirtualMachine.Exec(["--cpus", processors, "--timeout", "50", "--", program, "nice"]);
        Assert.True(result.Status == 0, result.ToString());
    }

    [MachineFact]
    public void Real_time_threads_that_never_sleep_leave_others_some_of_the_time()
    {
        Execution result = VirtualMachine.Exec(["--cpus", "1", "--timeout", "50", "--", "/bin/shares", "limit"]);
        Assert.True(result.Status == 0, result.ToString());
    }

    [MachineTheory]
    [InlineData("/bin/shares")]
    [InlineData("/bin/shares_glibc")]
    public void Three_threads_share_two_processors(string program)
    {
        Execution result = VirtualMachine.Exec(["--cpus", "2", "--timeout", "50", "--", program, "thirds"]);
        Assert.True(result.Status == 0, result.ToString());
    }

    [MachineFact]
    public void A_change_of_an_address_space_interrupts_only_those_that_have_it()
    {
        Execution result = VirtualMachine.Exec(["--cpus", "2", "--timeout", "50", "--", "/bin/shootdowns"]);
        Assert.True(result.Status == 0, result.ToString());
    }

    [MachineFact]
    public void Threads_that_may_run_on_more_processors_than_before_do()
    {
        Execution result = VirtualMachine.Exec(["--cpus", "4", "--timeout", "50", "--", "/bin/shares", "widen"]);
        Assert.True(result.Status == 0, result.ToString());
    }
}
