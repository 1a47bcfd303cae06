using System;
using System.Text;

namespace Levitate.Kernel;

/// <summary>The kernel's command line: words, "name" or "name=value,value".</summary>
/// <param name="LogExec">log=exec: the loader prints its [EXEC] lines.</param>
/// <param name="LogBoot">log=boot: start-up milestones with guest times.</param>
/// <param name="Trace">trace: an strace-like line a system call.</param>
/// <param name="LockChecks">lock-checks: the order of locks is checked, above the floor and in it.</param>
/// <param name="FaultInjection">fault-injection: the test-only system call that throws inside the kernel exists.</param>
public sealed record KernelOptions(bool LogExec, bool LogBoot, bool Trace, bool LockChecks, bool FaultInjection)
{
    /// <summary>The words that are for users, and what they do.</summary>
    public static (string Word, string Meaning)[] Words =>
    [
        ("log=exec", "log what is loaded"),
        ("log=boot", "log the milestones of the start"),
        ("trace", "log every system call"),
        ("lock-checks", "check the order of locks as the kernel runs"),
        ("fault-injection", "let tests throw exceptions inside the kernel"),
        ("cpu-fault=absent", "look for a processor, too, that is not there"),
        ("cpu-fault=stuck", "let the processors beside the first hang as they start"),
        ("cpu-fault=lacking", "let them lack what the first one has"),
        ("cpu-fault=late", "let their clocks be behind that of the first"),
    ];

    /// <summary>Whether a word means something to the kernel; "log=" takes several topics with commas between them.</summary>
    public static bool IsKnown(string word)
    {
        const string Log = "log=";
        string[] parts = word.StartsWith(Log, StringComparison.Ordinal) ? Array.ConvertAll(word[Log.Length..].Split(','), topic => Log + topic) : [word];
        return Array.TrueForAll(parts, part => Array.Exists(Words, known => known.Word == part));
    }

    /// <summary>Reads a command line; unknown words are the business of others (the floor, the machine) and are skipped.</summary>
    public static KernelOptions Parse(ReadOnlySpan<byte> commandLine)
    {
        bool exec = false, boot = false, trace = false, checks = false, injection = false;
        foreach (string word in Encoding.Latin1.GetString(commandLine).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.StartsWith("log=", StringComparison.Ordinal))
            {
                string[] topics = word[4..].Split(',');
                exec |= Array.IndexOf(topics, "exec") >= 0;
                boot |= Array.IndexOf(topics, "boot") >= 0;
            }

            trace |= word == "trace";
            checks |= word == "lock-checks";
            injection |= word == "fault-injection";
        }

        return new KernelOptions(exec, boot, trace, checks, injection);
    }
}
