using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>`./levitate shell` and `vm exec -it` on a terminal, which here is a pseudo-terminal of the host.</summary>
public sealed class ShellTests
{
    private const string Interrupt = "\x03", EndOfFile = "\x04", Suspend = "\x1a", Erase = "\x7f", Up = "\x1b[A", Left = "\x1b[D";

    private const string Prompt = "# ";

    [MachineTerminalFact]
    public void A_shell_edits_its_line_and_leaving_it_gives_back_its_status_and_the_terminal()
    {
        using HostTerminal terminal = Start("shell");
        terminal.WaitFor(Prompt);
        Assert.False(terminal.IsRestored, "the terminal is not in raw mode while the shell has it");
        terminal.Type($"echx{Erase}o $((6 * 7))\r");
        terminal.WaitFor("\n42\r\n");
        terminal.WaitFor(Prompt);

        // The line before once more, and a digit into its midst.
        terminal.Type($"{Up}{Left}{Left}8\r");
        terminal.WaitFor("\n468\r\n");
        terminal.WaitFor(Prompt);
        terminal.Type("exit 7\r");
        Assert.Equal(7, terminal.WaitForEnd());
        Assert.True(terminal.IsRestored, "the terminal is not as it was");
    }

    [MachineTerminalFact]
    public void The_keyboard_interrupts_and_stops_what_is_in_the_foreground_and_the_shell_goes_on()
    {
        using HostTerminal terminal = Start("vm", "exec", "-it", "sh");
        terminal.WaitFor(Prompt);
        terminal.Type("sh -c 'echo begun; sleep 100'\r");
        terminal.WaitFor("begun\r\n");
        terminal.Type(Interrupt);
        terminal.WaitFor(Prompt);
        terminal.Type("echo status $?\r");
        terminal.WaitFor("status 130\r\n");
        terminal.WaitFor(Prompt);

        // The shell shows a job's line before it gives it the terminal, and continues it after: only the job's own word tells
        // that a key is for it.
        terminal.Type("sh -c 'trap \"echo continued\" CONT; echo begun; sleep 100 & while :; do wait; done'\r");
        terminal.WaitFor("begun\r\n");
        terminal.Type(Suspend);
        terminal.WaitFor("Stopped");
        terminal.WaitFor(Prompt);
        terminal.Type("bg\r");
        terminal.WaitFor("continued\r\n");
        terminal.Type("jobs\r");
        terminal.WaitFor("Running");
        terminal.WaitFor(Prompt);
        terminal.Type("fg\r");
        terminal.WaitFor("fg\r\n");
        terminal.WaitFor("continued\r\n");
        terminal.Type(Interrupt);
        terminal.WaitFor(Prompt);
        terminal.Type("exit\r");
        Assert.Equal(130, terminal.WaitForEnd());
    }

    [MachineTerminalFact]
    public void The_windows_size_is_the_guests_from_the_first_moment_and_after_each_change()
    {
        using HostTerminal terminal = Start("vm", "exec", "-t", "--", "sh", "-c", "stty size; trap 'stty size; exit 5' WINCH; echo waiting; while :; do sleep 0.1; done");
        terminal.WaitFor("30 100\r\n");
        terminal.WaitFor("waiting\r\n");
        terminal.Resize(50, 132);
        terminal.WaitFor("50 132\r\n");
        Assert.Equal(5, terminal.WaitForEnd());
    }

    [MachineTerminalFact]
    public void Colours_and_UTF_8_pass_and_a_character_is_erased_as_one()
    {
        using HostTerminal terminal = Start("vm", "exec", "-it", "--env", "TERM", "--", "sh", "-c", "printf '\\033[1;31m%s\\033[0m %s\\n' grün $TERM; cat");
        terminal.WaitFor("\x1b[1;31mgrün\x1b[0m xterm-256color\r\n");
        terminal.Type($"aü{Erase}日本{Erase}\r");
        terminal.WaitFor("\r\n");
        terminal.WaitFor("a日\r\n");
        terminal.Type(EndOfFile);
        Assert.Equal(0, terminal.WaitForEnd());
    }

    [MachineTerminalFact]
    public void The_escape_ends_the_machine_and_restores_the_terminal()
    {
        using HostTerminal terminal = Start("shell");
        terminal.WaitFor(Prompt);
        terminal.Type("sh -c 'echo begun; trap \"\" INT; while :; do sleep 1; done'\r");
        terminal.WaitFor("begun\r\n");
        terminal.Type(Interrupt + "\r~.");
        Assert.Equal(137, terminal.WaitForEnd());
        Assert.True(terminal.IsRestored, "the terminal is not as it was");
    }

    [MachineTerminalTheory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(15)]
    public void A_signal_to_the_tool_ends_the_machine_and_restores_the_terminal(int signal)
    {
        using HostTerminal terminal = Start("shell");
        terminal.WaitFor(Prompt);
        terminal.Signal(signal);
        Assert.Equal(128 + signal, terminal.WaitForEnd());
        Assert.True(terminal.IsRestored, "the terminal is not as it was");
    }

    [MachineTerminalFact]
    public void Commands_from_a_pipe_run_on_the_console_up_to_their_end()
    {
        Execution result = VirtualMachine.Exec(["-it", "sh"], "tty; echo $((6 * 7))\nexit 3\n"u8.ToArray());
        Assert.True(result.Status == 3, result.ToString());
        Assert.Contains("/dev/console\r\n", result.OutputText, System.StringComparison.Ordinal);
        Assert.Contains("42\r\n", result.OutputText, System.StringComparison.Ordinal);
    }

    [MachineTheory]
    [InlineData("", "")]
    [InlineData("echo $((6 * 7))\n", "42\r\n")]
    public void A_shell_that_edits_lines_ends_with_its_input(string input, string said)
    {
        Execution result = VirtualMachine.Exec(["-it", "--timeout", "40", "sh"], System.Text.Encoding.ASCII.GetBytes(input));
        Assert.True(result.Status == 0, result.ToString());
        Assert.Contains(said, result.OutputText, System.StringComparison.Ordinal);
    }

    private static HostTerminal Start(params string[] arguments)
    {
        Repository.EnsureBuilt();
        return new HostTerminal([Repository.Launcher, .. arguments]);
    }
}
