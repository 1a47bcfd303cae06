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
    /// <summary>What a line is usually, and a line that the host does not see.</summary>
    private const int Information = 6, Debugging = 7;

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

    /// <summary>Lines of a lower level go to the host.</summary>
    internal int ConsoleLevel => Volatile.Read(ref _consoleLevel);

    /// <summary>Writes a line.</summary>
    public void WriteLine(string line) => Write(Information, Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Writes a line of bytes (paths are bytes, not text); control characters are shown as \ooo.</summary>
    public void WriteLine(ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder(line.Length);
        foreach (byte value in line)
        {
            if (value is >= 0x20 and < 0x7f)
            {
                text.Append((char)value);
            }
            else
            {
                text.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
            }
        }

        WriteLine(text.ToString());
    }

    /// <summary>Keeps a line that the host does not see, unless the console's level was raised.</summary>
    internal void WriteDetail(string line) => Write(Debugging, Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Adds lines, of which each ends with a line feed. Of one that is longer than the log's are, the rest is another line.</summary>
    /// <param name="priority">Facility times 8 plus level, as syslog(3).</param>
    /// <param name="text">The lines.</param>
    internal void Write(int priority, ReadOnlySpan<byte> text)
    {
        const int Levels = 8;
        if (priority % Levels < ConsoleLevel)
        {
            machine.WriteLog(text);
        }

        long now = machine.Clock.MonotonicNanoseconds;
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
}
