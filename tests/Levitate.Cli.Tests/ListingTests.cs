using System;
using System.IO;
using Levitate.Cli.Inspection;
using Spectre.Console;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class ListingTests
{
    [Theory]
    [InlineData(160, 1)]
    [InlineData(40, 2)]
    [InlineData(25, 3)]
    public void No_number_is_broken_however_narrow_the_window_is(int width, int lines)
    {
        var listing = new Listing("Mappings", "from", "to", "file offset");
        listing.Add("0x7f0000000000", "0x7f0000014000", "0x1000");
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        listing.Write(console);
        string[] written = output.ToString().Split('\n');
        Assert.All(["0x7f0000000000", "0x7f0000014000", "0x1000"], number => Assert.Contains(number, output.ToString(), StringComparison.Ordinal));
        Assert.All(written, line => Assert.True(line.TrimEnd().Length <= width, line));
        Assert.Equal(lines, Array.FindAll(written, line => line.Contains("0x", StringComparison.Ordinal)).Length);
    }
}
