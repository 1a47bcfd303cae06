using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Levitate.Boot.Tests.Harness;

/// <summary>A root file system of Debian's own packages, made once by mmdebstrap and kept in artifacts/boot-tests.</summary>
internal sealed class DebianRoot
{
    private const string Suite = "bookworm";

    private readonly Lazy<(string? Path, string? Obstacle)> _root;

    private DebianRoot(string packages) => _root = new(() => Make(packages));

    /// <summary>minbase with more of the programs that one has at a terminal.</summary>
    public static DebianRoot Tools { get; } = new("procps,less,vim-tiny,gawk,xz-utils,zstd,bsdextrautils,lsof");

    /// <summary>minbase with a C compiler, make and Python.</summary>
    public static DebianRoot Languages { get; } = new("gcc,libc6-dev,make,python3-minimal,libpython3-stdlib");

    /// <summary>Why there is none on this host; null where there is one.</summary>
    public string? Obstacle => _root.Value.Obstacle;

    /// <summary>The tar file.</summary>
    public string Path => _root.Value.Path ?? throw new InvalidOperationException(Obstacle);

    private static (string? Path, string? Obstacle) Make(string packages)
    {
        string version = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Suite + packages)))[..8];
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
        Execution result = HostCommand.Run(["/usr/bin/mmdebstrap", "--variant=minbase", "--format=tar", $"--include={packages}", Suite, temporary], timeout: TimeSpan.FromMinutes(15));
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
    /// <param name="needsLanguages">Whether it is about <see cref="DebianRoot.Languages"/>, not <see cref="DebianRoot.Tools"/>.</param>
    public DebianFactAttribute(bool needsLanguages = false) =>
        Skip = Repository.NativeOnly ? "LEVITATE_NATIVE_ONLY is set" : (needsLanguages ? DebianRoot.Languages : DebianRoot.Tools).Obstacle;
}
