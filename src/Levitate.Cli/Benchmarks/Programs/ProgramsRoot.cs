using System.IO;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Levitate.Cli.Images;
using Levitate.Cli.Roots;

namespace Levitate.Cli.Benchmarks.Programs;

/// <summary>The one root file system that the whole programs are measured in, in the forms that the systems take.</summary>
internal sealed class ProgramsRoot(Workspace workspace, Progress progress)
{
    private const string Sources = "bench/programs";
    private const string Python = "pure.py";

    // The kernel's own, and what the programs write and need.
    private const long WorkingMemory = 512L << 20;
    private const long MebibyteMask = 0xFFFFF;

    private string Tar => DebianRoot.Prepare(workspace, progress, DebianPrograms.Packages, DebianPrograms.LeftOut);

    /// <summary>An archive that LevitateOS boots from; <see cref="Overlay"/> belongs on it.</summary>
    public string Archive => RootImage.Prepare(workspace, Tar);

    /// <summary>The memory that a VM gets with it, in bytes: Linux holds the archive and what it unpacks at once.</summary>
    public long Memory => ((2 * new FileInfo(Archive).Length) + WorkingMemory + MebibyteMask) & ~MebibyteMask;

    /// <summary>The project's own files.</summary>
    public byte[] Overlay()
    {
        const int Everyone = 0x1b6;
        var tree = new ImageTree(isOverlay: true);
        tree.Add("bench", new ImageDirectory());
        tree.Add(DebianPrograms.Runner[1..], ImageFile.FromHost(Path.Combine(workspace.GuestPrograms, DebianPrograms.RunnerFile)));
        tree.Add("bench/" + Python, ImageFile.FromHost(workspace[$"{Sources}/{Python}"]));

        // What an init of Linux's speaks through, until it has mounted /dev.
        tree.Add("dev", new ImageDirectory());
        tree.Add("dev/console", new ImageDevice(IsBlock: false, Major: 5, Minor: 1, Permissions: Everyone));
        tree.Add("dev/null", new ImageDevice(IsBlock: false, Major: 1, Minor: 3, Permissions: Everyone));
        return CpioWriter.ToArray(tree);
    }

    /// <summary>Both archives in one file, which Linux unpacks one after the other.</summary>
    public string MakeLinuxArchive()
    {
        string path = Path.Combine(workspace.Artifacts, "linux", "programs.cpio");
        progress.Step("Packing the root file system for Linux", () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using FileStream output = File.Create(path);
            using (FileStream archive = File.OpenRead(Archive))
            {
                archive.CopyTo(output);
            }

            output.Write(Overlay());
        });
        return path;
    }

    /// <summary>A directory of this machine, for its own kernel and for gVisor. Device nodes are left out.</summary>
    public string MakeDirectory()
    {
        string tar = Tar;
        string path = Path.Combine(workspace.Artifacts, "debian", Path.GetFileNameWithoutExtension(tar));
        string complete = path + ".complete";
        if (!File.Exists(complete))
        {
            progress.Step("Unpacking the root file system for this machine", () =>
            {
                Directory.CreateDirectory(path);
                HostProgram.Run(workspace, "debian-unpack", "tar", ["-x", "-f", tar, "-C", path, "--exclude=./dev/*", "--no-same-owner"]);
            });
            File.WriteAllText(complete, "");
        }

        Directory.CreateDirectory(Path.Combine(path, "bench"));
        File.Copy(Path.Combine(workspace.GuestPrograms, DebianPrograms.RunnerFile), path + DebianPrograms.Runner, overwrite: true);
        File.Copy(workspace[$"{Sources}/{Python}"], Path.Combine(path, "bench", Python), overwrite: true);
        return path;
    }
}
