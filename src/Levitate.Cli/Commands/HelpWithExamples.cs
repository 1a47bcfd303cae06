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
}

/// <summary>The usual help with the command's examples behind it.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    /// <summary>Puts this help in the place of the usual one.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Action = new HelpWithExamples((HelpAction)option.Action!);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int status = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExamples command)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            int width = command.Examples.Max(example => example.Line.Length);
            foreach ((string line, string meaning) in command.Examples)
            {
                output.WriteLine($"  {line.PadRight(width)}  {meaning}");
            }

            output.WriteLine();
        }

        return status;
    }
}
