using System.Collections.Generic;

namespace Levitate.Cli.Testing;

/// <summary>Tests that are run together.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Project">Its project's directory, from the repository's root.</param>
/// <param name="NeedsImages">Whether it boots VMs.</param>
internal sealed record TestSuite(string Name, string Project, bool NeedsImages)
{
    /// <summary>Every suite, in the order in which they run: the quickest answers first.</summary>
    public static IReadOnlyList<TestSuite> All { get; } =
    [
        new("tool", "tests/Levitate.Cli.Tests", NeedsImages: false),
        new("kernel", "tests/Levitate.Kernel.Tests", NeedsImages: false),
        new("machine", "tests/Levitate.Machine.Tests", NeedsImages: false),
        new("boot", "tests/Levitate.Boot.Tests", NeedsImages: true),
    ];
}
