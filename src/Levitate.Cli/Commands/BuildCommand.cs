using System.CommandLine;
using Levitate.Cli.Building;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate build`.</summary>
internal sealed class BuildCommand : Command, IHasExamples
{
    private readonly Argument<BuildTarget> _target = new("what")
    {
        Description = "What to build; all when nothing is said.",
        HelpName = "kernel|initramfs|all",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = Choices.Parse<BuildTarget>,
    };

    public BuildCommand() : base("build", "Builds what changed of the kernel and the default root file system.")
    {
        Arguments.Add(_target);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate build", "bring everything up to date"),
        ("./levitate build kernel", "artifacts/kernel/levitate.elf only"),
    ];

    private int Run(ParseResult parsed)
    {
        Workspace workspace = Workspace.Find();
        var progress = new Progress();
        if (!ImageBuilder.Update(workspace, progress, parsed.GetValue(_target)))
        {
            progress.Note("Everything is up to date.");
        }

        return 0;
    }
}
