using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Terminals;

/// <summary>Hears from the host, over the control channel, how large the console's window is: "winsize ROWS COLUMNS\n".</summary>
internal sealed class WindowSizeListener
{
    private const int MaximumLine = 64;

    private readonly Terminal _terminal;
    private readonly IByteChannel _control;

    /// <summary>Guards the line. Order: before the terminal's lock.</summary>
    private readonly Lock _lock = new();
    private readonly byte[] _line = new byte[MaximumLine];
    private int _length;

    /// <summary>Listens from now on.</summary>
    public WindowSizeListener(Terminal terminal, IByteChannel control)
    {
        _terminal = terminal;
        _control = control;
        control.Changed += Pump;
        Pump();
    }

    private void Pump()
    {
        Span<byte> arrived = stackalloc byte[MaximumLine];
        lock (_lock)
        {
            int count;
            while ((count = _control.Read(arrived)) > 0)
            {
                foreach (byte value in arrived[..count])
                {
                    Receive(value);
                }
            }
        }
    }

    private void Receive(byte value)
    {
        if (value != '\n')
        {
            // A line that is too long is none of ours: what follows its first part is skipped.
            _line[Math.Min(_length, MaximumLine - 1)] = value;
            _length = Math.Min(_length + 1, MaximumLine);
            return;
        }

        if (TryParse(_line.AsSpan(0, _length), out WindowSize size))
        {
            _terminal.WindowSize = size;
        }

        _length = 0;
    }

    private static bool TryParse(ReadOnlySpan<byte> line, out WindowSize size)
    {
        size = default;
        if (!line.StartsWith("winsize "u8))
        {
            return false;
        }

        if (!BootRequest.TryParseWindow(line["winsize ".Length..], out (ushort Rows, ushort Columns) window))
        {
            return false;
        }

        size = new WindowSize(window.Rows, window.Columns, 0, 0);
        return true;
    }
}
