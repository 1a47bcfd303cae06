using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace Levitate.Boot.Tests.Harness;

/// <summary>A root file system of Debian's own packages, made once by mmdebstrap and kept in artifacts/boot-tests.</summary>
internal sealed class DebianRoot
{
    private const string Suite = "bookworm";

    private readonly string _packages;
    private readonly string _file;
    private readonly Lazy<(string? Path, string? Obstacle)> _root;
    private readonly Lazy<string> _tree;
    private readonly Lazy<string> _packed;

    private DebianRoot(string packages)
    {
        _packages = packages;
        string version = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Suite + packages)))[..8];
        _file = System.IO.Path.Combine(Repository.Scratch, $"debian-{version}.tar");
        _root = new(() => Make(_file, _packages));
        _tree = new(() => Unpack(Path));
        _packed = new(() => Pack(Path));
    }

    /// <summary>minbase with more of the programs that one has at a terminal, and those that load a system.</summary>
    public static DebianRoot Tools { get; } = new("procps,less,vim-tiny,gawk,xz-utils,zstd,bsdextrautils,lsof,stress-ng,rt-tests");

    /// <summary>minbase with C and C++ compilers, make, Python, git and sqlite3.</summary>
    public static DebianRoot Languages { get; } = new("gcc,g++,libc6-dev,make,python3-minimal,libpython3-stdlib,git,sqlite3");

    /// <summary>Why there is none on this host; null where there is one. Makes it, which takes minutes the first time.</summary>
    public string? Obstacle => _root.Value.Obstacle;

    /// <summary>What is going to take minutes; null: nothing.</summary>
    public string? Delay => File.Exists(_file) ? null : $"mmdebstrap makes a root file system with {_packages}, which takes some minutes, once";

    /// <summary>The tar file.</summary>
    public string Path => _root.Value.Path ?? throw new InvalidOperationException(Obstacle);

    /// <summary>The tar file, once the tool has packed it for a VM: what it says of that is said.</summary>
    public string PackedPath => _packed.Value;

    /// <summary>The same as a directory of the host's, for the native half of a case.</summary>
    public string Tree => _tree.Value;

    private static string Pack(string path)
    {
        Repository.EnsureBuilt();
        Execution result = HostCommand.Run([Repository.Launcher, "run", "--rootfs", path, "--timeout", "60", "--", "/bin/true"], timeout: TimeSpan.FromMinutes(3));
        return result.Status == 0 ? path : throw new InvalidOperationException($"{path} does not start:\n{result}");
    }

    private static string Unpack(string path)
    {
        string tree = System.IO.Path.ChangeExtension(path, "tree");
        if (!Directory.Exists(tree))
        {
            string temporary = $"{tree}.{Environment.ProcessId}";
            Directory.CreateDirectory(temporary);
            Execution result = HostCommand.Run(["/bin/tar", "-xpf", path, "--numeric-owner", "-C", temporary], timeout: TimeSpan.FromMinutes(3));
            if (result.Status != 0)
            {
                throw new InvalidOperationException($"{path} could not be unpacked:\n{result}");
            }

            Directory.Move(temporary, tree);
        }

        return tree;
    }

    private static (string? Path, string? Obstacle) Make(string path, string packages)
    {
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
