using System;
using System.Collections.Generic;
using Levitate.Cli.Host;

namespace Levitate.Cli.Commands;

/// <summary>The environment that programs in a VM begin with.</summary>
internal static class GuestEnvironment
{
    /// <summary>"NAME=VALUE" strings: the defaults, then what was asked for; a name appears once.</summary>
    public static IEnumerable<string> Create(IEnumerable<string> wishes, bool onTerminal)
    {
        var variables = new List<string>
        {
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
        };
        if (onTerminal)
        {
            AddTerminal(variables);
        }
        else if (Descriptor.StandardOutput.IsTerminal && Environment.GetEnvironmentVariable("TERM") is { } terminal)
        {
            variables.Add("TERM=" + terminal);
        }

        foreach (string wish in wishes)
        {
            int equals = wish.IndexOf('=');
            string name = equals < 0 ? wish : wish[..equals];
            if (name.Length == 0)
            {
                throw new ToolException($"--env takes NAME=VALUE; \"{wish}\" has no name.", "For example --env DEBUG=1, or --env DEBUG for its value here.");
            }

            variables.RemoveAll(variable => variable.StartsWith(name + "=", StringComparison.Ordinal));
            if (equals >= 0)
            {
                variables.Add(wish);
            }
            else if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                variables.Add($"{name}={value}");
            }
        }

        return variables;
    }

    // What the terminal can do is the host's affair. Of locales the guest may have none but C.UTF-8, which every C library
    // has built in.
    private static void AddTerminal(List<string> variables)
    {
        variables.Add($"TERM={Environment.GetEnvironmentVariable("TERM") ?? "vt100"}");
        if (Environment.GetEnvironmentVariable("COLORTERM") is { } colors)
        {
            variables.Add($"COLORTERM={colors}");
        }

        variables.Add("LANG=C.UTF-8");
    }
}
