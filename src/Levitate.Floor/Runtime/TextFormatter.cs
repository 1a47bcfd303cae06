using System;
using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>
/// printf for the messages of the runtime's native parts: d i u x X p c s f and %, with width, precision and the flags
/// '0' and '-'. Anything else stands in the text as it stands in the format.
/// </summary>
internal unsafe struct TextFormatter
{
    private const int MessageBytes = 512;

    private byte* _text;
    private nuint _size;
    private nuint _length;

    /// <summary>Writes at most <paramref name="size"/> bytes, the NUL among them. Returns what the whole text is long.</summary>
    [RuntimeExport("vsnprintf")]
    internal static int Format(byte* text, nuint size, byte* format, VariadicArguments* arguments)
    {
        TextFormatter formatter = default;
        formatter._text = text;
        formatter._size = size;
        while (*format != 0)
        {
            if (*format == '%')
            {
                format = formatter.Convert(format + 1, arguments);
            }
            else
            {
                formatter.Append(*format++);
            }
        }

        if (size > 0)
        {
            text[formatter._length < size ? formatter._length : size - 1] = 0;
        }

        return (int)formatter._length;
    }

    /// <summary>Every stream is the log.</summary>
    [RuntimeExport("vfprintf")]
    internal static int Print(void* stream, byte* format, VariadicArguments* arguments)
    {
        byte* message = stackalloc byte[MessageBytes];
        int length = Format(message, MessageBytes, format, arguments);
        SerialLog.Write(new ReadOnlySpan<byte>(message, length < MessageBytes ? length : MessageBytes - 1));
        return length;
    }

    /// <summary>Converts what follows a percent sign. Returns where the format goes on.</summary>
    private byte* Convert(byte* format, VariadicArguments* arguments)
    {
        Conversion conversion = default;
        conversion.Precision = -1;
        for (; *format is (byte)'0' or (byte)'-'; format++)
        {
            conversion.PadsWithZeros |= *format == '0';
            conversion.IsLeftAligned |= *format == '-';
        }

        conversion.Width = ReadNumber(ref format, arguments);
        if (*format == '.')
        {
            format++;
            conversion.Precision = ReadNumber(ref format, arguments);
        }

        bool isLong = false;
        for (; *format is (byte)'l' or (byte)'z' or (byte)'j' or (byte)'t' or (byte)'h'; format++)
        {
            isLong |= *format != 'h';
        }

        switch (*format)
        {
            case (byte)'d':
            case (byte)'i':
                ulong bits = arguments->NextInteger();
                long signed = isLong ? (long)bits : (int)bits;
                AppendNumber(signed < 0 ? 0 - (ulong)signed : (ulong)signed, signed < 0, 10, conversion);
                break;
            case (byte)'u':
                AppendNumber(Truncate(arguments->NextInteger(), isLong), false, 10, conversion);
                break;
            case (byte)'x':
            case (byte)'X':
                AppendNumber(Truncate(arguments->NextInteger(), isLong), false, 16, conversion);
                break;
            case (byte)'p':
                Append((byte)'0');
                Append((byte)'x');
                AppendNumber(arguments->NextInteger(), false, 16, conversion);
                break;
            case (byte)'c':
                Append((byte)arguments->NextInteger());
                break;
            case (byte)'s':
                AppendText((byte*)arguments->NextInteger(), conversion);
                break;
            case (byte)'f':
                AppendFixed(arguments->NextDouble(), conversion);
                break;
            case 0:
                return format;
            default:
                Append(*format);
                break;
        }

        return format + 1;
    }

    private static ulong Truncate(ulong value, bool isLong) => isLong ? value : (uint)value;

    private static int ReadNumber(ref byte* format, VariadicArguments* arguments)
    {
        if (*format == '*')
        {
            format++;
            return (int)arguments->NextInteger();
        }

        int number = 0;
        for (; *format is >= (byte)'0' and <= (byte)'9'; format++)
        {
            number = (number * 10) + *format - '0';
        }

        return number;
    }

    private void AppendNumber(ulong value, bool isNegative, uint radix, Conversion conversion)
    {
        const int MostDigits = 20;
        byte* digits = stackalloc byte[MostDigits];
        int first = MostDigits;
        do
        {
            uint digit = (uint)(value % radix);
            digits[--first] = (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
            value /= radix;
        }
        while (value != 0);

        int padding = conversion.Width - (MostDigits - first) - (isNegative ? 1 : 0);
        if (!conversion.PadsWithZeros && !conversion.IsLeftAligned)
        {
            Pad((byte)' ', padding);
        }

        if (isNegative)
        {
            Append((byte)'-');
        }

        if (conversion.PadsWithZeros && !conversion.IsLeftAligned)
        {
            Pad((byte)'0', padding);
        }

        for (; first < MostDigits; first++)
        {
            Append(digits[first]);
        }

        if (conversion.IsLeftAligned)
        {
            Pad((byte)' ', padding);
        }
    }

    /// <summary>Up to nine decimals, and numbers whose digits fit 64 bits; for others a question mark.</summary>
    private void AppendFixed(double value, Conversion conversion)
    {
        const int DefaultDecimals = 6;
        const int MostDecimals = 9;
        const double Limit = 9e18;
        int decimals = conversion.Precision < 0 ? DefaultDecimals : conversion.Precision > MostDecimals ? MostDecimals : conversion.Precision;
        double scale = 1;
        for (int digit = 0; digit < decimals; digit++)
        {
            scale *= 10;
        }

        bool isNegative = value < 0;
        double scaled = ((isNegative ? -value : value) * scale) + 0.5;
        if (!(scaled < Limit))
        {
            Append((byte)'?');
            return;
        }

        ulong whole = (ulong)(long)scaled;
        ulong divisor = (ulong)(long)scale;
        AppendNumber(whole / divisor, isNegative, 10, default);
        if (decimals > 0)
        {
            Append((byte)'.');
            Conversion fraction = default;
            fraction.Width = decimals;
            fraction.PadsWithZeros = true;
            AppendNumber(whole % divisor, false, 10, fraction);
        }
    }

    private void AppendText(byte* text, Conversion conversion)
    {
        nuint length = 0;
        while (text != null && (conversion.Precision < 0 || length < (nuint)conversion.Precision) && text[length] != 0)
        {
            length++;
        }

        int padding = conversion.Width - (int)length;
        if (!conversion.IsLeftAligned)
        {
            Pad((byte)' ', padding);
        }

        for (nuint index = 0; index < length; index++)
        {
            Append(text[index]);
        }

        if (conversion.IsLeftAligned)
        {
            Pad((byte)' ', padding);
        }
    }

    private void Pad(byte character, int count)
    {
        for (; count > 0; count--)
        {
            Append(character);
        }
    }

    private void Append(byte character)
    {
        if (_length + 1 < _size)
        {
            _text[_length] = character;
        }

        _length++;
    }

    private struct Conversion
    {
        internal int Width;
        internal int Precision;
        internal bool PadsWithZeros;
        internal bool IsLeftAligned;
    }
}
