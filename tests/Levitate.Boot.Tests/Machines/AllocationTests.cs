using System.Linq;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>What everything goes through makes no work for the collector.</summary>
public sealed class AllocationTests
{

    [MachineFact]
    public void Hot_paths_allocate_nothing()
    {
        string[] paths = ["system-call", "pipe", "file-read", "file-write", "stat", "page-fault", "switch", "futex"];
        Execution result = VirtualMachine.Exec(["--", "/bin/bench_allocations"]);
        Assert.Equal(0, result.Status);
        Assert.Equal(string.Concat(paths.Select(path => $"{path} 0\n")), result.OutputText);
    }
}
