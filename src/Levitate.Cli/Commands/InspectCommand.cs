using System;
using System.CommandLine;
using System.IO;
using System.Text.Json;
using Levitate.Cli.Host;
using Levitate.Cli.Inspection;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;
using Spectre.Console;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate inspect`: what the kernel would do with an executable file.</summary>
internal sealed class InspectCommand : Command, IHasExamples
{
    // Wide enough for the tables where the output is no terminal.
    private const int FileWidth = 160;

    private readonly Argument<string> _file = new("file") { Description = "The file; with --root, a path in there." };

    private readonly Option<string> _root = new("--root")
    {
        Description = "The directory that is the guest's root, where the interpreter is looked for.",
        HelpName = "dir",
        DefaultValueFactory = _ => "/",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON for programs." };

    public InspectCommand() : base("inspect", "Shows what the kernel would do with an ELF file or a script, by the kernel's own loader.")
    {
        Arguments.Add(_file);
        Options.Add(_root);
        Options.Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public (string Line, string Meaning)[] Examples =>
    [
        ("./levitate inspect /bin/ls", "a program of this machine"),
        ("./levitate inspect --root artifacts/guest/root /bin/hello_static", "a program in a tree"),
        ("./levitate inspect --json ./a.out", "the same for programs"),
    ];

    private int Run(ParseResult parsed)
    {
        string path = parsed.GetValue(_file)!;
        string root = Path.GetFullPath(parsed.GetValue(_root)!);
        if (!Directory.Exists(root))
        {
            throw new ToolException($"--root: there is no directory {root}.");
        }

        var opener = new HostImageOpener(root, root == "/" ? Environment.CurrentDirectory : "/");
        ElfReport report = ElfInspector.Inspect(opener, HostText.Encode(path));
        if (parsed.GetValue(_json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, ElfReportJson.Default.ElfReport));
        }
        else
        {
            IAnsiConsole console = AnsiConsole.Console;
            if (!Descriptor.StandardOutput.IsTerminal)
            {
                console.Profile.Width = FileWidth;
            }

            ElfReportView.Write(console, path, report);
        }

        if (report.Refusal is not { } refusal)
        {
            return 0;
        }

        ErrorReport.Write($"{path}: the kernel refuses it with {refusal}.", null);
        return refusal.Errno == Errno.ENOENT ? ExitStatus.NotFound : ExitStatus.CannotRun;
    }
}
