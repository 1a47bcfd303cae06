using System;
using System.IO;

namespace Levitate.Cli.Building;

/// <summary>Where the project's things are on this host. Everything generated is under artifacts/.</summary>
internal sealed class Workspace
{
    private Workspace(string root) => Root = root;

    /// <summary>The repository.</summary>
    public string Root { get; }

    /// <summary>What is generated.</summary>
    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>The kernel that VMs boot, without symbols.</summary>
    public string Kernel => Path.Combine(Artifacts, "kernel", "levitate.elf");

    /// <summary>The default root file system.</summary>
    public string Initramfs => Path.Combine(Artifacts, "image", "initramfs.cpio");

    /// <summary>Where the guest programs are built; the tree for the image is root/ in there.</summary>
    public string GuestPrograms => Path.Combine(Artifacts, "guest");

    /// <summary>A path in the repository.</summary>
    public string this[string relative] => Path.Combine(Root, relative);

    /// <summary>The repository that the launcher named in LEVITATE_ROOT, or the one around the current directory.</summary>
    public static Workspace Find()
    {
        string? candidate = Environment.GetEnvironmentVariable("LEVITATE_ROOT") is { Length: > 0 } named ? named : Environment.CurrentDirectory;
        for (; candidate is not null; candidate = Path.GetDirectoryName(candidate))
        {
            if (File.Exists(Path.Combine(candidate, "Levitate.slnx")))
            {
                return new Workspace(candidate);
            }
        }

        throw new ToolException("This is not inside a LevitateOS repository.", "Start the tool by the ./levitate at the repository's root.");
    }
}
