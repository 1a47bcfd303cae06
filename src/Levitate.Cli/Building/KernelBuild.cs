using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Levitate.Cli.Building;

/// <summary>Makes artifacts/kernel/levitate.elf from src/ by the NativeAOT compiler and binutils.</summary>
internal sealed class KernelBuild(Workspace workspace, Progress progress)
{
    private static readonly string[] s_inputs =
    [
        "src/Levitate.Floor", "src/Levitate.Machine", "src/Levitate.Kernel", "src/Levitate.Generators", "src/Levitate.Image",
        "Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig",
    ];

    /// <summary>Whether nothing has to be done.</summary>
    public bool IsCurrent => CurrentFingerprint.IsCurrent();

    private Fingerprint CurrentFingerprint => Fingerprint.Of(workspace.Kernel, s_inputs.Select(input => workspace[input]));

    /// <summary>Builds the kernel. The inputs are looked at before: what changes meanwhile is built next time.</summary>
    public void Run()
    {
        Fingerprint fingerprint = CurrentFingerprint;
        var intermediate = new BuildDirectory(workspace["artifacts/dotnet/kernel"]);
        IEnumerable<string> arguments =
        [
            "publish", workspace["src/Levitate.Image"], "-c", "Release", $"-p:ArtifactsPath={intermediate.Path}",
            "-nologo", "-v", "quiet", "-clp:NoSummary",
        ];
        progress.Step("Compiling the kernel", () => intermediate.Use(() => HostProgram.Run(workspace, "kernel", "dotnet", arguments)));
        if (new FileInfo(workspace.Kernel) is not { Exists: true, Length: > 0 })
        {
            throw new ToolException($"The kernel was compiled, but {workspace.Kernel} is not there.", "See artifacts/log/kernel.log.");
        }

        fingerprint.Save();
    }
}
