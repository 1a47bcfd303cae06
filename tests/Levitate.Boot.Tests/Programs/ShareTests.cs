using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Who gets how much of the processors.</summary>
public sealed class ShareTests
{
    private static readonly GuestTable s_table = new()
    {
        { "nice values on 1 processor", new("/bin/shares", "nice") { Status = 0 } },
        { "nice values on 2 processors, glibc", new("/bin/shares_glibc", "nice") { MachineOptions = ["--cpus", "2"], Status = 0 } },
    };

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);

    // Not on the host: it would take its processor away from all else for seconds.
    [MachineFact]
    public void Real_time_threads_that_never_sleep_leave_others_some_of_the_time()
    {
        Execution result = VirtualMachine.Exec(["--cpus", "1", "--timeout", "50", "--", "/bin/shares", "limit"]);
        Assert.True(result.Status == 0, result.ToString());
    }

    [MachineFact]
    public void Threads_that_may_run_on_more_processors_than_before_do()
    {
        Execution result = VirtualMachine.Exec(["--cpus", "4", "--timeout", "50", "--", "/bin/shares", "widen"]);
        Assert.True(result.Status == 0, result.ToString());
    }
}
