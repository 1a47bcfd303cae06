using System;
using System.Collections.Generic;
using System.IO;
using Levitate.Cli.Host;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Loader;

namespace Levitate.Cli.Inspection;

/// <summary>
/// Opens files for the loader as the guest's kernel would, in a directory of the host that stands for the guest's root:
/// symbolic links, absolute ones too, stay inside it.
/// </summary>
/// <param name="root">The directory that is the guest's root.</param>
/// <param name="workingDirectory">Where relative paths begin, as a path in the root.</param>
internal sealed class HostImageOpener(string root, string workingDirectory) : IImageOpener<HostImageFile>
{
    // Linux: PATH_MAX, NAME_MAX, MAXSYMLINKS.
    private const int MaximumPath = 4096;
    private const int MaximumName = 255;
    private const int MaximumLinks = 40;

    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <inheritdoc/>
    public Result<HostImageFile> Open(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return Errno.ENOENT;
        }

        if (path.Length >= MaximumPath)
        {
            return Errno.ENAMETOOLONG;
        }

        if (!Resolve(HostText.Decode(path)).TryGet(out string? file, out Errno error))
        {
            return error;
        }

        if (!IsRegular(file) || (File.GetUnixFileMode(file) & AnyExecute) == 0)
        {
            return Errno.EACCES;
        }

        try
        {
            return new HostImageFile(file);
        }
        catch (UnauthorizedAccessException)
        {
            return Errno.EACCES;
        }
    }

    /// <inheritdoc/>
    public string DescribeDenial(ReadOnlySpan<byte> path)
    {
        if (!Resolve(HostText.Decode(path)).TryGet(out string? file, out _))
        {
            return LoadRefusal.DeniesPlace;
        }

        return Directory.Exists(file) ? LoadRefusal.DeniesDirectory
            : !IsRegular(file) ? LoadRefusal.DeniesSpecial
            : (File.GetUnixFileMode(file) & AnyExecute) == 0 ? LoadRefusal.DeniesMode
            : "cannot be read by this user";
    }

    private static bool IsRegular(string file) => new FileInfo(file) is { Exists: true } info && (info.Attributes & (FileAttributes.Directory | FileAttributes.Device)) == 0;

    // Walks the path a name at a time; the result has no links left.
    private Result<string> Resolve(string path)
    {
        var pending = new Stack<string>();
        Push(pending, path);
        if (!path.StartsWith('/'))
        {
            Push(pending, workingDirectory);
        }

        string current = root;
        for (int links = 0; pending.TryPop(out string? name);)
        {
            if (name == "..")
            {
                current = current == root ? root : Path.GetDirectoryName(current)!;
                continue;
            }

            if (HostText.Encode(name).Length > MaximumName)
            {
                return Errno.ENAMETOOLONG;
            }

            string next = Path.Combine(current, name);
            if (new FileInfo(next).LinkTarget is { } target)
            {
                if (++links > MaximumLinks)
                {
                    return Errno.ELOOP;
                }

                Push(pending, target);
                current = target.StartsWith('/') ? root : current;
                continue;
            }

            if (!Path.Exists(next))
            {
                return Errno.ENOENT;
            }

            if (pending.Count > 0 && !Directory.Exists(next))
            {
                return Errno.ENOTDIR;
            }

            current = next;
        }

        return path.EndsWith('/') && !Directory.Exists(current) ? Errno.ENOTDIR : current;
    }

    private static void Push(Stack<string> pending, string path)
    {
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int at = names.Length - 1; at >= 0; at--)
        {
            if (names[at] != ".")
            {
                pending.Push(names[at]);
            }
        }
    }
}
