using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Programs that do what ends them, or that hand bad pointers to the kernel.</summary>
public sealed class FaultTests
{
    private const int Ill = 132, Trap = 133, Abort = 134, Bus = 135, Arithmetic = 136, Segmentation = 139;

    private static readonly GuestTable s_table = CreateTable();

    public static TheoryData<string> Names => s_table.Names;

    [NativeTheory]
    [MemberData(nameof(Names))]
    public void Ends_as_on_Linux(string name) => s_table.Compare(name);

    private static GuestTable CreateTable()
    {
        (string Kind, int Status)[] kinds =
        [
            ("null", Segmentation), ("write-null", Segmentation), ("divide", Arithmetic), ("overflow", Arithmetic),
            ("illegal", Ill), ("privileged", Segmentation), ("port", Segmentation), ("breakpoint", Trap), ("interrupt", Segmentation),
            ("trap-flag", Trap), ("stack", Segmentation), ("stack-pointer", Bus), ("kernel", Segmentation), ("read-kernel", Segmentation),
            ("window", Segmentation), ("write-window", Segmentation), ("jump-window", Segmentation), ("noncanonical", Segmentation),
            ("jump-noncanonical", Segmentation), ("execute-data", Segmentation), ("write-code", Segmentation), ("jump-null", Segmentation),
            ("floating", Arithmetic), ("alignment", Segmentation), ("abort", Abort),
        ];
        var table = new GuestTable();
        foreach ((string kind, int status) in kinds)
        {
            table.Add(kind, new("/bin/fault", kind) { Status = status });
        }

        table.Add("abort, glibc", new("/bin/fault_glibc", "abort") { Status = Abort });
        table.Add("bad pointers to every call", new("/bin/hostile_pointers") { Status = 0, Says = "still alive" });
        table.Add("every call with nonsense", new("/bin/hostile_numbers") { Status = 0, Says = "still alive" });
        return table;
    }
}
