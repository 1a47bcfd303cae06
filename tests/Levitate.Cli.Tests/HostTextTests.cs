using System;
using System.Linq;
using System.Text;
using Levitate.Cli.Host;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class HostTextTests
{
    [Fact]
    public void Every_byte_string_survives_the_way_to_text_and_back()
    {
        var random = new Random(1);
        for (int round = 0; round < 10_000; round++)
        {
            byte[] bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            Assert.Equal(bytes, HostText.Encode(HostText.Decode(bytes)));
        }
    }

    [Fact]
    public void Utf8_is_read_as_what_it_says()
    {
        Assert.Equal("grün 🙂", HostText.Decode(Encoding.UTF8.GetBytes("grün 🙂")));
    }

    [Fact]
    public void Each_byte_that_is_not_utf8_becomes_one_lone_surrogate()
    {
        Assert.Equal("a\uDCFFb\uDC80", HostText.Decode([(byte)'a', 0xff, (byte)'b', 0x80]));
    }

    [Fact]
    public void Arguments_are_the_last_ones_of_the_process()
    {
        Assert.Equal(Environment.GetCommandLineArgs().Skip(1).TakeLast(1), HostText.ReadArguments(1));
    }
}
