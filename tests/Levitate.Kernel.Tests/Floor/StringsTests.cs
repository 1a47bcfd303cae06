using System;
using System.Text;
using Levitate.Floor.Runtime;
using Xunit;

namespace Levitate.Kernel.Tests.Floor;

public sealed unsafe class StringsTests
{
    [Theory]
    [InlineData("0", 0, 0UL, 1)]
    [InlineData("  42x", 0, 42UL, 4)]
    [InlineData("0x1fG", 0, 31UL, 4)]
    [InlineData("0x", 0, 0UL, 1)]
    [InlineData("1f", 16, 31UL, 2)]
    [InlineData("0X1F", 16, 31UL, 4)]
    [InlineData("017", 0, 15UL, 3)]
    [InlineData("08", 0, 0UL, 1)]
    [InlineData("-1", 10, ulong.MaxValue, 2)]
    [InlineData("+7", 10, 7UL, 2)]
    [InlineData("18446744073709551615", 10, ulong.MaxValue, 20)]
    [InlineData("18446744073709551616", 10, ulong.MaxValue, 20)]
    [InlineData("", 10, 0UL, 0)]
    [InlineData(" -", 10, 0UL, 0)]
    public void Strtoull_reads_what_C_says(string text, int radix, ulong expected, int consumed)
    {
        fixed (byte* bytes = Encoding.ASCII.GetBytes(text + "\0"))
        {
            byte* end;
            Assert.Equal(expected, Strings.ParseUnsigned(bytes, &end, radix));
            Assert.Equal(consumed, (int)(end - bytes));
        }
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("a", "b", -1)]
    [InlineData("b", "a", 1)]
    [InlineData("ab", "a", 1)]
    [InlineData("\u0080", "a", 1)]
    public void Strcmp_orders_by_unsigned_bytes(string left, string right, int sign)
    {
        fixed (byte* first = Encoding.Latin1.GetBytes(left + "\0"), second = Encoding.Latin1.GetBytes(right + "\0"))
        {
            Assert.Equal(sign, Math.Sign(Strings.Compare(first, second)));
            Assert.Equal(sign, Math.Sign(Strings.CompareAtMost(first, second, 100)));
            Assert.Equal(0, Strings.CompareAtMost(first, second, 0));
            Assert.Equal(sign, Math.Sign(Strings.CompareIgnoringCase(first, second)));
        }
    }

    [Fact]
    public void Strcasecmp_takes_no_notice_of_case()
    {
        fixed (byte* first = "GCgen0Size\0"u8, second = "gcGEN0size\0"u8)
        {
            Assert.Equal(0, Strings.CompareIgnoringCase(first, second));
        }
    }

    [Fact]
    public void Memcmp_finds_the_first_difference_at_every_place()
    {
        byte[] left = new byte[40];
        byte[] right = new byte[40];
        for (int place = 0; place < left.Length; place++)
        {
            right[place] = 0x80;
            fixed (byte* first = left, second = right)
            {
                Assert.True(Strings.CompareMemory(first, second, 40) < 0);
                Assert.True(Strings.CompareMemory(second, first, 40) > 0);
                Assert.Equal(0, Strings.CompareMemory(first, second, (nuint)place));
            }

            right[place] = 0;
        }
    }
}
