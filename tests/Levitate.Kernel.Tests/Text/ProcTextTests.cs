using System.Text;
using Levitate.Kernel.Text;
using Xunit;

namespace Levitate.Kernel.Tests.Text;

public sealed class ProcTextTests
{
    [Fact]
    public void Text_is_collected_in_the_order_in_which_it_is_added()
    {
        ProcText text = new ProcText().Add("a"u8).Add("é ").AddLine("b").AddEscaped("c \n\\"u8, "\n\\"u8);
        int start = text.Length;
        text.Add("d"u8).PadTo(3, start);
        Assert.Equal("aé b\nc \\012\\134d  ", Encoding.UTF8.GetString(text.ToArray()));
        Assert.Equal(text.Length, text.ToArray().Length);
    }

    [Fact]
    public void A_size_ends_in_column_24() =>
        Assert.Equal("Rss:                 123 kB\n", Encoding.UTF8.GetString(new ProcText().AddKilobytes("Rss:", 123).ToArray()));

    [Theory]
    [InlineData("17", 17)]
    [InlineData("-17", -17)]
    [InlineData("+0x1F", 31)]
    [InlineData("017", 15)]
    [InlineData("2147483647", int.MaxValue)]
    [InlineData("2147483648", null)]
    [InlineData("08", null)]
    [InlineData("0x", null)]
    [InlineData("-", null)]
    [InlineData("", null)]
    public void A_number_is_what_a_program_would_write(string text, int? number)
    {
        Assert.Equal(number is not null, ProcText.TryParse(Encoding.ASCII.GetBytes(text), out int value));
        if (number is { } expected)
        {
            Assert.Equal(expected, value);
        }
    }
}
