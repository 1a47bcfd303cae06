using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.IO;
using System.Linq;

namespace Levitate.Cli.Commands;

/// <summary>A command that shows examples at the end of its help.</summary>
internal interface IHasExamples
{
    /// <summary>What to type, and what it does.</summary>
    (string Line, string Meaning)[] Examples { get; }

    /// <summary>The statuses that it exits with; where there are none, the tool's own are all.</summary>
    (string Line, string Meaning)[] Statuses => [];
}

/// <summary>The usual help with the command's examples behind it.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    /// <summary>Lines in files and pipes are as long as people like to read; on a terminal as long as that is wide.</summary>
    private const int FileWidth = 120;

    /// <summary>Puts this help in the place of the usual one.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        var usual = (HelpAction)option.Action!;
        usual.MaxWidth = Math.Min(usual.MaxWidth, Console.IsOutputRedirected ? FileWidth : int.MaxValue);
        option.Action = new HelpWithExamples(usual);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int status = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExamples command)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            WriteTable(output, "Exit statuses:", command.Statuses);
            WriteTable(output, "Examples:", command.Examples);
        }

        return status;
    }

    private static void WriteTable(TextWriter output, string title, (string Line, string Meaning)[] rows)
    {
        if (rows.Length == 0)
        {
            return;
        }

        output.WriteLine(title);
        int width = rows.Max(row => row.Line.Length);
        foreach ((string line, string meaning) in rows)
        {
            output.WriteLine($"  {line.PadRight(width)}  {meaning}");
        }

        output.WriteLine();
    }
}
