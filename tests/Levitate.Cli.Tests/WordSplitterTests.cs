using Levitate.Cli.Host;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class WordSplitterTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  \t\n ", new string[0])]
    [InlineData("ls -l /bin", new[] { "ls", "-l", "/bin" })]
    [InlineData("echo 'two  blanks' x", new[] { "echo", "two  blanks", "x" })]
    [InlineData("echo \"a 'b' c\"", new[] { "echo", "a 'b' c" })]
    [InlineData("''", new[] { "" })]
    [InlineData("a''b\"\"c", new[] { "abc" })]
    [InlineData(@"a\ b \'c\'", new[] { "a b", "'c'" })]
    [InlineData(@"'a\nb'", new[] { @"a\nb" })]
    [InlineData(@"""a\""b\\c\$d\e""", new[] { @"a""b\c$d\e" })]
    [InlineData("a\\\nb \"c\\\nd\"", new[] { "ab", "cd" })]
    [InlineData("echo $HOME *.c `x` #y", new[] { "echo", "$HOME", "*.c", "`x`", "#y" })]
    public void A_line_is_split_as_a_shell_splits_it_without_expansion(string line, string[] words)
    {
        Assert.Equal(words, WordSplitter.Split(line));
    }

    [Theory]
    [InlineData("echo 'a")]
    [InlineData("echo \"a")]
    [InlineData("echo \"a\\\"")]
    [InlineData("echo a\\")]
    public void A_quote_without_its_end_is_refused(string line)
    {
        Assert.Throws<ToolException>(() => WordSplitter.Split(line));
    }
}
