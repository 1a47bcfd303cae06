using System;
using System.Text;
using Levitate.Cli.Host;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Takes the kernel's log from the serial port: shows it on stderr where that is wanted, and keeps its end for when the kernel panics.</summary>
/// <param name="show">Whether it is shown.</param>
/// <param name="linesEndWithReturn">Whether a line that is shown ends with a carriage return, too, as a terminal in raw mode wants it.</param>
internal sealed class KernelLogView(bool show, bool linesEndWithReturn = false)
{
    private const int KeptBytes = 64 * 1024;

    private readonly byte[] _kept = new byte[KeptBytes];
    private long _total;

    /// <summary>The log's end.</summary>
    public string Text
    {
        get
        {
            int start = (int)(_total % KeptBytes);
            return _total <= KeptBytes
                ? Encoding.UTF8.GetString(_kept, 0, (int)_total)
                : Encoding.UTF8.GetString([.. _kept.AsSpan(start), .. _kept.AsSpan(0, start)]);
        }
    }

    /// <summary>Takes a piece. Carriage returns are the serial line's, not the log's.</summary>
    public bool Take(ReadOnlySpan<byte> bytes)
    {
        Span<byte> line = bytes.ToArray();
        int length = 0;
        foreach (byte value in bytes)
        {
            if (value != '\r')
            {
                line[length++] = value;
                _kept[_total++ % KeptBytes] = value;
            }
        }

        if (show)
        {
            Descriptor.StandardError.WriteAll(linesEndWithReturn ? Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(line[..length]).ReplaceLineEndings("\r\n")) : line[..length]);
        }

        return true;
    }
}
