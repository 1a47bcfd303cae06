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
            ("trap-flag", Trap), ("stack", Segmentation), ("kernel", Segmentation), ("read-kernel", Segmentation),
            ("window", Segmentation), ("write-window", Segmentation), ("jump-window", Segmentation), ("noncanonical", Segmentation),
            ("jump-noncanonical", Segmentation), ("execute-data", Segmentation), ("write-code", Segmentation), ("jump-null", Segmentation),
            ("alignment", Segmentation), ("abort", Abort),
        ];
        var table = new GuestTable();
        foreach ((string kind, int status) in kinds)
        {
            table.Add(kind, new("/bin/fault", kind) { Status = status });
        }

        table.Add("abort, glibc", new("/bin/fault_glibc", "abort") { Status = Abort });
        table.Add("stack-pointer", new("/bin/fault", "stack-pointer") { Status = Bus, UnderTcg = (Segmentation, "TCG raises #GP where processors raise #SS") });
        table.Add("floating", new("/bin/fault", "floating") { Status = Arithmetic, UnderTcg = (3, "TCG raises no #XM") });
        table.Add("bad pointers to every call", new("/bin/hostile_pointers")
        {
            Status = 0,
            Says = "still alive",
            Differences =
            [
                new("^(read from|write to) a pipe.*\n", "a pipe hands over what could be copied before a fault; Linux gives up the whole page"),
                new("(?<=^futex wake.*) (window( inside| end)?|user end)=[^,]*,", "the kernel's window is no user memory, so not even a wake with nobody to wake takes its address; Linux 6.1 refuses the end of user memory, 6.18 does not"),
                new("^the second piece of a vector, window.*\n", "to the range check the kernel's window is no user memory, so the vector is refused at once, as one with a pointer to Linux's kernel half is"),
            ],
        });
        table.Add("every call with nonsense", new("/bin/hostile_numbers") { Status = 0, Says = "still alive" });
        return table;
    }
}
