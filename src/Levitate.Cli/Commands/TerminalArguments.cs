using System.CommandLine;

namespace Levitate.Cli.Commands;

/// <summary>The options -i and -t, as docker and podman have them.</summary>
internal sealed class TerminalArguments
{
    private readonly Option<bool> _interactive = new("--interactive", "-i") { Arity = ArgumentArity.Zero, Description = "Pass standard input to the program, which happens anyway; -it reads as usual." };

    private readonly Option<bool> _terminal = new("--tty", "-t") { Arity = ArgumentArity.Zero, Description = "Give the program a terminal, which is this one. Enter ~ . ends the VM, with status 137." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_interactive);
        command.Options.Add(_terminal);
    }

    /// <summary>Whether a terminal was asked for.</summary>
    public bool Read(ParseResult parsed) => parsed.GetValue(_terminal);
}
