using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Levitate.Cli.Building;

namespace Levitate.Cli.Testing;

/// <summary>Runs suites by `dotnet test` and adds up what they say.</summary>
internal sealed class TestRun(Workspace workspace, string? filter)
{
    private readonly List<string> _notes = [];
    private int _passed;
    private int _failed;
    private int _skipped;

    /// <summary>Whether nothing failed and something ran.</summary>
    public bool Succeeded => _failed == 0 && _passed > 0;

    /// <summary>Runs a suite.</summary>
    public void Run(TestSuite suite)
    {
        Console.WriteLine($"== {suite.Name}");
        string results = Path.Combine(workspace.Artifacts, "test-results");
        string report = Path.Combine(results, suite.Name + ".trx");
        Directory.CreateDirectory(results);
        File.Delete(report);
        List<string> arguments =
        [
            "test", workspace[suite.Project], "--nologo", "-v", "quiet",
            "--logger", "console;verbosity=minimal",
            "--logger", $"trx;LogFileName={suite.Name}.trx", "--results-directory", results,
        ];
        if (filter is not null)
        {
            arguments.AddRange(["--filter", filter]);
        }

        int status = HostProgram.RunInForeground(workspace, "dotnet", arguments);
        TestResults? read = TestResults.Read(report);
        if (read is not null)
        {
            _passed += read.Passed;
            _failed += read.Failed.Count;
            _skipped += read.Skipped.Count;
            _notes.AddRange(read.Failed.Select(name => $"failed: {name}"));
            _notes.AddRange(read.Skipped.Select(test => $"skipped: {test.Name}: {test.Reason}"));
        }

        // A suite that does not compile, or whose host crashed, has failed, whatever its tests said until then.
        if (status != 0 && read is not { Failed.Count: > 0 })
        {
            _failed++;
            _notes.Add($"failed: the suite {suite.Name} as a whole: dotnet test ended with status {status}");
        }
    }

    /// <summary>Says how it went; the last line is for programs.</summary>
    public void WriteSummary()
    {
        Console.WriteLine();
        _notes.ForEach(Console.WriteLine);
        Console.WriteLine($"{_passed} passed, {_failed} failed, {_skipped} skipped");
    }
}
