using Levitate.Cli.Commands;
using Levitate.Cli.VirtualMachines;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class ControlLineTests
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 255", 255)]
    [InlineData("signal 11", 139)]
    [InlineData("signal 9", 137)]
    [InlineData("error 2 /bin/x: the program does not exist", 127)]
    [InlineData("error ENOENT /bin/x: the program does not exist", 127)]
    [InlineData("error 13 /etc/passwd: may not be executed", 126)]
    [InlineData("error ENOEXEC /etc/passwd: is no program", 126)]
    [InlineData("fail 2 /nowhere: cannot change to the working directory", 125)]
    [InlineData("fail ENOMEM there is no memory", 125)]
    public void What_the_guest_says_becomes_the_tools_status(string line, int status)
    {
        Assert.Equal(status, ExitStatus.Of(GuestOutcome.Parse(line)!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("exit")]
    [InlineData("exit x")]
    [InlineData("exit -1")]
    [InlineData("winsize 24 80")]
    public void Other_lines_end_nothing(string line)
    {
        Assert.Null(GuestOutcome.Parse(line));
    }
}
