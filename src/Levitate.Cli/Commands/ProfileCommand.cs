using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.IO;
using System.Text;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Levitate.Cli.Profiling;
using Levitate.Cli.VirtualMachines;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate profile`: runs a program as `vm exec` does, and shows in which of the kernel's functions the instructions went.</summary>
internal sealed class ProfileCommand : Command, IHasExamples
{
    private readonly ProgramArguments _program = new();

    private readonly Argument<string[]> _command = new("command")
    {
        Description = "The program and its arguments: one string that is split as a shell splits words, or, after --, a word each.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Where the flame graph goes; artifacts/profile/flamegraph.svg when nothing is said.",
        HelpName = "file.svg",
    };

    private readonly Option<int> _top = new("--top")
    {
        Description = "How many functions the table shows.",
        HelpName = "count",
        CustomParser = ParseRows,
        DefaultValueFactory = _ => 30,
    };

    private readonly Option<bool> _boot = new("--boot") { Arity = ArgumentArity.Zero, Description = "Count from power-on; otherwise the program's first instruction begins." };

    public ProfileCommand() : base("profile", "Runs a program in a micro-VM and counts guest instructions by kernel function: a table on stderr, a flame graph in a file.")
    {
        Arguments.Add(_command);
        Options.Add(_output);
        Options.Add(_top);
        Options.Add(_boot);
        _program.AddTo(this);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate profile /bin/bench_pipe", "where the instructions of a pipe go"),
        ("./levitate profile --output ls.svg --top 50 -- ls -lR /", "with a picture of your own, and more functions"),
        ("./levitate profile --boot /bin/hello_static", "from power-on"),
    ];

    private int Run(ParseResult parsed)
    {
        string[] words = ProgramArguments.ReadWords(parsed, parsed.GetValue(_command)!);
        if (words.Length == 0)
        {
            throw new ToolException("There is no command to profile.", "Name a program, such as /bin/hello_dynamic.");
        }

        Workspace workspace = Workspace.Find();
        using FileStream picture = OpenPicture(parsed.GetValue(_output) ?? Path.Combine(workspace.Artifacts, "profile", "flamegraph.svg"));
        Profiler? profiler = null;
        try
        {
            int status = _program.Run(parsed, words, onTerminal: false, machine =>
            {
                if (machine.Accelerator == Accelerator.Kvm)
                {
                    throw new ToolException("Under KVM nobody counts the guest's instructions.", "Leave --accel out.");
                }

                profiler = new Profiler(workspace, machine.Kernel);
                return profiler.Watch(machine, parsed.GetValue(_boot));
            });
            Show(profiler!.Read(), picture, $"levitate profile {string.Join(' ', words)}", parsed.GetValue(_top));
            return status;
        }
        finally
        {
            profiler?.Dispose();
        }
    }

    private static void Show(CallTree? tree, FileStream picture, string title, int rows)
    {
        if (tree is null)
        {
            ErrorReport.Write("There is no profile: QEMU writes it when the machine powers off by itself.", "Let the program end, with no --timeout before that.");
        }
        else if (tree.Total > 0)
        {
            picture.SetLength(0);
            picture.Write(Encoding.UTF8.GetBytes(FlameGraph.Draw(tree, title)));
            ProfileReport.Write(HostConsole.Error, tree, rows);
            Console.Error.WriteLine($"The flame graph is in {picture.Name}.");
        }
    }

    // Before anything runs: running may take minutes.
    private static FileStream OpenPicture(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"--output: {failure.Message}", "Give a file that can be written.");
        }
    }

    private static int ParseRows(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows))
        {
            return rows;
        }

        result.AddError($"--top takes a number of functions; '{text}' is none.");
        return 0;
    }
}
