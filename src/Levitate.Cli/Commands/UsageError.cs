using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;

namespace Levitate.Cli.Commands;

/// <summary>A command line that makes no sense.</summary>
internal static class UsageError
{
    /// <summary>Says what is wrong with it and returns the tool's status. A group such as `levitate vm` by itself shows what it has.</summary>
    public static int Report(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            return LevitateCommand.Create().Parse([.. Path(command), "--help"]).Invoke();
        }

        (string sentence, string advice) = Describe(parsed);
        ErrorReport.Write(sentence, advice);
        return ExitStatus.ToolFailed;
    }

    /// <summary>What is wrong, and where to read what would be right.</summary>
    public static (string Sentence, string Advice) Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string name = string.Join(' ', ["./levitate", .. Path(command)]);
        return (DescribeFault(parsed, command, name), $"{name} --help says what can be given.");
    }

    private static string DescribeFault(ParseResult parsed, Command command, string name)
    {
        if (parsed.UnmatchedTokens.Count > 0)
        {
            // What looks like an option and is none is taken for an argument, as long as there is room for one.
            IEnumerable<string> words = [.. command.Arguments.SelectMany(argument => parsed.GetResult(argument)?.Tokens ?? []).Select(word => word.Value), .. parsed.UnmatchedTokens];
            string token = words.FirstOrDefault(word => word.StartsWith('-')) ?? parsed.UnmatchedTokens[0];
            return token.StartsWith('-') ? $"There is no option {token}."
                : command.Subcommands.Count > 0 ? $"There is no command {name} {token}."
                : $"{name} takes no further argument '{token}'.";
        }

        foreach (Argument argument in command.Arguments)
        {
            if ((parsed.GetResult(argument)?.Tokens.Count ?? 0) < argument.Arity.MinimumNumberOfValues)
            {
                return $"{name} needs a {argument.Name}.";
            }
        }

        OptionResult? bare = parsed.CommandResult.Children.OfType<OptionResult>()
            .FirstOrDefault(result => !result.Implicit && result.Tokens.Count < result.Option.Arity.MinimumNumberOfValues);
        return bare is not null
            ? $"{bare.Option.Name} needs a value: {bare.Option.HelpName}."
            : string.Join(' ', parsed.Errors.Select(error => error.Message));
    }

    private static string[] Path(Command command) =>
        [.. command.Parents.OfType<Command>().Reverse().Append(command).Where(part => part is not RootCommand).Select(part => part.Name)];
}
