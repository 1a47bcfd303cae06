using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Levitate.Boot.Tests.Harness;

/// <summary>
/// A pseudo-terminal of the host with a program on it, so that what needs a terminal is tested where there is none. The
/// program is the leader of a session whose controlling terminal it is.
/// </summary>
internal sealed class HostTerminal : IDisposable
{
    private const int O_RDWR = 2, O_NOCTTY = 0x100, O_CLOEXEC = 0x80000;
    private const ulong TIOCSWINSZ = 0x5414;

    /// <summary>The longest that anything may take under TCG on a loaded machine.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    // The shell's opening makes the terminal nobody's, as it leads no session; setsid's does. Who started the tests may have
    // ignored signals (nohup does), and children inherit that.
    private const string Script = "tty=$1; shift; exec setsid --ctty env --default-signal \"$@\" < \"$tty\" > \"$tty\" 2> \"$tty\"";

    private readonly SafeFileHandle _master;
    private readonly Process _process;
    private readonly byte[] _settings;
    private readonly StringBuilder _shown = new();
    private readonly Thread _reader;
    private int _searched;

    /// <summary>Why the host gives no pseudo-terminal; null where it does.</summary>
    public static string? Obstacle { get; } = FindObstacle();

    /// <summary>Starts a program on a new terminal of 30 rows and 100 columns.</summary>
    public HostTerminal(IEnumerable<string> command, params (string Name, string Value)[] environment)
    {
        int master = PosixOpenPt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        _master = new SafeFileHandle(master, ownsHandle: true);
        byte[] name = new byte[64];
        if (master < 0 || GrantPt(master) != 0 || UnlockPt(master) != 0 || PtsName(master, name, name.Length) != 0)
        {
            throw new IOException($"the host gives no pseudo-terminal: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        Resize(30, 100);
        _settings = Settings;
        string terminal = Encoding.ASCII.GetString(name, 0, Array.IndexOf(name, (byte)0));
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", terminal, .. command]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TERM"] = "xterm-256color";
        foreach ((string variable, string value) in environment)
        {
            start.Environment[variable] = value;
        }

        _process = Process.Start(start)!;
        _reader = new Thread(ReadAll) { IsBackground = true, Name = "terminal" };
        _reader.Start();
    }

    /// <summary>All that was shown until now, as UTF-8.</summary>
    public string Shown
    {
        get
        {
            lock (_shown)
            {
                return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(_shown.ToString()));
            }
        }
    }

    /// <summary>Whether the terminal's settings are those that it began with.</summary>
    public bool IsRestored => Settings.SequenceEqual(_settings);

    private byte[] Settings
    {
        get
        {
            byte[] settings = new byte[60];
            return TcGetAttr(_master.DangerousGetHandle().ToInt32(), settings) == 0 ? settings : [];
        }
    }

    /// <summary>Types.</summary>
    public void Type(string keys)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(keys);
        for (int done = 0; done < bytes.Length;)
        {
            nint count = Write(_master.DangerousGetHandle().ToInt32(), bytes[done..], bytes.Length - done);
            done += count > 0 ? (int)count : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    /// <summary>Waits until something is shown behind what was waited for before.</summary>
    public void WaitFor(string text)
    {
        string wanted = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
        long began = Stopwatch.GetTimestamp();
        lock (_shown)
        {
            while (true)
            {
                int at = _shown.ToString().IndexOf(wanted, _searched, StringComparison.Ordinal);
                if (at >= 0)
                {
                    _searched = at + wanted.Length;
                    return;
                }

                TimeSpan left = s_limit - Stopwatch.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || !_reader.IsAlive || !Monitor.Wait(_shown, left))
                {
                    throw new TimeoutException($"\"{text}\" is not shown:\n{_shown}");
                }
            }
        }
    }

    /// <summary>Changes the window's size.</summary>
    public void Resize(ushort rows, ushort columns) => _ = Ioctl(_master.DangerousGetHandle().ToInt32(), TIOCSWINSZ, [rows, columns, 0, 0]);

    /// <summary>Sends the program a signal.</summary>
    public void Signal(int signal) => _ = Kill(_process.Id, signal);

    /// <summary>Waits for the program's end; its status, 128 + N after signal N.</summary>
    public int WaitForEnd()
    {
        if (!_process.WaitForExit(s_limit))
        {
            throw new TimeoutException($"the program does not end:\n{Shown}");
        }

        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        // The last holder of the other side has gone, so that the reader's call fails.
        _process.WaitForExit();
        _reader.Join(s_limit);
        _process.Dispose();
        _master.Dispose();
    }

    private static string? FindObstacle()
    {
        using var master = new SafeFileHandle(PosixOpenPt(O_RDWR | O_NOCTTY | O_CLOEXEC), ownsHandle: true);
        byte[] name = new byte[64];
        bool isThere = !master.IsInvalid && PtsName((int)master.DangerousGetHandle(), name, name.Length) == 0
            && File.Exists(Encoding.ASCII.GetString(name, 0, Array.IndexOf(name, (byte)0)));
        return isThere ? null : "this host gives no pseudo-terminal";
    }

    private void ReadAll()
    {
        byte[] buffer = new byte[4096];
        int descriptor = _master.DangerousGetHandle().ToInt32();
        while (true)
        {
            nint count = Read(descriptor, buffer, buffer.Length);
            lock (_shown)
            {
                // EIO: nobody has the terminal's other side open, which at the beginning nobody has either.
                if (count <= 0 && _process.HasExited)
                {
                    Monitor.PulseAll(_shown);
                    return;
                }

                if (count > 0)
                {
                    _shown.Append(Encoding.Latin1.GetString(buffer, 0, (int)count));
                    Monitor.PulseAll(_shown);
                }
            }

            if (count <= 0)
            {
                _process.WaitForExit(TimeSpan.FromMilliseconds(20));
            }
        }
    }

    [DllImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static extern int PosixOpenPt(int flags);

    [DllImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static extern int GrantPt(int descriptor);

    [DllImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static extern int UnlockPt(int descriptor);

    [DllImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static extern int PtsName(int descriptor, byte[] name, nint size);

    [DllImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static extern int TcGetAttr(int descriptor, byte[] settings);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int Ioctl(int descriptor, ulong request, ushort[] argument);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    private static extern nint Read(int descriptor, byte[] buffer, nint count);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint Write(int descriptor, byte[] buffer, nint count);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
