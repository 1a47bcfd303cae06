using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;

namespace Levitate.Cli.Commands;

/// <summary>Arguments that are one of a few words, which are in lower case.</summary>
internal static class Choices
{
    /// <summary>Reads a member of an enum.</summary>
    public static T Parse<T>(ArgumentResult result) where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];
        int at = Array.IndexOf(names, result.Tokens[0].Value);
        if (at >= 0)
        {
            return Enum.GetValues<T>()[at];
        }

        result.AddError(Refuse(result, result.Tokens[0].Value, names));
        return default;
    }

    /// <summary>Takes these words only.</summary>
    public static void Limit(Argument argument, IReadOnlyList<string> words)
    {
        argument.Validators.Add(result => Check(result, words));
        argument.CompletionSources.Add([.. words]);
    }

    /// <inheritdoc cref="Limit(Argument, IReadOnlyList{string})"/>
    public static void Limit(Option option, IReadOnlyList<string> words)
    {
        option.Validators.Add(result => Check(result, words));
        option.CompletionSources.Add([.. words]);
    }

    /// <summary>"a, b or c".</summary>
    public static string List(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.Take(words.Count - 1))} or {words[^1]}";

    private static void Check(SymbolResult result, IReadOnlyList<string> words)
    {
        if (result.Tokens.FirstOrDefault(token => !words.Contains(token.Value)) is { } wrong)
        {
            result.AddError(Refuse(result, wrong.Value, words));
        }
    }

    private static string Refuse(SymbolResult result, string word, IReadOnlyList<string> words)
    {
        string? option = (result as OptionResult ?? result.Parent as OptionResult)?.Option.Name;
        string? command = (result.Parent as CommandResult)?.Command.Name;
        return option is null && word.StartsWith('-')
            ? $"There is no option {word}."
            : $"{option ?? command} takes {List(words)}; '{word}' is none of them.";
    }
}
