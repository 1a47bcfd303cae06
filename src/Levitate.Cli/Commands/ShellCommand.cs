using System.CommandLine;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate shell`: a shell in a fresh VM, on the tool's terminal.</summary>
internal sealed class ShellCommand : Command, IHasExamples
{
    private readonly ProgramArguments _program = new();

    public ShellCommand() : base("shell", "Boots a micro-VM with a shell on this terminal, and exits as the shell does. Enter ~ . ends the VM, with status 137.")
    {
        _program.AddTo(this);
        SetAction(parsed => _program.Run(parsed, ["sh"], onTerminal: true));
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate shell", "a shell; `exit` leaves it"),
        ("./levitate shell --memory 1G --add ./data:/data", "with more memory and files of this machine"),
    ];
}
