using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Mappings, the heap, the stack.</summary>
public sealed class MemoryTests
{
    private static readonly GuestTable s_table = CreateTable();

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);

    private static GuestTable CreateTable()
    {
        var table = new GuestTable();
        table.AddForBoth("files in memory, seals", new("/bin/memory_files") { Status = 0 });
        table.AddForBoth("files in memory", new("/bin/map_file") { Status = 0 });
        table.AddForBoth("SIGBUS past the end of a file", new("/bin/map_file", "bus") { Status = 135 });
        table.AddForBoth("another process's memory", new("/bin/remote") { Status = 0 });
        table.AddForBoth("System V shared memory", new("/bin/shared_segments") { Status = 0 });
        table.AddForBoth("barriers", new("/bin/barriers") { Status = 0 });
        table.AddForBoth("barriers between processors", new("/bin/barriers") { MachineOptions = ["--cpus", "2"], Status = 0 });
        table.AddForBoth("anonymous memory", new("/bin/map_anonymous") { Status = 0 });
        table.AddForBoth("mremap and brk", new("/bin/remap") { Status = 0 });
        table.AddForBoth("malloc", new("/bin/allocate") { Status = 0 });
        table.AddForBoth("the stack grows", new("/bin/grow_stack") { Status = 0 });
        table.Add("touching 100 MB", new("/bin/eat_memory", "touch", "100") { Status = 0 });
        return table;
    }
}
