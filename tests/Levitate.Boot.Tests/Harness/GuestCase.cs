using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Levitate.Boot.Tests.Harness;

/// <summary>A way in which a run in the VM may differ from Linux. What the pattern matches is left out on both sides.</summary>
/// <param name="Pattern">A regular expression over the output and the errors as text.</param>
/// <param name="Reason">Why the difference is right, or what is not there yet.</param>
internal sealed record Difference(string Pattern, string Reason)
{
    /// <summary>Text without what the pattern matches.</summary>
    public string Remove(string text) => Regex.Replace(text, Pattern, "", RegexOptions.Multiline | RegexOptions.CultureInvariant);
}

/// <summary>A file that a case needs beside the default image, in /tmp.</summary>
/// <param name="Name">Its name in /tmp.</param>
/// <param name="Content">What it holds.</param>
/// <param name="IsExecutable">Whether it has the x bits.</param>
internal sealed record GuestFile(string Name, byte[] Content, bool IsExecutable = true);

/// <summary>A command that runs on the host's Linux and in the VM, with the same result.</summary>
/// <param name="Command">The program and its arguments.</param>
internal sealed record GuestCase(params string[] Command)
{
    /// <summary>Variables beside PATH and HOME, "NAME=VALUE".</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>The working directory.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Standard input.</summary>
    public byte[] Input { get; init; } = [];

    /// <summary>Files in /tmp.</summary>
    public IReadOnlyList<GuestFile> Files { get; init; } = [];

    /// <summary>The root file system, in both places; null: the default image.</summary>
    public DebianRoot? Root { get; init; }

    /// <summary>The seconds that it may take in the VM.</summary>
    public int Seconds { get; init; } = 50;

    /// <summary>More options of `vm exec`.</summary>
    public IReadOnlyList<string> MachineOptions { get; init; } = [];

    /// <summary>Where the VM may differ from Linux.</summary>
    public IReadOnlyList<Difference> Differences { get; init; } = [];

    /// <summary>Whether the order of the lines is the file system's business.</summary>
    public bool IsUnordered { get; init; }

    /// <summary>Another status than Linux's under QEMU's TCG, with the reason; null: the same.</summary>
    public (int Status, string Reason)? UnderTcg { get; init; }

    /// <summary>The status that both must end with; null: whatever Linux says.</summary>
    public int? Status { get; init; }

    /// <summary>What the output must contain on both; null: whatever Linux says.</summary>
    public string? Says { get; init; }
}
