using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Levitate.Cli.Benchmarks.Report;

/// <summary>What people found to stand in the way of targets: bench/obstacles.md, a heading "## NAME" for each, and text below.</summary>
internal static class Obstacles
{
    private const string Mark = "## ";

    /// <summary>Reads the text of each target; a file that is not there has none.</summary>
    public static Dictionary<string, string> Read(string file) => File.Exists(file) ? Parse(File.ReadLines(file)) : [];

    /// <inheritdoc cref="Read"/>
    internal static Dictionary<string, string> Parse(IEnumerable<string> lines)
    {
        var texts = new Dictionary<string, string>();
        string? name = null;
        foreach (string line in lines.Select(line => line.Trim()))
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                name = line[Mark.Length..].Trim();
                texts[name] = "";
            }
            else if (name is not null && line.Length > 0)
            {
                texts[name] = texts[name].Length == 0 ? line : $"{texts[name]} {line}";
            }
        }

        return texts;
    }
}
