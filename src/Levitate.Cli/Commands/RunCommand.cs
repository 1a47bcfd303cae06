using System.CommandLine;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate run`: as `vm exec`, with a shell on the terminal where no program is named.</summary>
internal sealed class RunCommand : Command, IHasExamples
{
    private readonly ProgramArguments _program = new();

    private readonly TerminalArguments _terminal = new();

    private readonly Argument<string[]> _command = new("command")
    {
        Description = "The program and its arguments; a shell on this terminal when nothing is said.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public RunCommand() : base("run", "Boots a micro-VM and runs a program in it; with no program, a shell on this terminal.")
    {
        Arguments.Add(_command);
        _terminal.AddTo(this);
        _program.AddTo(this);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate run", "a shell on this terminal"),
        ("./levitate run -- busybox ps", "a program and its arguments"),
        ("./levitate run --rootfs ./debian -it -- bash", "in a root file system of your own, such as mmdebstrap makes"),
        ("./levitate run --rootfs root.tar.zst -- cat /etc/os-release", "or of a tar file"),
    ];

    private int Run(ParseResult parsed)
    {
        string[] words = ProgramArguments.ReadWords(parsed, parsed.GetValue(_command)!);
        return words.Length > 0
            ? _program.Run(parsed, words, _terminal.Read(parsed))
            : _program.Run(parsed, ["sh"], onTerminal: true);
    }
}
