using System;
using System.IO;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Machines;

/// <summary>`./levitate run --rootfs`: programs of a root file system that is not the project's.</summary>
public sealed class RootTests
{
    [DebianFact]
    public void Debians_programs_run_in_Debians_root()
    {
        Execution result = Run("--rootfs", DebianRoot.Path, "--", "bash", "-c", "set -e; . /etc/os-release; echo $ID $VERSION_CODENAME; ls -ld /tmp; stat -c '%a %U:%G' /etc/shadow; ls -l /usr/bin/passwd | cut -c1-10; perl -e 'print 6 * 7, qq(\\n)'; touch /var/new && rm /var/new; exit 4");
        Assert.Equal((4, ""), (result.Status, result.ErrorText.Replace($"Packing {DebianRoot.Path}...\n", "", StringComparison.Ordinal)));
        string[] lines = result.OutputText.Split('\n');
        Assert.Equal("debian bookworm", lines[0]);
        Assert.StartsWith("drwxrwxrwt", lines[1], StringComparison.Ordinal);
        Assert.Equal(["640 root:shadow", "-rwsr-xr-x", "42", ""], lines[2..]);
    }

    [MachineFact]
    public void A_directory_is_packed_once_and_again_when_it_changes()
    {
        Repository.EnsureBuilt();
        string root = Path.Combine(Repository.Scratch, "small-root");
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(root, "bin"));
        File.WriteAllBytes(Path.Combine(root, "bin", "busybox"), File.ReadAllBytes("/usr/bin/busybox"));
        File.SetUnixFileMode(Path.Combine(root, "bin", "busybox"), (UnixFileMode)0x1ED);
        File.WriteAllText(Path.Combine(root, "text"), "first\n");
        File.CreateSymbolicLink(Path.Combine(root, "link"), "text");

        string[] arguments = ["--rootfs", root, "--", "/bin/busybox", "cat", "/link"];
        Execution packed = Run(arguments);
        Assert.Equal((0, "first\n"), (packed.Status, packed.OutputText));
        Assert.StartsWith("Packing", packed.ErrorText, StringComparison.Ordinal);
        Assert.Equal((0, "first\n", ""), Triple(Run(arguments)));

        File.WriteAllText(Path.Combine(root, "text"), "second\n");
        Execution changed = Run(arguments);
        Assert.Equal((0, "second\n"), (changed.Status, changed.OutputText));
        Assert.StartsWith("Packing", changed.ErrorText, StringComparison.Ordinal);
    }

    [MachineFact]
    public void A_root_that_is_not_there_is_refused()
    {
        Execution missing = Run("--rootfs", "/no/such/root", "--", "/bin/true");
        Assert.Equal(125, missing.Status);
        Assert.Contains("there is no /no/such/root", missing.ErrorText, StringComparison.Ordinal);
    }

    private static (int, string, string) Triple(Execution result) => (result.Status, result.OutputText, result.ErrorText);

    private static Execution Run(params string[] arguments)
    {
        Repository.EnsureBuilt();
        return HostCommand.Run([Repository.Launcher, "run", "--timeout", "50", .. arguments], timeout: TimeSpan.FromMinutes(2));
    }
}
