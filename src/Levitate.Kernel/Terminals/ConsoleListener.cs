using System;
using System.Buffers.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Terminals;

/// <summary>
/// Hears from the host, over the control channel, how large the console's window is ("winsize ROWS COLUMNS\n"), and
/// that nobody types any more after so many bytes in all ("endinput BYTES\n").
/// </summary>
internal sealed class ConsoleListener
{
    private const int MaximumLine = 64;

    private readonly Terminal _terminal;
    private readonly IByteChannel _control;

    /// <summary>Guards the line. Order: before the terminal's lock.</summary>
    private KernelLock _lock = new(LockOrder.ConsoleListener);
    private readonly byte[] _line = new byte[MaximumLine];
    private int _length;

    /// <summary>Listens from now on.</summary>
    public ConsoleListener(Terminal terminal, IByteChannel control)
    {
        _terminal = terminal;
        _control = control;
        control.Changed += Pump;
        Pump();
    }

    private void Pump()
    {
        Span<byte> arrived = stackalloc byte[MaximumLine];
        using (_lock.Enter())
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

        Obey(_line.AsSpan(0, _length));
        _length = 0;
    }

    private void Obey(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> size = "winsize "u8, end = "endinput "u8;
        if (line.StartsWith(size) && BootRequest.TryParseWindow(line[size.Length..], out (ushort Rows, ushort Columns) window))
        {
            _terminal.WindowSize = new WindowSize(window.Rows, window.Columns, 0, 0);
        }
        else if (line.StartsWith(end) && Utf8Parser.TryParse(line[end.Length..], out long bytes, out int used) && used == line.Length - end.Length)
        {
            _terminal.EndInput(bytes);
        }
    }
}
