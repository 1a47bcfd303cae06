using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Levitate.Cli.VirtualMachines;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate vm exec`: runs a program in a fresh VM and exits as the program does.</summary>
internal sealed class VmExecCommand : Command, IHasExamples
{
    private readonly MachineArguments _machine = new();

    private readonly OverlayArguments _overlay = new();

    private readonly Argument<string[]> _command = new("command")
    {
        Description = "The program and its arguments: one string that is split as a shell splits words, or, after --, a word each.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<TimeSpan> _timeout = new("--timeout")
    {
        Description = "End the VM after this time (10, 0.5s, 2m) with status 124.",
        HelpName = "time",
        CustomParser = ParseTime,
    };

    private readonly Option<string[]> _environment = new("--env", "-e")
    {
        Description = "Set a variable for the program; NAME alone passes this shell's value on. May be repeated.",
        HelpName = "NAME=VALUE",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _directory = new("--cwd")
    {
        Description = "The program's working directory.",
        HelpName = "path",
        DefaultValueFactory = _ => "/",
    };

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Show the kernel's log on stderr, program loading included." };

    private readonly Option<bool> _trace = new("--trace") { Description = "Show every system call on stderr, as strace does." };

    public VmExecCommand() : base("exec", "Boots a micro-VM, runs a program in it, and exits with the program's status.")
    {
        Arguments.Add(_command);
        foreach (Option option in (Option[])[_timeout, _environment, _directory, _verbose, _trace])
        {
            Options.Add(option);
        }

        _overlay.AddTo(this);
        _machine.AddTo(this);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate vm exec /bin/hello_dynamic", "a program of the default image"),
        ("./levitate vm exec -v \"ls -l /bin\"", "with arguments, and the kernel's log"),
        ("./levitate vm exec -- echo 'two  blanks'", "words exactly as given"),
        ("./levitate vm exec --add ./a.out:/tmp/a.out /tmp/a.out", "a program of your own"),
        ("./levitate vm exec sha256sum < file", "standard input goes to the program"),
    ];

    private int Run(ParseResult parsed)
    {
        Workspace workspace = Workspace.Find();
        BootRequest request = ReadRequest(parsed);
        byte[]? overlay = _overlay.Read(parsed);
        _machine.Update(parsed, workspace);
        bool verbose = parsed.GetValue(_verbose);
        bool trace = parsed.GetValue(_trace);
        string[] kernelOptions = [.. verbose ? ["log=exec,boot"] : Array.Empty<string>(), .. trace ? ["trace"] : Array.Empty<string>()];
        var session = new GuestSession(_machine.Read(parsed, workspace, kernelOptions), request, overlay)
        {
            ShowsLog = verbose || trace,
            Timeout = parsed.GetValue(_timeout),
        };
        GuestOutcome outcome = session.Run();
        OutcomeReport.Write(outcome, HostText.Decode(request.Program), session.ShowsLog, session.Timeout);
        return ExitStatus.Of(outcome);
    }

    private BootRequest ReadRequest(ParseResult parsed)
    {
        string[] words = parsed.GetValue(_command)!;
        bool areWordsGiven = parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash);
        if (!areWordsGiven && words[0].StartsWith('-'))
        {
            throw new ToolException($"There is no option {words[0].Split('=')[0]}.", "./levitate vm exec --help shows those there are; a program of that name goes after --.");
        }

        if (words.Length == 1 && !areWordsGiven)
        {
            words = [.. WordSplitter.Split(words[0])];
        }

        if (words.Length == 0)
        {
            throw new ToolException("There is no command to run.", "Name a program, such as /bin/hello_dynamic.");
        }

        return new BootRequest
        {
            Program = HostText.Encode(words[0]),
            Arguments = [.. words.Select(HostText.Encode)],
            Environment = [.. GuestEnvironment.Create(parsed.GetValue(_environment)!).Select(HostText.Encode)],
            WorkingDirectory = HostText.Encode(parsed.GetValue(_directory)!),
        };
    }

    private static TimeSpan ParseTime(ArgumentResult result)
    {
        if (Quantities.TryParseTime(result.Tokens[0].Value, out TimeSpan time))
        {
            return time;
        }

        result.AddError($"--timeout takes a time such as 10, 0.5s or 2m; '{result.Tokens[0].Value}' is none.");
        return default;
    }
}
