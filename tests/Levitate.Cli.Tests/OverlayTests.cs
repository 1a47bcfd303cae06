using System;
using System.CommandLine;
using System.IO;
using Levitate.Cli.Commands;
using Xunit;

namespace Levitate.Cli.Tests;

/// <summary>The --add option.</summary>
public sealed class OverlayTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("levitate-test-").FullName;

    public OverlayTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "folder"));
        File.WriteAllText(Path.Combine(_root, "folder", "inside"), "x");
        File.WriteAllText(Path.Combine(_root, "file"), "x");
    }

    [Theory]
    [InlineData("folder:/tmp/d", "file:/tmp/d")]
    [InlineData("file:/tmp/d", "folder:/tmp/d")]
    [InlineData("file:/tmp/d", "file:/tmp/d/e")]
    [InlineData("file:/tmp/d/e", "file:/tmp/d")]
    [InlineData("folder:/tmp/d", "folder:/tmp/d/inside")]
    public void Additions_that_contradict_each_other_are_both_named(string first, string second)
    {
        ToolException failure = Assert.Throws<ToolException>(() => Read(first, second));
        Assert.Contains($"--add {_root}/{first} ", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"--add {_root}/{second} ", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Advice);
    }

    [Theory]
    [InlineData("folder:/tmp/d", "file:/tmp/d/")]
    [InlineData("folder:/tmp/d", "file:/tmp/d/inside")]
    [InlineData("folder:/tmp/d", "folder:/tmp/d")]
    public void Additions_that_agree_are_merged(string first, string second) => Assert.NotNull(Read(first, second));

    [Theory]
    [InlineData("file")]
    [InlineData("file:")]
    [InlineData(":/tmp/d")]
    [InlineData("nosuch:/tmp/d")]
    [InlineData("file:/tmp/../d")]
    public void What_is_no_addition_is_refused_with_advice(string addition) =>
        Assert.NotNull(Assert.Throws<ToolException>(() => Read(addition)).Advice);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private byte[]? Read(params string[] additions)
    {
        var command = new RootCommand();
        var arguments = new OverlayArguments();
        arguments.AddTo(command);
        string[] words = Array.ConvertAll(additions, addition => addition.StartsWith(':') ? addition : $"{_root}/{addition}");
        return arguments.Read(command.Parse([.. Array.ConvertAll(words, word => $"--add={word}")]));
    }
}
