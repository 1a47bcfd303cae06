using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Locks;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>The locks on files: /proc/locks, and those of an open file in fdinfo. Who waits for one is not shown.</summary>
/// <remarks>Linux: proc(5), /proc/locks.</remarks>
internal static class LockFiles
{
    /// <summary>/proc/locks.</summary>
    public static Errno WriteAll(ProcText text, UserThread? reader)
    {
        if (reader is not null)
        {
            Write(text, reader.Kernel.Files.LockedFiles.GetAll(), string.Empty);
        }

        return Errno.None;
    }

    /// <summary>The locks that an open file has, and those that a process with these descriptors took by way of it.</summary>
    public static void WriteOf(ProcText text, FileDescription file, FileTable files)
    {
        var locks = new List<LockInfo>();
        LockedFiles.AddLocksOf(file.Inode, locks);
        locks.RemoveAll(item => item.Description != file || (item.Owner != file && item.Owner != files));
        Write(text, locks, "lock:\t");
    }

    private static void Write(ProcText text, List<LockInfo> locks, string prefix)
    {
        int number = 0;
        foreach (LockInfo item in locks)
        {
            DeviceNumber device = item.File.FileSystem.Device;
            string end = item.End == long.MaxValue ? "EOF" : $"{item.End}";
            text.Add($"{prefix}{++number}: {item.Kind,-6} ADVISORY  {(item.IsExclusive ? "WRITE" : "READ")} {item.ProcessId} ");
            text.AddLine($"{device.Major:x2}:{device.Minor:x2}:{item.File.Number} {item.Start} {end}");
        }
    }
}
