using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using System.Runtime.InteropServices;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Levitate.Cli.VirtualMachines;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.Commands;

/// <summary>The options that say how a program runs in a VM, and the run itself; `vm exec`, `run` and `shell` share them.</summary>
internal sealed class ProgramArguments
{
    private readonly MachineArguments _machine = new();

    private readonly OverlayArguments _overlay = new();

    private readonly Option<TimeSpan> _timeout = new("--timeout")
    {
        Description = "End the VM after this time (10, 0.5s, 2m) with status 124; 0, or nothing, is no limit.",
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

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Arity = ArgumentArity.Zero, Description = "Show the kernel's log on stderr, program loading included." };

    private readonly Option<bool> _trace = new("--trace") { Arity = ArgumentArity.Zero, Description = "Show every system call on stderr, as strace does." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_timeout, _environment, _directory, _verbose, _trace])
        {
            command.Options.Add(option);
        }

        _overlay.AddTo(command);
        _machine.AddTo(command);
    }

    /// <summary>Boots a VM, runs a program in it and returns the tool's status.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="onTerminal">Whether the program gets a terminal, which the tool's own becomes; otherwise it gets three streams.</param>
    /// <param name="adapt">Makes of the machine that was asked for the one that is booted; null: it is that one.</param>
    public int Run(ParseResult parsed, string[] words, bool onTerminal, Func<MachineOptions, MachineOptions>? adapt = null)
    {
        Workspace workspace = Workspace.Find();
        byte[]? overlay = _overlay.Read(parsed);
        _machine.Update(parsed, workspace);
        bool verbose = parsed.GetValue(_verbose);
        bool trace = parsed.GetValue(_trace);
        string[] kernelOptions = [.. verbose ? ["log=exec,boot"] : Array.Empty<string>(), .. trace ? ["trace"] : Array.Empty<string>()];
        MachineOptions wish = _machine.Read(parsed, workspace, kernelOptions);
        MachineOptions options = adapt is null ? wish : adapt(wish);
        bool showsLog = verbose || trace;
        TimeSpan timeout = parsed.GetValue(_timeout);
        BootRequest request = CreateRequest(parsed, words, onTerminal);
        var session = new GuestSession(options, request, overlay) { ShowsLog = showsLog, Timeout = timeout };
        GuestOutcome outcome = onTerminal
            ? new ConsoleSession(options, request, overlay) { ShowsLog = showsLog, Timeout = timeout }.Run()
            : session.Run();
        OutcomeReport.Write(outcome, words[0], _machine.RootOf(parsed), showsLog, timeout);
        return session.OutputError == 0
            ? ExitStatus.Of(outcome)
            : throw new ToolException($"What {words[0]} wrote could not all be passed on: {Marshal.GetPInvokeErrorMessage(session.OutputError)}.", "Give its output a place that takes it.");
    }

    /// <summary>The program and its arguments: one string is split as a shell does it, unless it stands behind "--".</summary>
    public static string[] ReadWords(ParseResult parsed, string[] words)
    {
        bool areWordsGiven = parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash);
        if (!areWordsGiven && words.Length > 0 && words[0].StartsWith('-'))
        {
            string command = parsed.CommandResult.Command.Name == "exec" ? "vm exec" : parsed.CommandResult.Command.Name;
            throw new ToolException($"There is no option {words[0].Split('=')[0]}.", $"./levitate {command} --help shows those there are; a program of that name goes after --.");
        }

        return words.Length == 1 && !areWordsGiven ? [.. WordSplitter.Split(words[0])] : words;
    }

    private BootRequest CreateRequest(ParseResult parsed, string[] words, bool onTerminal) => new()
    {
        Program = HostText.Encode(words[0]),
        Arguments = [.. words.Select(HostText.Encode)],
        Environment = [.. GuestEnvironment.Create(parsed.GetValue(_environment)!, onTerminal).Select(HostText.Encode)],
        WorkingDirectory = HostText.Encode(parsed.GetValue(_directory)!),
        Window = onTerminal && RawTerminal.Size is var (rows, columns) ? ((ushort)rows, (ushort)columns) : null,
    };

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
