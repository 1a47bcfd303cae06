using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Levitate.Boot.Tests.Harness;

/// <summary>A root file system of Debian's own packages, made once by mmdebstrap and kept in artifacts/boot-tests.</summary>
internal static class DebianRoot
{
    private const string Suite = "bookworm";

    // What minbase lacks of the programs that the tests run.
    private const string Packages = "procps,less,vim-tiny,gawk,xz-utils,zstd,bsdextrautils,lsof";

    private static readonly Lazy<(string? Path, string? Obstacle)> s_root = new(Make);

    /// <summary>Why there is none on this host; null where there is one.</summary>
    public static string? Obstacle => s_root.Value.Obstacle;

    /// <summary>The tar file.</summary>
    public static string Path => s_root.Value.Path ?? throw new InvalidOperationException(Obstacle);

    private static (string? Path, string? Obstacle) Make()
    {
        string version = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Suite + Packages)))[..8];
        string path = System.IO.Path.Combine(Repository.Scratch, $"debian-{version}.tar");
        if (File.Exists(path))
        {
            return (path, null);
        }

        if (!File.Exists("/usr/bin/mmdebstrap") && HostCommand.Run(["/usr/bin/apt-get", "install", "-y", "--no-install-recommends", "mmdebstrap"], timeout: TimeSpan.FromMinutes(5)).Status != 0)
        {
            return (null, "there is no mmdebstrap on this host, and apt-get does not install it");
        }

        string temporary = $"{path}.{Environment.ProcessId}";
        Execution result = HostCommand.Run(["/usr/bin/mmdebstrap", "--variant=minbase", "--format=tar", $"--include={Packages}", Suite, temporary], timeout: TimeSpan.FromMinutes(15));
        if (result.Status != 0)
        {
            string[] lines = result.ErrorText.Trim().Split('\n');
            return (null, $"mmdebstrap makes no root file system here: {lines[^1]}");
        }

        File.Move(temporary, path, overwrite: true);
        return (path, null);
    }
}

/// <summary>A fact about Debian's programs in the VM; skipped, with the reason, where no root file system can be made.</summary>
internal sealed class DebianFactAttribute : FactAttribute
{
    /// <summary>Asks the host.</summary>
    public DebianFactAttribute() => Skip = Repository.NativeOnly ? "LEVITATE_NATIVE_ONLY is set" : DebianRoot.Obstacle;
}
