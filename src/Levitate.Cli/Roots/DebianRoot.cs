using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Levitate.Cli.Building;

namespace Levitate.Cli.Roots;

/// <summary>Makes root file systems of Debian's own packages, by mmdebstrap, and keeps them in artifacts/debian.</summary>
internal static class DebianRoot
{
    private const string Suite = "bookworm";
    private const string Maker = "/usr/bin/mmdebstrap";

    /// <summary>A tar file with Debian's essential packages and some more; made where it is not there.</summary>
    /// <param name="workspace">The repository.</param>
    /// <param name="progress">Shows what takes its time.</param>
    /// <param name="packages">The packages beside the essential ones.</param>
    /// <param name="left">Patterns of paths that are left out, as dpkg's path-exclude takes them.</param>
    public static string Prepare(Workspace workspace, Progress progress, IReadOnlyList<string> packages, IReadOnlyList<string> left)
    {
        string[] arguments =
        [
            "--variant=essential", "--format=tar", .. left.Select(pattern => $"--dpkgopt=path-exclude={pattern}"), $"--include={string.Join(',', packages)}", Suite,
        ];
        string version = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', arguments))))[..8];
        string folder = Path.Combine(workspace.Artifacts, "debian");
        string path = Path.Combine(folder, $"root-{version}.tar");
        if (File.Exists(path))
        {
            return path;
        }

        Directory.CreateDirectory(folder);
        if (!File.Exists(Maker))
        {
            progress.Step("Installing mmdebstrap", () => HostProgram.Run(workspace, "mmdebstrap-install", "apt-get", ["install", "-y", "--no-install-recommends", "mmdebstrap"]));
        }

        string temporary = $"{path}.{Environment.ProcessId}";
        progress.Step("Making a root file system of Debian's packages (some minutes)", () => HostProgram.Run(workspace, "debian-root", Maker, [.. arguments, temporary]));
        File.Move(temporary, path, overwrite: true);
        return path;
    }
}
