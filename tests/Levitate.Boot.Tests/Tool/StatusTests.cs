using System;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Tool;

/// <summary>The tool's own statuses and messages, whatever its streams are.</summary>
public sealed class StatusTests
{
    [MachineTheory]
    [InlineData("nosuch", 125)]
    [InlineData("vm nosuch", 125)]
    [InlineData("inspect", 125)]
    [InlineData("inspect --root /nosuch /bin/ls", 125)]
    [InlineData("build nosuch", 125)]
    [InlineData("test --nosuch", 125)]
    [InlineData("bench nosuch", 125)]
    [InlineData("vm exec --cpus x ls", 125)]
    [InlineData("inspect /nosuch", 127)]
    [InlineData("inspect /etc/passwd", 126)]
    public void A_refusal_has_its_status_though_nobody_can_read_its_message(string arguments, int status)
    {
        Assert.Equal(status, Shell($"\"$0\" {arguments}").Status);
        Assert.Equal(status, Shell($"\"$0\" {arguments} 2>&-").Status);
        Assert.Equal(status, Shell($"\"$0\" {arguments} 2>/dev/full").Status);
        Assert.Equal(status, Shell($"\"$0\" {arguments} <&- 2>&-").Status);
    }

    [MachineTheory]
    [InlineData("nosuch")]
    [InlineData("inspect /nosuch")]
    [InlineData("inspect --root /nosuch /bin/ls")]
    [InlineData("vm exec --cpus x ls")]
    [InlineData("vm exec --env '' ls")]
    public void A_refusal_says_what_is_wrong_and_what_to_do_next(string arguments)
    {
        string[] lines = Shell($"\"$0\" {arguments}").ErrorText.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("levitate: ", line, StringComparison.Ordinal));
    }

    [MachineFact]
    public void Output_that_cannot_be_written_is_told()
    {
        Execution result = Shell("\"$0\" inspect /bin/sh > /dev/full");
        Assert.Equal(125, result.Status);
        Assert.Contains("No space left on device", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_closed_pipe_ends_the_tool_as_it_ends_any_program()
    {
        Execution result = Shell("set -o pipefail; \"$0\" inspect --json /bin/sh | true");
        Assert.True(result.Status is 0 or 141, result.ToString());
        Assert.Empty(result.ErrorText);
    }

    [MachineTheory]
    [InlineData("cat /bin/busybox")]
    [InlineData("/bin/hello_static")]
    public void A_programs_output_that_cannot_be_written_is_125_and_told(string command)
    {
        Execution result = Shell($"\"$0\" vm exec '{command}' > /dev/full");
        Assert.True(result.Status == 125, result.ToString());
        Assert.Contains("No space left on device", result.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_program_whose_reader_has_gone_ends_by_the_broken_pipe()
    {
        Execution result = Shell("\"$0\" vm exec yes | head -n 1; echo ${PIPESTATUS[0]}");
        Assert.Equal("y\n141\n", result.OutputText);
    }

    [MachineFact]
    public void Run_takes_a_program_by_its_name()
    {
        Execution result = Shell("\"$0\" run -- busybox echo 'two  blanks'");
        Assert.Equal((0, "two  blanks\n", ""), (result.Status, result.OutputText, result.ErrorText));
    }

    private static Execution Shell(string script)
    {
        Repository.EnsureBuilt();
        return HostCommand.Run(["/bin/bash", "-c", script, Repository.Launcher]);
    }
}
