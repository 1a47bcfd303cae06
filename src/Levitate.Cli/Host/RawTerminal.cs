using System;
using System.Runtime.InteropServices;

namespace Levitate.Cli.Host;

/// <summary>Takes the terminal on standard input out of line mode, so that every key goes to the guest; disposing puts it back.</summary>
internal sealed class RawTerminal : IDisposable
{
    private readonly byte[] _saved = new byte[Libc.TermiosSize];
    private readonly bool _isTerminal;

    /// <summary>Enters raw mode where standard input is a terminal.</summary>
    public RawTerminal()
    {
        _isTerminal = Libc.TcGetAttr(0, _saved) == 0;
        if (_isTerminal)
        {
            byte[] raw = [.. _saved];
            Libc.CfMakeRaw(raw);
            _ = Libc.TcSetAttr(0, Libc.TCSANOW, raw);
        }
    }

    /// <summary>The window's size in characters; null where there is none.</summary>
    public static (int Rows, int Columns)? Size
    {
        get
        {
            ushort[] size = new ushort[4];
            return Libc.Ioctl(1, Libc.TIOCGWINSZ, size) == 0 && size[0] > 0 ? (size[0], size[1]) : null;
        }
    }

    /// <summary>Calls back whenever the window's size changes, until the result is disposed.</summary>
    public static IDisposable WatchSize(Action changed) => PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => changed());

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isTerminal)
        {
            _ = Libc.TcSetAttr(0, Libc.TCSANOW, _saved);
        }
    }
}
