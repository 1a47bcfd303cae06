using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Levitate.Cli.Host;

/// <summary>
/// Takes the terminal on standard input out of line mode, so that every key goes to the guest. It is put back when this is
/// disposed, when the process exits another way, and while the process is stopped.
/// </summary>
internal sealed class RawTerminal : IDisposable
{
    /// <summary>Guards the terminal's mode and <see cref="_isRestored"/>. A leaf.</summary>
    private readonly Lock _lock = new();
    private readonly byte[] _saved = new byte[Libc.TermiosSize];
    private readonly byte[] _raw = new byte[Libc.TermiosSize];
    private readonly PosixSignalRegistration? _stops;
    private bool _isRestored;

    /// <summary>Enters raw mode where standard input is a terminal.</summary>
    public RawTerminal()
    {
        IsRaw = Libc.TcGetAttr(0, _saved) == 0;
        if (!IsRaw)
        {
            return;
        }

        _saved.CopyTo(_raw, 0);
        Libc.CfMakeRaw(_raw);
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        _stops = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Stop);
        _ = Libc.TcSetAttr(0, Libc.TCSANOW, _raw);
    }

    /// <summary>The window's size in characters; null where there is none.</summary>
    public static (int Rows, int Columns)? Size => SizeOf(Descriptor.StandardOutput);

    /// <summary>The size in characters of the window that a descriptor writes to; null where there is none.</summary>
    public static (int Rows, int Columns)? SizeOf(Descriptor terminal)
    {
        ushort[] size = new ushort[4];
        return Libc.Ioctl(terminal.Number, Libc.TIOCGWINSZ, size) == 0 && size[0] > 0 ? (size[0], size[1]) : null;
    }

    /// <summary>Whether there is a terminal, in raw mode.</summary>
    public bool IsRaw { get; }

    /// <summary>Calls back whenever the window's size changes, until the result is disposed.</summary>
    public static IDisposable WatchSize(Action changed) => PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => changed());

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsRaw)
        {
            AppDomain.CurrentDomain.ProcessExit -= OnExit;
            _stops!.Dispose();
            Restore();
        }
    }

    private void OnExit(object? sender, EventArgs arguments) => Restore();

    private void Restore()
    {
        lock (_lock)
        {
            if (!_isRestored)
            {
                _isRestored = true;
                _ = Libc.TcSetAttr(0, Libc.TCSANOW, _saved);
            }
        }
    }

    // Ctrl-Z goes to the guest; this is a SIGTSTP that another process sent.
    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (_isRestored)
            {
                return;
            }

            _ = Libc.TcSetAttr(0, Libc.TCSANOW, _saved);
            _ = Libc.Kill(Environment.ProcessId, Libc.SIGSTOP);
            _ = Libc.TcSetAttr(0, Libc.TCSANOW, _raw);
        }
    }
}
