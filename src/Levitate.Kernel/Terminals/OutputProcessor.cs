using System.Collections.Generic;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Terminals;

/// <summary>What becomes of the bytes that are written to a terminal, and in which column its cursor is. The terminal's lock guards it.</summary>
/// <remarks>Linux: termios(3), c_oflag.</remarks>
internal sealed class OutputProcessor
{
    private const int TabWidth = 8;

    /// <summary>The cursor's column, as far as that can be known.</summary>
    public int Column { get; private set; }

    /// <summary>Adds what a byte becomes on its way out.</summary>
    public void Process(byte value, in TerminalSettings settings, List<byte> output)
    {
        if (!settings.Has(TerminalOutputFlags.OPOST))
        {
            output.Add(value);
            return;
        }

        switch (value)
        {
            case (byte)'\n':
                AddNewline(settings, output);
                break;
            case (byte)'\r':
                AddReturn(settings, output);
                break;
            case (byte)'\t':
                AddTab(settings, output);
                break;
            case (byte)'\b':
                Column -= Column > 0 ? 1 : 0;
                output.Add(value);
                break;
            default:
                bool isUpper = settings.Has(TerminalOutputFlags.OLCUC) && value is >= (byte)'a' and <= (byte)'z';
                output.Add((byte)(isUpper ? value - 0x20 : value));
                Column += TakesColumn(value, settings) ? 1 : 0;
                break;
        }
    }

    /// <summary>The column behind a byte that is shown in a column.</summary>
    public static int Advance(int column, byte value, in TerminalSettings settings) => value switch
    {
        (byte)'\t' => (column / TabWidth * TabWidth) + TabWidth,
        _ when LineDiscipline.IsControl(value) => settings.Has(TerminalLocalFlags.ECHOCTL) ? column + 2 : column,
        _ => TakesColumn(value, settings) ? column + 1 : column,
    };

    private static bool TakesColumn(byte value, in TerminalSettings settings) =>
        !LineDiscipline.IsControl(value) && !LineDiscipline.IsContinuation(value, settings);

    private void AddNewline(in TerminalSettings settings, List<byte> output)
    {
        if (settings.Has(TerminalOutputFlags.ONLRET))
        {
            Column = 0;
        }

        if (settings.Has(TerminalOutputFlags.ONLCR))
        {
            Column = 0;
            output.Add((byte)'\r');
        }

        output.Add((byte)'\n');
    }

    private void AddReturn(in TerminalSettings settings, List<byte> output)
    {
        if (settings.Has(TerminalOutputFlags.ONOCR) && Column == 0)
        {
            return;
        }

        bool becomesNewline = settings.Has(TerminalOutputFlags.OCRNL);
        if (!becomesNewline || settings.Has(TerminalOutputFlags.ONLRET))
        {
            Column = 0;
        }

        output.Add((byte)(becomesNewline ? '\n' : '\r'));
    }

    private void AddTab(in TerminalSettings settings, List<byte> output)
    {
        int spaces = TabWidth - (Column % TabWidth);
        Column += spaces;
        if (!settings.Has(TerminalOutputFlags.XTABS))
        {
            output.Add((byte)'\t');
            return;
        }

        for (; spaces > 0; spaces--)
        {
            output.Add((byte)' ');
        }
    }
}
