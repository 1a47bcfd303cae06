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
    /// <summary>How many locks are looked at before what is told of them is passed on: there may be any number.</summary>
    private const int LocksAtOnce = 128;

    /// <summary>/proc/locks. What changes while it is read, and what comes after it on the same file, may be shown twice or not at all.</summary>
    public static Errno WriteAll(ProcText text, UserThread? reader, ref ProcPlace place)
    {
        var locks = new List<LockInfo>(LocksAtOnce);
        ulong file = place.Item, within = place.Within;
        bool hasMore = reader?.Kernel.Files.LockedFiles.AddSome(locks, LocksAtOnce, ref file, ref within) == true;
        ulong lines = Write(text, locks, string.Empty, place.Lines);
        place = hasMore ? new ProcPlace(file, within, lines) : ProcPlace.End;
        return Errno.None;
    }

    /// <summary>Some of the locks that an open file has, and of those that a process with these descriptors took by way of it.</summary>
    /// <param name="text">Takes them.</param>
    /// <param name="file">The open file.</param>
    /// <param name="files">The descriptors.</param>
    /// <param name="within">How many locks of the file to leave out; set to where to go on.</param>
    /// <param name="lines">How many were shown; set to how many are.</param>
    /// <returns>Whether there may be more.</returns>
    public static bool WriteOf(ProcText text, FileDescription file, FileTable files, ref ulong within, ref ulong lines)
    {
        var locks = new List<LockInfo>(file.Inode.LocksIfAny is null && file.Inode.RecordLocksIfAny is null ? 0 : LocksAtOnce);
        bool hasMore = LockedFiles.AddLocksOf(file.Inode, locks, LocksAtOnce, ref within);
        locks.RemoveAll(item => item.Description != file || (item.Owner != file && item.Owner != files));
        lines = Write(text, locks, "lock:\t", lines);
        return hasMore;
    }

    private static ulong Write(ProcText text, List<LockInfo> locks, string prefix, ulong number)
    {
        foreach (LockInfo item in locks)
        {
            DeviceNumber device = item.File.FileSystem.Device;
            string end = item.End == long.MaxValue ? "EOF" : $"{item.End}";
            text.Add($"{prefix}{++number}: {item.Kind,-6} ADVISORY  {(item.IsExclusive ? "WRITE" : "READ")} {item.ProcessId} ");
            text.AddLine($"{device.Major:x2}:{device.Minor:x2}:{item.File.Number} {item.Start} {end}");
        }

        return number;
    }
}
