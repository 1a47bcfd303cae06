using System;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.FileSystems.Overlay;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Mounts;

/// <summary>The file systems that can be mounted by name.</summary>
internal static class FileSystemTypes
{
    /// <summary>Their names, as /proc/filesystems shows them.</summary>
    public static IReadOnlyList<string> Names => ["sysfs", "tmpfs", "proc", "devtmpfs", "devpts", "mqueue", "overlay"];

    /// <summary>A file system of that type: a new tmpfs, or the one that there is of another type.</summary>
    /// <param name="caller">Who mounts.</param>
    /// <param name="type">The type's name.</param>
    /// <param name="data">Its options, separated by commas.</param>
    /// <returns>ENODEV for a type that is not there; EINVAL for an option that is not known, or cannot be kept; an overlay's for its layers.</returns>
    public static Result<FileSystem> Create(UserThread caller, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        KernelSystem kernel = caller.Kernel;
        string[] options = Encoding.Latin1.GetString(data).Split(',', StringSplitOptions.RemoveEmptyEntries);
        return Encoding.Latin1.GetString(type) switch
        {
            "tmpfs" => CreateTmpfs(kernel, data),
            "proc" => Single(kernel.Files.ProcFileSystem, options, []),
            "sysfs" => Single(kernel.Files.SysfsFileSystem, options, []),
            "devtmpfs" => Single(kernel.Files.DevtmpfsFileSystem, options, []),
            "devpts" => Single(kernel.Files.DevptsFileSystem, options, ["gid=5", "mode=620", "mode=0620", "ptmxmode=666", "ptmxmode=0666"]),
            "mqueue" => Single(kernel.Files.Mqueues, options, []),
            "overlay" => OverlayMount.Create(caller, data),
            _ => Errno.ENODEV,
        };
    }

    /// <summary>A file system that there is one of: it has the options that it has, so others cannot be asked for.</summary>
    private static Result<FileSystem> Single(FileSystem fileSystem, string[] options, string[] kept) =>
        Array.TrueForAll(options, option => Array.IndexOf(kept, option) >= 0) ? Result.Of(fileSystem) : Errno.EINVAL;

    private static Result<FileSystem> CreateTmpfs(KernelSystem kernel, ReadOnlySpan<byte> data) =>
        TmpfsOptions.Default(kernel.Machine.Frames).With(data, kernel.Machine.Frames).TryGet(out TmpfsOptions options, out Errno error)
            ? new TmpfsFileSystem(kernel.Machine, options, kernel.Files.Devices)
            : error;
}
