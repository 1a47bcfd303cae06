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

    /// <summary>Does a step, showing it while it runs and how long it took.</summary>
    public void Step(string what, Action action) => Step(what, _ => action());

    /// <summary>Does a step that tells how far it is, which a terminal shows.</summary>
    public void Step(string what, Action<Action<string>> action)
    {
        if (!_isTerminal)
        {
            Console.Error.WriteLine(what + "...");
            action(static _ => { });
            return;
        }

        long start = Stopwatch.GetTimestamp();
        IAnsiConsole console = HostConsole.Error;
        console.Status().Spinner(Spinner.Known.Dots).Start(Markup.Escape(what) + "...", status => action(news =>
        {
            status.Status = $"{Markup.Escape(what)}... [grey]{Markup.Escape(news)}[/]";
        }));
        string seconds = Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        console.MarkupLine($"[green]✓[/] {Markup.Escape(what)} [grey]({seconds} s)[/]");
    }

    /// <summary>Says something in passing.</summary>
    public void Note(string text)
    {
        if (_isTerminal)
        {
            HostConsole.Error.MarkupLine($"[grey]{Markup.Escape(text)}[/]");
        }
        else
        {
            Console.Error.WriteLine(text);
        }
    }
}
