using System;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Logging;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel;

/// <summary>The kernel's log: lines to the host, never mixed into a program's output, and kept for dmesg(1).</summary>
public sealed class KernelLog(IMachine machine)
{
    private const int QuietestConsole = 1, UsualConsole = 7, NothingSaved = -1;

    private int _consoleLevel = UsualConsole;
    private int _savedConsoleLevel = NothingSaved;
    private SyslogReader? _syslog;

    /// <summary>The last lines.</summary>
    internal LogRing Ring { get; } = new();

    /// <summary>Up to where syslog(2) has read.</summary>
    internal SyslogReader Syslog => _syslog ?? LazyInitializer.EnsureInitialized(ref _syslog, () => new SyslogReader(Ring));

    /// <summary>Woken when a line was added.</summary>
    internal WaitQueue Arrived { get; } = new();

    /// <summary>What a line's time is, in nanoseconds since power-on.</summary>
    internal long Now => machine.Clock.MonotonicNanoseconds;

    /// <summary>Lines of a lower level go to the host.</summary>
    internal int ConsoleLevel => Volatile.Read(ref _consoleLevel);

    /// <summary>Writes a line.</summary>
    public void WriteLine(string line) => Write((int)LogLevel.Information, Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Keeps a line that the host does not see, unless the console's level was raised.</summary>
    internal void WriteDetail(string line) => Write((int)LogLevel.Debugging, Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Writes a line that the host must see, whatever level the guest's root has set.</summary>
    internal void WriteSevere(LogLevel level, string line) => WriteSevere(level, Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Writes lines, of which each ends with a line feed, that the host must see. Takes no memory: there may be none.</summary>
    internal void WriteSevere(LogLevel level, ReadOnlySpan<byte> text)
    {
        WriteToHost(text);
        try
        {
            Keep((int)level, text);
        }
        catch (OutOfMemoryException)
        {
            // The line is kept. Only who asked for a signal at each (O_ASYNC) may need memory to be told, and is not.
        }
    }

    /// <summary>Adds lines, of which each ends with a line feed. Of one that is longer than the log's are, the rest is another line.</summary>
    /// <remarks>It wakes who reads the log: the caller holds no lock that comes after <see cref="LockOrder.WaitQueue"/>.</remarks>
    /// <param name="priority">Facility times 8 plus level, as syslog(3).</param>
    /// <param name="text">The lines.</param>
    internal void Write(int priority, ReadOnlySpan<byte> text)
    {
        const int Levels = 8;
        if (priority % Levels < ConsoleLevel)
        {
            WriteToHost(text);
        }

        Keep(priority, text);
    }

    /// <summary>SYSLOG_ACTION_CONSOLE_OFF: only the most urgent lines go to the host.</summary>
    internal void SilenceConsole()
    {
        int before = Interlocked.Exchange(ref _consoleLevel, QuietestConsole);
        Interlocked.CompareExchange(ref _savedConsoleLevel, before, NothingSaved);
    }

    /// <summary>SYSLOG_ACTION_CONSOLE_ON: undoes <see cref="SilenceConsole"/>.</summary>
    internal void RestoreConsole()
    {
        int saved = Interlocked.Exchange(ref _savedConsoleLevel, NothingSaved);
        if (saved != NothingSaved)
        {
            Volatile.Write(ref _consoleLevel, saved);
        }
    }

    /// <summary>SYSLOG_ACTION_CONSOLE_LEVEL: lines of a lower level than this go to the host; EINVAL unless it is 1 to 8.</summary>
    internal Errno SetConsoleLevel(int level)
    {
        if (level is < QuietestConsole or > 8)
        {
            return Errno.EINVAL;
        }

        Volatile.Write(ref _consoleLevel, level);
        Volatile.Write(ref _savedConsoleLevel, NothingSaved);
        return Errno.None;
    }

    private void Keep(int priority, ReadOnlySpan<byte> text)
    {
        if (LockOrderChecks.AreOn)
        {
            LockOrderChecks.Foresee(LockOrder.WaitQueue);
        }

        long now = Now;
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            line = line[..Math.Min(line.Length, LogRing.MaximumText)];
            Ring.Add(now, priority, line);
            text = text[(line.Length + (line.Length == end ? 1 : 0))..];
        }

        Arrived.WakeAll();
    }

    /// <summary>Writes lines to the host, a piece of some lines at a time; what is not printable is shown as \ooo: it may be a terminal.</summary>
    private void WriteToHost(ReadOnlySpan<byte> text)
    {
        const int Octal = 4;
        Span<byte> shown = stackalloc byte[LogText.MaximumLine];
        int length = 0;
        foreach (byte value in text)
        {
            if (length + Octal > shown.Length)
            {
                machine.WriteLog(shown[..length]);
                length = 0;
            }

            if (value is (byte)'\n' or (>= 0x20 and < 0x7f))
            {
                shown[length++] = value;
                continue;
            }

            shown[length] = (byte)'\\';
            shown[length + 1] = (byte)('0' + (value >> 6));
            shown[length + 2] = (byte)('0' + ((value >> 3) & 7));
            shown[length + 3] = (byte)('0' + (value & 7));
            length += Octal;
        }

        machine.WriteLog(shown[..length]);
    }
}
