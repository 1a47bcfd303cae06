using System;
using Levitate.Cli.Host;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("33554432", 33554432)]
    [InlineData("32M", 33554432)]
    [InlineData("32m", 33554432)]
    [InlineData("32MB", 33554432)]
    [InlineData("32MiB", 33554432)]
    [InlineData("1G", 1073741824)]
    [InlineData("4K", 4096)]
    [InlineData("2T", 2199023255552)]
    public void A_size_is_bytes_in_powers_of_1024(string text, long bytes)
    {
        Assert.True(Quantities.TryParseSize(text, out long read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1")]
    [InlineData("1.5G")]
    [InlineData("12X")]
    [InlineData("99999999999T")]
    [InlineData("9223372036854775808")]
    public void What_is_no_size_is_refused(string text)
    {
        Assert.False(Quantities.TryParseSize(text, out _));
    }

    [Theory]
    [InlineData("10", 10_000)]
    [InlineData("0.5", 500)]
    [InlineData("1500ms", 1_500)]
    [InlineData("30s", 30_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    public void A_time_is_seconds_unless_it_says_otherwise(string text, int milliseconds)
    {
        Assert.True(Quantities.TryParseTime(text, out TimeSpan read));
        Assert.Equal(milliseconds, read.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1")]
    [InlineData("1d")]
    [InlineData("NaN")]
    [InlineData("9999999h")]
    public void What_is_no_time_is_refused(string text)
    {
        Assert.False(Quantities.TryParseTime(text, out _));
    }
}
