using System.Text;
using Levitate.Cli.VirtualMachines;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class EscapeFilterTests
{
    [Theory]
    [InlineData("ls ~.\r", "ls ~.\r", false)]
    [InlineData("~.", "", true)]
    [InlineData("ls\r~.more", "ls\r", true)]
    [InlineData("~~.\r", "~.\r", false)]
    [InlineData("~/bin\r", "~/bin\r", false)]
    [InlineData("\x01x\x03\x1a", "\x01x\x03\x1a", false)]
    public void Only_a_tilde_and_a_dot_at_the_beginning_of_a_line_end_the_machine(string typed, string passed, bool ends)
    {
        var filter = new EscapeFilter();
        var result = new StringBuilder();
        foreach (char key in typed)
        {
            if (!filter.EndRequested)
            {
                result.Append(Encoding.ASCII.GetString(filter.Take([(byte)key])));
            }
        }

        Assert.Equal((passed, ends), (result.ToString(), filter.EndRequested));

        var atOnce = new EscapeFilter();
        Assert.Equal(passed, Encoding.ASCII.GetString(atOnce.Take(Encoding.ASCII.GetBytes(typed))));
    }
}
