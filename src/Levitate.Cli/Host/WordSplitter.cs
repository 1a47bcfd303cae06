using System.Collections.Generic;
using System.Text;

namespace Levitate.Cli.Host;

/// <summary>Splits a line into words as a shell does, quotes and backslashes included; nothing is expanded.</summary>
internal static class WordSplitter
{
    /// <summary>The words of <paramref name="line"/>. A quote without its end is an error.</summary>
    /// <remarks>POSIX.1-2017, Shell Command Language, 2.2 Quoting.</remarks>
    public static IReadOnlyList<string> Split(string line)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        for (int at = 0; at < line.Length; at++)
        {
            switch (line[at])
            {
                case ' ' or '\t' or '\n':
                    Finish();
                    break;
                case '\'':
                    int end = line.IndexOf('\'', at + 1);
                    Require(end >= 0, line, '\'');
                    (word ??= new StringBuilder()).Append(line, at + 1, end - at - 1);
                    at = end;
                    break;
                case '"':
                    at = AppendDoubleQuoted(line, at + 1, word ??= new StringBuilder());
                    break;
                case '\\':
                    Require(++at < line.Length, line, '\\');
                    word ??= new StringBuilder();
                    word.Append(line[at] == '\n' ? "" : line[at].ToString());
                    break;
                default:
                    (word ??= new StringBuilder()).Append(line[at]);
                    break;
            }
        }

        Finish();
        return words;

        void Finish()
        {
            if (word is not null)
            {
                words.Add(word.ToString());
                word = null;
            }
        }
    }

    // Inside double quotes a backslash escapes only these: $ ` " \ and a line's end. Returns the closing quote's place.
    private static int AppendDoubleQuoted(string line, int at, StringBuilder word)
    {
        while (true)
        {
            Require(at < line.Length, line, '"');
            if (line[at] == '"')
            {
                return at;
            }

            if (line[at] == '\\' && at + 1 < line.Length && line[at + 1] is '$' or '`' or '"' or '\\' or '\n')
            {
                at++;
                word.Append(line[at] == '\n' ? "" : line[at].ToString());
            }
            else
            {
                word.Append(line[at]);
            }

            at++;
        }
    }

    private static void Require(bool condition, string line, char opened)
    {
        if (!condition)
        {
            throw new ToolException($"The command {line} ends inside {opened}.", "Close the quote, or give the words after '--', one argument each.");
        }
    }
}
