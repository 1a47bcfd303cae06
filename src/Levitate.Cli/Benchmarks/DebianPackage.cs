using System.IO;
using Levitate.Cli.Building;

namespace Levitate.Cli.Benchmarks;

/// <summary>Packages of Debian that are measured, and not installed.</summary>
internal static class DebianPackage
{
    /// <summary>Downloads a package and unpacks it into root/ of a folder.</summary>
    /// <param name="workspace">The repository.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="name">The package, or words of a shell that say it.</param>
    public static void Unpack(Workspace workspace, string folder, string name)
    {
        Directory.CreateDirectory(folder);
        string script = $"cd '{folder}' && package={name} && [ -n \"$package\" ] && apt-get download \"$package\" && rm -rf root"
            + " && dpkg-deb -x \"$package\"_*.deb root && rm -f \"$package\"_*.deb";
        HostProgram.Run(workspace, Path.GetFileName(folder), "bash", ["-euo", "pipefail", "-c", script]);
    }
}
