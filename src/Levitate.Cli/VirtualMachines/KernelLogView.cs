using System;
using System.Text;
using Levitate.Cli.Host;

namespace Levitate.Cli.VirtualMachines;

/// <summary>
/// Takes the kernel's log from the serial port: shows it on stderr where that is wanted, and else only what the user must
/// know: that the VM has fewer processors than asked for. Keeps the log's end for when the kernel panics.
/// </summary>
/// <param name="showsAll">Whether all of it is shown.</param>
/// <param name="linesEndWithReturn">Whether a line that is shown ends with a carriage return, too, as a terminal in raw mode wants it.</param>
/// <param name="show">Shows bytes to the user; null: on stderr.</param>
internal sealed class KernelLogView(bool showsAll, bool linesEndWithReturn = false, Action<byte[]>? show = null)
{
    private const int KeptBytes = 64 * 1024;
    private const int LongestWarning = 1024;

    private readonly byte[] _kept = new byte[KeptBytes];
    private readonly StringBuilder _line = new();
    private readonly Action<byte[]> _show = show ?? (static bytes => Descriptor.StandardError.WriteAll(bytes));
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
        Span<byte> piece = bytes.ToArray();
        int length = 0;
        foreach (byte value in bytes)
        {
            if (value != '\r')
            {
                piece[length++] = value;
                _kept[_total++ % KeptBytes] = value;
            }
        }

        if (showsAll)
        {
            Show(Encoding.Latin1.GetString(piece[..length]));
        }
        else
        {
            ShowWarnings(piece[..length]);
        }

        return true;
    }

    private void ShowWarnings(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value != '\n')
            {
                _line.Append(_line.Length < LongestWarning ? (char)value : null);
                continue;
            }

            string line = _line.ToString();
            _line.Clear();
            if (line.StartsWith("cpus: ", StringComparison.Ordinal))
            {
                Show($"levitate: {line}\n");
            }
        }
    }

    private void Show(string text) => _show(Encoding.Latin1.GetBytes(linesEndWithReturn ? text.ReplaceLineEndings("\r\n") : text));
}
