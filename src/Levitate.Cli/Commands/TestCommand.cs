using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Levitate.Cli.Building;
using Levitate.Cli.Testing;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate test`.</summary>
internal sealed class TestCommand : Command, IHasExamples
{
    private readonly Argument<string[]> _suites = new("suite")
    {
        Description = "tool, kernel (the kernel on a simulated machine), machine (drivers against devices in memory), boot (programs in VMs); all when none is named.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _filter = new("--filter")
    {
        Description = "Run only tests whose names fit, as `dotnet test --filter` takes it.",
        HelpName = "expression",
    };

    public TestCommand() : base("test", "Runs the tests. The last line is \"N passed, N failed, N skipped\".")
    {
        Arguments.Add(_suites);
        Options.Add(_filter);
        Choices.Limit(_suites, [.. TestSuite.All.Select(suite => suite.Name)]);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate test", "everything"),
        ("./levitate test kernel", "the kernel on a simulated machine, on this host"),
        ("./levitate test boot --filter Hello", "some of the tests that boot VMs"),
    ];

    private int Run(ParseResult parsed)
    {
        Workspace workspace = Workspace.Find();
        string[] names = parsed.GetValue(_suites) ?? [];
        List<TestSuite> suites = [.. TestSuite.All.Where(suite => names.Length == 0 || names.Contains(suite.Name))];
        if (suites.Any(suite => suite.NeedsImages))
        {
            ImageBuilder.Update(workspace, new Progress());
        }

        Directory.CreateDirectory(workspace.Artifacts);
        var run = new TestRun(workspace, parsed.GetValue(_filter));
        suites.ForEach(run.Run);
        run.WriteSummary();
        return run.Succeeded ? 0 : 1;
    }
}
