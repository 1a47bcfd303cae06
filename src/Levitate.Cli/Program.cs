using System;
using System.CommandLine;
using System.CommandLine.Invocation;
using System.IO;
using System.Linq;
using Levitate.Cli.Commands;
using Levitate.Cli.Host;

namespace Levitate.Cli;

/// <summary>The host tool: builds LevitateOS, boots it, runs programs in it.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        arguments = HostText.ReadArguments(arguments.Length);
        // The tool's output is read by programs; '@' begins ordinary arguments.
        var parsing = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        ParseResult parsed = LevitateCommand.Create().Parse(arguments, parsing);
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            return ReportUsage(parsed);
        }

        try
        {
            return parsed.Invoke(invocation);
        }
        catch (ToolException failure)
        {
            ErrorReport.Write(failure.Message, failure.Advice);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ErrorReport.Write(failure.Message, null);
        }

        return ExitStatus.ForToolFailure(parsed);
    }

    // A group such as `levitate vm` by itself shows what it has; anything else that cannot be understood is said in a line.
    private static int ReportUsage(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string path = string.Join(' ', command.Parents.OfType<Command>().Select(parent => parent.Name).Append(command.Name).Where(name => name != parsed.RootCommandResult.Command.Name));
        string help = $"./levitate {path} --help".Replace("  ", " ", StringComparison.Ordinal);
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            return parsed.RootCommandResult.Command.Parse([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Invoke();
        }

        ErrorReport.Write(string.Join(' ', parsed.Errors.Select(error => error.Message)), $"{help} says what can be given.");
        return ExitStatus.ForToolFailure(parsed);
    }
}
