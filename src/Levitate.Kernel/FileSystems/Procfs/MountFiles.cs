using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>What is mounted where, as the reader sees it: /proc/[pid]/mounts and mountinfo.</summary>
internal static class MountFiles
{
    /// <summary>mounts, as fstab(5).</summary>
    public static Errno WriteMounts(ProcText text, UserThread? reader)
    {
        foreach ((Mount mount, byte[] path) in Visible(reader))
        {
            AddField(text, mount.Source).Add(" "u8);
            AddField(text, path).Add($" {mount.FileSystem.TypeName} {Options(mount)}{mount.FileSystem.OptionsText} 0 0\n");
        }

        return Errno.None;
    }

    /// <summary>mountinfo.</summary>
    public static Errno WriteMountInfo(ProcText text, UserThread? reader)
    {
        foreach ((Mount mount, byte[] path) in Visible(reader))
        {
            DeviceNumber device = mount.FileSystem.Device;
            text.Add($"{mount.Id} {mount.Parent?.Id ?? mount.Id} {device.Major}:{device.Minor} ");
            AddField(text, PathOf(mount.RootName)).Add(" "u8);
            AddField(text, path).Add($" {Options(mount)}{((mount.Options & MountOptions.Unbindable) != 0 ? " unbindable" : string.Empty)} - {mount.FileSystem.TypeName} ");
            AddField(text, mount.Source).Add($" rw{mount.FileSystem.OptionsText}\n");
        }

        return Errno.None;
    }

    private static List<(Mount Mount, byte[] Path)> Visible(UserThread? reader)
    {
        var result = new List<(Mount, byte[])>();
        if (reader is null)
        {
            return result;
        }

        Location root = reader.FileSystem.Root;
        foreach (Mount mount in root.Mount.Namespace.Mounts)
        {
            byte[] path = mount.Root.GetPath(root, out bool isReachable);
            if (isReachable)
            {
                result.Add((mount, path));
            }
        }

        return result;
    }

    /// <summary>The path within its file system of what a mount shows.</summary>
    private static byte[] PathOf(Dentry name)
    {
        var path = new List<byte>();
        for (Dentry at = name; at.Parent is { } parent; at = parent)
        {
            path.InsertRange(0, [(byte)'/', .. at.Name]);
        }

        return path.Count > 0 ? [.. path] : "/"u8.ToArray();
    }

    private static ProcText AddField(ProcText text, ReadOnlySpan<byte> bytes) => text.AddEscaped(bytes, " \t\n\\"u8);

    private static string Options(Mount mount)
    {
        MountOptions options = mount.Options;
        return ((options & MountOptions.ReadOnly) != 0 ? "ro" : "rw")
            + ((options & MountOptions.NoSetIds) != 0 ? ",nosuid" : string.Empty)
            + ((options & MountOptions.NoDevices) != 0 ? ",nodev" : string.Empty)
            + ((options & MountOptions.NoExecute) != 0 ? ",noexec" : string.Empty)
            + ((options & MountOptions.NoAccessTime) != 0 ? ",noatime" : string.Empty)
            + ((options & MountOptions.NoDirectoryAccessTime) != 0 ? ",nodiratime" : string.Empty)
            + ((options & (MountOptions.NoAccessTime | MountOptions.StrictAccessTime)) == 0 ? ",relatime" : string.Empty)
            + ((options & MountOptions.NoSymbolicLinks) != 0 ? ",nosymfollow" : string.Empty);
    }
}
