using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using Levitate.Cli.Building;
using Levitate.Cli.Host;
using Levitate.Cli.Images;

namespace Levitate.Cli.Roots;

/// <summary>Packs a root file system of the user's into an archive that a VM boots from, and keeps that until the root changes.</summary>
internal static class RootImage
{
    /// <summary>The archives' layout; another one makes those that are kept useless.</summary>
    private const string Format = "1";

    /// <summary>As many packed roots are kept; the one that was used longest ago goes first.</summary>
    private const int KeptImages = 8;

    /// <summary>One that another tool has just been given may not have been opened yet.</summary>
    private static readonly TimeSpan s_leastKept = TimeSpan.FromMinutes(1);

    /// <summary>The archive of a directory or a tar file; packs it where it is not packed already.</summary>
    public static string Prepare(Workspace workspace, string path)
    {
        string full = Path.GetFullPath(path);
        bool isDirectory = Directory.Exists(full);
        if (!isDirectory && !File.Exists(full))
        {
            throw new ToolException($"--rootfs: there is no {path} on this machine.", "Give a directory such as mmdebstrap makes, or a tar file.");
        }

        IRootSource source = isDirectory ? new HostDirectory(full) : new RootTarFile(full);
        string folder = Path.Combine(workspace.Artifacts, "rootfs");
        string image = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(HostText.Encode(full)))[..16] + ".cpio");
        string stamp = image + ".stamp";
        string current = $"{Format} {source.Fingerprint}";
        if (IsCurrent())
        {
            return image;
        }

        Directory.CreateDirectory(folder);
        using (BuildLock.Take(image + ".lock", new Progress()))
        {
            if (IsCurrent())
            {
                return image;
            }

            File.Delete(stamp);
            Pack(source, path, image);
            File.WriteAllText(stamp, current);
            DropOldest(folder, image);
        }

        return image;

        bool IsCurrent()
        {
            try
            {
                if (File.ReadAllText(stamp) != current)
                {
                    return false;
                }

                File.SetLastAccessTimeUtc(image, DateTime.UtcNow);
                return true;
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Never packed, or dropped by another tool just now.
                return false;
            }
        }
    }

    private static void Pack(IRootSource source, string name, string image)
    {
        string temporary = image + ".new";
        new Progress().Step($"Packing {name}", show =>
        {
            var progress = new PackingProgress(show);
            using (var output = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 20))
            {
                var archive = new CpioStream(output);
                source.Pack(archive, progress);
                archive.WriteTrailer();
            }

            show(progress.Summary);
        });
        File.Move(temporary, image, overwrite: true);
    }

    private static void DropOldest(string folder, string used)
    {
        DateTime idle = DateTime.UtcNow - s_leastKept;
        IEnumerable<FileInfo> others = new DirectoryInfo(folder).GetFiles("*.cpio").Where(file => file.FullName != used);
        foreach (FileInfo old in others.OrderByDescending(file => file.LastAccessTimeUtc).Skip(KeptImages - 1).Where(file => file.LastAccessTimeUtc < idle))
        {
            File.Delete(old.FullName + ".stamp");
            old.Delete();
        }
    }
}
