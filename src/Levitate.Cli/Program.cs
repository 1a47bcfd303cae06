using System;
using System.CommandLine;
using System.CommandLine.Invocation;
using System.IO;
using Levitate.Cli.Commands;
using Levitate.Cli.Host;

namespace Levitate.Cli;

/// <summary>The host tool: builds LevitateOS, boots it, runs programs in it.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        HostConsole.Install();
        arguments = HostText.ReadArguments(arguments.Length);
        // The tool's output is read by programs; '@' begins ordinary arguments.
        var parsing = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        ParseResult parsed = LevitateCommand.Create().Parse(arguments, parsing);
        try
        {
            if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
            {
                return UsageError.Report(parsed);
            }

            return parsed.Invoke(invocation);
        }
        catch (ClosedPipeException)
        {
            return ExitStatus.SignalBase + Libc.SIGPIPE;
        }
        catch (ToolException failure)
        {
            ErrorReport.Write(failure.Message, failure.Advice);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ErrorReport.Write(failure.Message, null);
        }

        return ExitStatus.ToolFailed;
    }
}
