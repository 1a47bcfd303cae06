using System;
using System.IO;
using Levitate.Cli.Building;
using Xunit;

namespace Levitate.Cli.Tests;

public sealed class BuildDirectoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("levitate-test-").FullName;

    private string Made => Path.Combine(_root, "build", "made");

    [Fact]
    public void A_finished_build_is_there_for_the_next()
    {
        var directory = new BuildDirectory(Path.Combine(_root, "build"));
        directory.Use(() => File.WriteAllText(Made, "whole"));
        directory.Use(() => Assert.Equal("whole", File.ReadAllText(Made)));
    }

    [Fact]
    public void After_a_build_that_did_not_finish_the_next_begins_with_nothing()
    {
        var directory = new BuildDirectory(Path.Combine(_root, "build"));
        directory.Use(() => File.WriteAllText(Made, "whole"));
        Assert.Throws<ToolException>(() => directory.Use(Fail));
        directory.Use(() => Assert.False(File.Exists(Made)));
    }

    [Fact]
    public void A_build_that_cleans_up_itself_costs_nothing_when_it_fails()
    {
        var directory = new BuildDirectory(Path.Combine(_root, "build"));
        directory.Use(() => File.WriteAllText(Made, "whole"));
        Assert.Throws<ToolException>(() => directory.Use(Fail, cleansUp: true));
        directory.Use(() => Assert.True(File.Exists(Made)));
    }

    [Fact]
    public void An_empty_artifact_is_not_current_whatever_its_stamp_says()
    {
        string input = Path.Combine(_root, "input"), artifact = Path.Combine(_root, "artifact");
        File.WriteAllText(input, "source");
        File.WriteAllText(artifact, "made");
        Fingerprint.Of(artifact, [input]).Save();
        Assert.True(Fingerprint.Of(artifact, [input]).IsCurrent());
        File.WriteAllText(artifact, "");
        Assert.False(Fingerprint.Of(artifact, [input]).IsCurrent());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void Fail() => throw new ToolException("The compiler was interrupted.");
}
