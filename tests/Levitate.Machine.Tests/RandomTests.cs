using System;
using System.Linq;
using Levitate.Machine.Entropy;
using Xunit;

namespace Levitate.Machine.Tests;

public sealed class RandomTests
{
    [Fact]
    public void The_block_function_gives_the_RFCs_example()
    {
        // RFC 8439, section 2.3.2.
        byte[] key = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];
        byte[] block = new byte[ChaCha20.BlockBytes];
        ChaCha20.Block(key, 1, [0x09000000, 0x4a000000, 0], block);
        Assert.Equal(
            "10F1E7E4D13B5915500FDD1FA32071C4C7D1F4C733C068030422AA9AC3D46C4ED2826446079FAA0914C2D705D98B02A2B5129CD1DE164EB9CBD083E8A2503C4E",
            Convert.ToHexString(block));
    }

    [Fact]
    public void Equal_entropy_gives_equal_bytes_and_any_difference_other_ones()
    {
        Assert.Equal(Generate([1, 2, 3]), Generate([1, 2, 3]));
        Assert.NotEqual(Generate([1, 2, 3]), Generate([1, 2, 4]));
        Assert.NotEqual(Generate([1, 2, 3]), Generate([1, 2, 3, 0]));
        Assert.NotEqual(Generate([]), Generate([0]));
        Assert.NotEqual(Generate(new byte[32]), Generate(new byte[33]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void No_request_repeats_an_earlier_one(int length)
    {
        var generator = new RandomGenerator();
        byte[] first = new byte[length];
        byte[] second = new byte[length];
        generator.Fill(first);
        for (int count = 0; count < 8; count++)
        {
            generator.Fill(second);
        }

        Assert.True(length == 1 || !first.AsSpan().SequenceEqual(second));
        Assert.True(length < 63 || first.Distinct().Count() > 30);
    }

    [Fact]
    public void A_longer_request_begins_like_a_shorter_one_from_the_same_state()
    {
        byte[] shorter = new byte[100];
        byte[] longer = new byte[300];
        new RandomGenerator().Fill(shorter);
        new RandomGenerator().Fill(longer);
        Assert.Equal(shorter, longer[..100]);
        Assert.NotEqual(longer[..64], longer[64..128]);
    }

    private static byte[] Generate(byte[] entropy)
    {
        var generator = new RandomGenerator();
        generator.Mix(entropy);
        byte[] bytes = new byte[32];
        generator.Fill(bytes);
        return bytes;
    }
}
