using System;
using System.Buffers;
using System.Text;

namespace Levitate.Kernel.Text;

/// <summary>Builds text that a file of /proc shows; whatever part of the kernel has something to tell there writes into it.</summary>
internal sealed class ProcText
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was collected.</summary>
    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    /// <summary>How many bytes were collected.</summary>
    public int Length => _bytes.WrittenCount;

    /// <summary>Adds bytes.</summary>
    public ProcText Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Adds text.</summary>
    public ProcText Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    /// <summary>Adds a line: the text and a line feed.</summary>
    public ProcText AddLine(string text) => Add(Encoding.UTF8.GetBytes(text)).Add("\n"u8);

    /// <summary>Adds a line of a size in kB, as meminfo and smaps have them: the number ends in column 24.</summary>
    public ProcText AddKilobytes(string name, long value) => AddLine($"{name}{$"{value}".PadLeft(Math.Max(24 - name.Length, 0))} kB");

    /// <summary>A number as a program writes it: decimal, or with 0x or 0 before it hexadecimal or octal.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out int number)
    {
        bool isNegative = text.StartsWith("-"u8);
        ReadOnlySpan<byte> digits = isNegative || text.StartsWith("+"u8) ? text[1..] : text;
        int radix = 10;
        if (digits.Length > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x')
        {
            radix = 16;
            digits = digits[2..];
        }
        else if (digits.Length > 1 && digits[0] == '0')
        {
            radix = 8;
            digits = digits[1..];
        }

        long value = 0;
        foreach (byte symbol in digits)
        {
            int digit = symbol is >= (byte)'0' and <= (byte)'9' ? symbol - '0' : (symbol | 0x20) is >= 'a' and <= 'f' ? (symbol | 0x20) - 'a' + 10 : radix;
            value = digit < radix && value <= int.MaxValue ? (value * radix) + digit : long.MaxValue;
        }

        value = isNegative ? -value : value;
        number = (int)value;
        return !digits.IsEmpty && value == number;
    }

    /// <summary>Adds spaces up to a column of the present line, which began at <paramref name="lineStart"/>.</summary>
    public void PadTo(int column, int lineStart)
    {
        while (Length - lineStart < column)
        {
            Add(" "u8);
        }
    }

    /// <summary>Adds a path or name; what would break the line's format is shown in octal.</summary>
    public ProcText AddEscaped(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> escaped)
    {
        foreach (byte value in bytes)
        {
            if (escaped.Contains(value))
            {
                Add("\\"u8).Add(Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(3, '0')));
            }
            else
            {
                Add([value]);
            }
        }

        return this;
    }
}
