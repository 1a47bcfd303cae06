using System;
using Levitate.Cli.Host;
using Spectre.Console;

namespace Levitate.Cli.Commands;

/// <summary>Says on stderr what went wrong and what to do next; in colour on a terminal only.</summary>
internal static class ErrorReport
{
    /// <summary>Writes a failure.</summary>
    public static void Write(string message, string? advice)
    {
        if (!Descriptor.StandardError.IsTerminal)
        {
            Console.Error.WriteLine($"levitate: {message}");
            if (advice is not null)
            {
                Console.Error.WriteLine($"levitate: {advice}");
            }

            return;
        }

        IAnsiConsole console = HostConsole.Error;
        console.MarkupLine($"[red]levitate:[/] {Markup.Escape(message)}");
        if (advice is not null)
        {
            console.MarkupLine($"[yellow]    next:[/] {Markup.Escape(advice)}");
        }
    }
}
