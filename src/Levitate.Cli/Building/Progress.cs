using System;
using System.Diagnostics;
using System.Globalization;
using Levitate.Cli.Host;
using Spectre.Console;

namespace Levitate.Cli.Building;

/// <summary>Says on stderr what takes its time: with a spinner and colours on a terminal, in plain lines elsewhere.</summary>
internal sealed class Progress
{
    private readonly bool _isTerminal = Descriptor.StandardError.IsTerminal;

    private static IAnsiConsole Console => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Error) });

    /// <summary>Does a step, showing it while it runs and how long it took.</summary>
    public void Step(string what, Action action)
    {
        if (!_isTerminal)
        {
            System.Console.Error.WriteLine(what + "...");
            action();
            return;
        }

        long start = Stopwatch.GetTimestamp();
        IAnsiConsole console = Console;
        console.Status().Spinner(Spinner.Known.Dots).Start(Markup.Escape(what) + "...", _ => action());
        string seconds = Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        console.MarkupLine($"[green]✓[/] {Markup.Escape(what)} [grey]({seconds} s)[/]");
    }

    /// <summary>Says something in passing.</summary>
    public void Note(string text)
    {
        if (_isTerminal)
        {
            Console.MarkupLine($"[grey]{Markup.Escape(text)}[/]");
        }
        else
        {
            System.Console.Error.WriteLine(text);
        }
    }
}
