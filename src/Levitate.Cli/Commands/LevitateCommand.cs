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
        Subcommands.Add(new DocsCommand());
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate vm exec /bin/hello_dynamic", "run a dynamically linked Linux program"),
        ("./levitate shell", "work in a VM"),
        ("./levitate test", "run every test"),
    ];

    /// <summary>The whole command line.</summary>
    public static LevitateCommand Create()
    {
        var command = new LevitateCommand();
        HelpWithExamples.Install(command);
        return command;
    }
}
