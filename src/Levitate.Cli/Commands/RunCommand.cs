using System;
using System.CommandLine;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Levitate.Cli.VirtualMachines;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate run`: boots with the console on the terminal.</summary>
internal sealed class RunCommand : Command, IHasExamples
{
    private readonly MachineArguments _machine = new();

    private readonly OverlayArguments _overlay = new();

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Show the kernel's log on stderr." };

    public RunCommand() : base("run", "Boots LevitateOS with its console on this terminal. Ctrl-A x ends it.")
    {
        _overlay.AddTo(this);
        Options.Add(_verbose);
        _machine.AddTo(this);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate run", "a shell on the console"),
        ("./levitate run --memory 1G --add ./data:/data", "with more memory and files of this machine"),
    ];

    private int Run(ParseResult parsed)
    {
        Workspace workspace = Workspace.Find();
        byte[]? overlay = _overlay.Read(parsed);
        _machine.Update(parsed, workspace);
        if (Descriptor.StandardInput.IsTerminal)
        {
            Console.Error.WriteLine("Ctrl-A x ends the machine.");
        }

        bool verbose = parsed.GetValue(_verbose);
        MachineOptions options = _machine.Read(parsed, workspace, verbose ? ["log=boot,exec"] : []);
        GuestOutcome outcome = new ConsoleSession(options, overlay) { ShowsLog = verbose }.Run();
        OutcomeReport.Write(outcome, "the shell", verbose, TimeSpan.Zero);
        return ExitStatus.Of(outcome);
    }
}
