using System.CommandLine;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate`.</summary>
internal sealed class LevitateCommand : RootCommand, IHasExamples
{
    private LevitateCommand() : base("LevitateOS: a kernel in C# that runs unmodified Linux programs in a micro-VM.")
    {
        Subcommands.Add(new VmCommand());
        Subcommands.Add(new RunCommand());
        Subcommands.Add(new ShellCommand());
        Subcommands.Add(new BuildCommand());
        Subcommands.Add(new InspectCommand());
        Subcommands.Add(new TestCommand());
        Subcommands.Add(new BenchCommand());
        Subcommands.Add(new ProfileCommand());
        Subcommands.Add(new DocsCommand());
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate vm exec /bin/hello_dynamic", "run a dynamically linked Linux program"),
        ("./levitate shell", "work in a VM"),
        ("./levitate test", "run every test"),
    ];

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Statuses =>
    [
        ("the program's", "vm exec, run and shell: 0 to 255, or 128 + N when signal N ended it"),
        ("0, 1", "the other commands: everything is well, or a test failed, or a figure is worse than its target"),
        ("124", "--timeout was over"),
        ("125", "the tool itself failed, or does not understand what is asked of it"),
        ("126", "the program is there and cannot be executed"),
        ("127", "there is no such program"),
    ];

    /// <summary>The whole command line.</summary>
    public static LevitateCommand Create()
    {
        var command = new LevitateCommand();
        HelpWithExamples.Install(command);
        return command;
    }
}
