using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Levitate.Cli.Images;

namespace Levitate.Cli.Building;

/// <summary>Makes the default root file system: the guest programs, and what its manifest takes from Debian's packages.</summary>
internal sealed class InitramfsBuild(Workspace workspace, Progress progress)
{
    /// <summary>Whether nothing has to be done.</summary>
    public bool IsCurrent => CurrentFingerprint.IsCurrent();

    private string Sources => workspace["tests/guest"];

    private string Manifest => Path.Combine(Sources, "image.manifest");

    // The tool is an input, too: it lays the archive out.
    private Fingerprint CurrentFingerprint =>
        Fingerprint.Of(workspace.Initramfs, [Sources, workspace["bench"], Environment.ProcessPath ?? "", .. new ImageManifest(Manifest).HostFiles]);

    /// <summary>Compiles the guest programs that changed and writes the archive.</summary>
    public void Run()
    {
        Fingerprint fingerprint = CurrentFingerprint;
        IEnumerable<string> arguments = ["--no-print-directory", $"-j{Environment.ProcessorCount}", "-C", Sources, $"OUT={workspace.GuestPrograms}"];
        var programs = new BuildDirectory(workspace.GuestPrograms);
        progress.Step("Compiling the guest programs", () => programs.Use(() => HostProgram.Run(workspace, "guest", "make", arguments), cleansUp: true));
        progress.Step("Packing the initramfs", Pack);
        fingerprint.Save();
    }

    private void Pack()
    {
        var tree = new ImageTree();
        AddDefaults(tree);
        var manifest = new ImageManifest(Manifest);
        manifest.AddTo(tree);
        foreach (string directory in Directory.EnumerateDirectories(Path.Combine(workspace.GuestPrograms, "root")))
        {
            tree.AddFromHost(directory, Path.GetFileName(directory));
        }

        manifest.AddAppletsTo(tree);
        Directory.CreateDirectory(Path.GetDirectoryName(workspace.Initramfs)!);
        string temporary = workspace.Initramfs + ".new";
        using (FileStream output = File.Create(temporary))
        {
            CpioWriter.Write(tree, output);
        }

        File.Move(temporary, workspace.Initramfs, overwrite: true);
    }

    private static void AddDefaults(ImageTree tree)
    {
        Add("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
        Add("etc/group", "root:x:0:\nnogroup:x:65534:\n");
        Add("etc/hostname", "levitate\n");
        Add("etc/hosts", "127.0.0.1 localhost levitate\n");

        void Add(string path, string text) => tree.Add(path, new ImageFile(Encoding.ASCII.GetBytes(text)));
    }
}
