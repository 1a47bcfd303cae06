using System;
using System.IO;
using System.Text;
using Spectre.Console;

namespace Levitate.Cli.Host;

/// <summary>The tool's own standard output and standard error, for people and programs.</summary>
internal static class HostConsole
{
    // Wide enough for every table, where no window limits it.
    private const int FileWidth = 160;

    /// <summary>Standard output with colours where it is a terminal.</summary>
    public static IAnsiConsole Output => Create(Descriptor.StandardOutput, Console.Out);

    /// <summary>Standard error with colours where it is a terminal.</summary>
    public static IAnsiConsole Error => Create(Descriptor.StandardError, Console.Error);

    /// <summary>Makes the process's console these streams. Called first.</summary>
    public static void Install()
    {
        Console.SetOut(new DescriptorWriter(Descriptor.StandardOutput, failureIsError: true));
        Console.SetError(new DescriptorWriter(Descriptor.StandardError, failureIsError: false));
    }

    private static IAnsiConsole Create(Descriptor descriptor, TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new ConsoleOutput(descriptor, writer),
        Interactive = descriptor.IsTerminal ? InteractionSupport.Detect : InteractionSupport.No,
    });

    private sealed class ConsoleOutput(Descriptor descriptor, TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => descriptor.IsTerminal;

        public int Width => IsTerminal && RawTerminal.SizeOf(descriptor) is { Columns: > 0 } size ? size.Columns : FileWidth;

        public int Height => IsTerminal && RawTerminal.SizeOf(descriptor) is { Rows: > 0 } size ? size.Rows : 24;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
