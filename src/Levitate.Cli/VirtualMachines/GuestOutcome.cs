using System;
using System.Globalization;
using Levitate.Kernel.Abi;

namespace Levitate.Cli.VirtualMachines;

/// <summary>How a run in a VM ended.</summary>
internal abstract record GuestOutcome
{
    /// <summary>The program exited.</summary>
    public sealed record Exited(int Status) : GuestOutcome;

    /// <summary>A signal ended the program.</summary>
    public sealed record Signaled(int Signal) : GuestOutcome;

    /// <summary>The kernel could not start the program.</summary>
    public sealed record Refused(Errno Error, string Message) : GuestOutcome;

    /// <summary>The kernel could not do what was asked of it beside the program.</summary>
    public sealed record Failed(Errno Error, string Message) : GuestOutcome;

    /// <summary>The time was over.</summary>
    public sealed record TimedOut : GuestOutcome;

    /// <summary>The tool itself was asked to end by a signal.</summary>
    public sealed record Interrupted(int Signal) : GuestOutcome;

    /// <summary>The machine ended, and nothing was said of the program.</summary>
    public sealed record Lost(string QemuErrors, string KernelLog) : GuestOutcome;

    /// <summary>Reads a line of the control channel; null when it is none that ends a run.</summary>
    public static GuestOutcome? Parse(string line)
    {
        string[] words = line.Split(' ', 3);
        if (words.Length < 2)
        {
            return null;
        }

        bool isNumber = int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        return words[0] switch
        {
            "exit" when isNumber => new Exited(number & 0xff),
            "signal" when isNumber => new Signaled(number),
            "fail" => new Failed(ParseErrno(words[1], number), words.Length > 2 ? words[2] : words[1]),
            "error" => new Refused(ParseErrno(words[1], number), words.Length > 2 ? words[2] : words[1]),
            _ => null,
        };
    }

    private static Errno ParseErrno(string word, int number) => Enum.TryParse(word, out Errno error) ? error : (Errno)number;
}
