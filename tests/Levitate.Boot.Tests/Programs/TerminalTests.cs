using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Pseudo-terminals, sessions, job control.</summary>
public sealed class TerminalTests
{
    private static readonly GuestTable s_table = CreateTable();

    public static TheoryData<string> Names => s_table.Names;

    [NativeTerminalTheory]
    [MemberData(nameof(Names))]
    public void Does_as_on_Linux(string name) => s_table.Compare(name);

    private static GuestTable CreateTable()
    {
        var table = new GuestTable();
        table.AddForBoth("pseudo-terminals", new("/bin/pty") { Status = 0 });
        table.AddForBoth("sessions and their terminals", new("/bin/sessions") { Status = 0 });
        return table;
    }
}
