using System.CommandLine;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate vm exec`: runs a program in a fresh VM and exits as the program does.</summary>
internal sealed class VmExecCommand : Command, IHasExamples
{
    private readonly ProgramArguments _program = new();

    private readonly TerminalArguments _terminal = new();

    private readonly Argument<string[]> _command = new("command")
    {
        Description = "The program and its arguments: one string that is split as a shell splits words, or, after --, a word each.",
        Arity = ArgumentArity.OneOrMore,
    };

    public VmExecCommand() : base("exec", "Boots a micro-VM, runs a program in it, and exits with the program's status.")
    {
        Arguments.Add(_command);
        _terminal.AddTo(this);
        _program.AddTo(this);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate vm exec /bin/hello_dynamic", "a program of the default image"),
        ("./levitate vm exec -v \"ls -l /bin\"", "with arguments, and the kernel's log"),
        ("./levitate vm exec -it sh", "on this terminal"),
        ("./levitate vm exec -- echo 'two  blanks'", "words exactly as given"),
        ("./levitate vm exec --add ./a.out:/tmp/a.out /tmp/a.out", "a program of your own"),
        ("./levitate vm exec sha256sum < file", "standard input goes to the program"),
    ];

    private int Run(ParseResult parsed)
    {
        string[] words = ProgramArguments.ReadWords(parsed, parsed.GetValue(_command)!);
        return words.Length > 0
            ? _program.Run(parsed, words, _terminal.Read(parsed))
            : throw new ToolException("There is no command to run.", "Name a program, such as /bin/hello_dynamic.");
    }
}
