using System;
using System.Text;
using Levitate.Floor.Runtime;
using Xunit;

namespace Levitate.Kernel.Tests.Floor;

public sealed unsafe class TextFormatterTests
{
    [Fact]
    public void Integers_take_their_length_width_and_flags()
    {
        Assert.Equal("-1 4294967295 18446744073709551615", Format("%d %u %zu", ulong.MaxValue, ulong.MaxValue, ulong.MaxValue));
        Assert.Equal("0x1f|  -7|0042|5  |beef", Format("%p|%4d|%04ld|%-3i|%x", 31, unchecked((ulong)-7), 42, 5, 0xbeef));
    }

    [Fact]
    public void Text_is_cut_at_its_precision_and_padded_to_its_width()
    {
        fixed (byte* text = "kernel\0"u8)
        {
            Assert.Equal("kernel|  kern|kern  |()", Format("%s|%6.4s|%-6.*s|(%s)", (ulong)text, (ulong)text, 4, (ulong)text, 0));
        }
    }

    [Fact]
    public void Doubles_are_rounded_to_their_decimals()
    {
        Assert.Equal("1.500 mb, 2, -0.007813", FormatDoubles("%.3f mb, %.0f, %f", 1.5, 2.25, -0.0078125));
        Assert.Equal("?", FormatDoubles("%f", double.NaN, 0, 0));
    }

    [Fact]
    public void What_is_not_known_stands_as_it_is_and_a_percent_sign_at_the_end_is_nothing()
    {
        Assert.Equal("100% k q ", Format("100%% %k %q %"));
    }

    [Fact]
    public void A_short_buffer_is_filled_and_ended_and_the_whole_length_is_told()
    {
        byte* buffer = stackalloc byte[4];
        buffer[3] = 1;
        ulong* registers = stackalloc ulong[22];
        ulong* list = stackalloc ulong[3];
        list[2] = (ulong)registers;
        fixed (byte* format = "abcdef\0"u8)
        {
            Assert.Equal(6, TextFormatter.Format(buffer, 4, format, (VariadicArguments*)list));
            Assert.Equal("abc\0", Encoding.ASCII.GetString(buffer, 4));
            Assert.Equal(6, TextFormatter.Format(null, 0, format, (VariadicArguments*)list));
        }
    }

    private static string Format(string format, params ulong[] integers) => Format(format, integers, []);

    private static string FormatDoubles(string format, params double[] doubles) => Format(format, [], doubles);

    /// <summary>Builds a va_list: six integers and eight doubles are in registers, the rest on the stack.</summary>
    private static string Format(string format, ulong[] integers, double[] doubles)
    {
        ulong* registers = stackalloc ulong[22];
        ulong* stack = stackalloc ulong[16];
        for (int index = 0; index < integers.Length; index++)
        {
            // The first three registers hold the function's named arguments.
            *(index < 3 ? registers + 3 + index : stack + index - 3) = integers[index];
        }

        for (int index = 0; index < doubles.Length; index++)
        {
            registers[6 + (index * 2)] = BitConverter.DoubleToUInt64Bits(doubles[index]);
        }

        ulong* list = stackalloc ulong[3];
        list[0] = 24 | (48UL << 32);
        list[1] = (ulong)stack;
        list[2] = (ulong)registers;
        byte* text = stackalloc byte[200];
        fixed (byte* bytes = Encoding.ASCII.GetBytes(format + "\0"))
        {
            int length = TextFormatter.Format(text, 200, bytes, (VariadicArguments*)list);
            return Encoding.ASCII.GetString(text, length);
        }
    }
}
