using System;
using System.CommandLine;
using System.IO;
using System.Text.Json;
using Levitate.Cli.Host;
using Levitate.Cli.Inspection;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;

namespace Levitate.Cli.Commands;

/// <summary>`./levitate inspect`: what the kernel would do with an executable file.</summary>
internal sealed class InspectCommand : Command, IHasExamples
{
    private readonly Argument<string> _file = new("file") { Description = "The file; with --root, a path in there." };

    private readonly Option<string> _root = new("--root")
    {
        Description = "The directory that is the guest's root, where the interpreter is looked for.",
        HelpName = "dir",
        DefaultValueFactory = _ => "/",
    };

    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Write JSON for programs." };

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
        ("./levitate inspect artifacts/guest/root/bin/hello_dynamic", "a program that the image has"),
        ("./levitate inspect --root DIR /bin/ls", "a program of another system, whose root is DIR"),
        ("./levitate inspect --json ./a.out", "the same for programs"),
    ];

    private int Run(ParseResult parsed)
    {
        string path = parsed.GetValue(_file)!;
        string root = Path.GetFullPath(parsed.GetValue(_root)!);
        if (!Directory.Exists(root))
        {
            throw new ToolException($"--root: there is no directory {root}.", "Give the directory that is the guest's root.");
        }

        var opener = new HostImageOpener(root, root == "/" ? Environment.CurrentDirectory : "/");
        ElfReport report = ElfInspector.Inspect(opener, HostText.Encode(path));
        if (parsed.GetValue(_json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, ElfReportJson.Default.ElfReport));
        }
        else
        {
            ElfReportView.Write(HostConsole.Output, path, report);
        }

        if (report.Refusal is not { } refusal)
        {
            return 0;
        }

        ErrorReport.Write($"{path}: the kernel refuses it with {refusal}.", AdviceFor(refusal.Errno, root));
        return refusal.Errno == Errno.ENOENT ? ExitStatus.NotFound : ExitStatus.CannotRun;
    }

    private static string AdviceFor(Errno error, string root) => error switch
    {
        Errno.ENOENT => $"Paths, the interpreter's too, are looked for in {root}; --root names another system's.",
        Errno.EACCES => "Name a regular file with the x permission, as execve wants it.",
        _ => "It is for its maker to mend; readelf -lW FILE shows the same headers.",
    };
}
