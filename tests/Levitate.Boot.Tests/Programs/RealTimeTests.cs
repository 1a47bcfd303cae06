using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>SCHED_FIFO and SCHED_RR.</summary>
public sealed class RealTimeTests
{
    private static readonly GuestTable s_table = new()
    {
        { "real-time priorities on 1 processor", new("/bin/realtime") { Status = 0 } },
        { "real-time priorities on 2 processors", new("/bin/realtime_glibc") { MachineOptions = ["--cpus", "2"], Status = 0 } },
    };

    public static TheoryData<string> Names => s_table.Names;

    [NativeRealTimeTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);
}
