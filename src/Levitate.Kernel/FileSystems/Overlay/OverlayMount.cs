using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.FileSystems.Tmpfs;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Overlay;

/// <summary>Finds an overlay's layers and checks that they may be laid over one another.</summary>
/// <remarks>Linux: overlayfs.rst, "Sharing and copying layers" and "Multiple lower layers".</remarks>
internal static class OverlayMount
{
    /// <summary>How many overlays may lie one upon the other (Linux: FILESYSTEM_MAX_STACK_DEPTH).</summary>
    private const int MaximumDepth = 2;

    private static ReadOnlySpan<byte> WorkName => "work"u8;

    /// <summary>An overlay as a mount's options ask for it.</summary>
    /// <returns>
    /// EINVAL for unknown options, no lower layer, an upper one without workdir, or the two on different mounts or one within
    /// the other, a single lower one alone, what is no directory, file systems that cannot be a layer; ELOOP for layers within
    /// one another; ENOENT and the rest of a path's errors.
    /// </returns>
    public static Result<FileSystem> Create(UserThread caller, ReadOnlySpan<byte> data)
    {
        if (!OverlayOptions.Parse(data).TryGet(out OverlayOptions? options, out Errno error))
        {
            return error;
        }

        Location? upper = null, work = null;
        if ((options.Upper is not null && (error = FindUpper(caller, options.Upper, out upper)) != Errno.None)
            || (options.Work is not null && (error = FindUpper(caller, options.Work, out work)) != Errno.None))
        {
            return error;
        }

        var lowers = new List<Dentry>();
        foreach (byte[] path in options.Lowers)
        {
            if (!Find(caller, path).TryGet(out Location lower, out error))
            {
                return error;
            }

            lowers.Add(lower.Dentry);
        }

        error = CheckLayers(upper, work, lowers, out int depth);
        if (error != Errno.None)
        {
            return error;
        }

        if (upper is null)
        {
            return new OverlayFileSystem(caller.Machine(), null, null, [.. lowers], options, depth);
        }

        return MakeWork(work!.Value.Dentry).TryGet(out Dentry? made, out error)
            ? new OverlayFileSystem(caller.Machine(), upper.Value.Dentry, made, [.. lowers], options, depth)
            : error;
    }

    private static Platform.IMachine Machine(this UserThread caller) => caller.Kernel.Machine;

    private static Result<Location> Find(UserThread caller, byte[] path)
    {
        if (path.Length == 0)
        {
            return Errno.EINVAL;
        }

        var walk = new PathWalk(caller.Context(), caller.FileSystem.WorkingDirectory, path, WalkOptions.Follow);
        if (!walk.Resolve().TryGet(out Location found, out Errno error))
        {
            return error;
        }

        // Names that depend on who asks (proc), or come and go by themselves, are no layer.
        return found.Inode is DirectoryInode && found.Inode.FileSystem is TmpfsFileSystem or OverlayFileSystem ? found : Errno.EINVAL;
    }

    private static Errno FindUpper(UserThread caller, byte[] path, out Location? found)
    {
        found = null;
        if (!Find(caller, path).TryGet(out Location place, out Errno error))
        {
            return error;
        }

        found = place;
        return place.Inode.FileSystem is TmpfsFileSystem && place.CheckWritable() == Errno.None ? Errno.None : Errno.EINVAL;
    }

    private static Errno CheckLayers(Location? upper, Location? work, List<Dentry> lowers, out int depth)
    {
        depth = 1;
        if (lowers.Count == 0 || (upper is not null && work is null) || (upper is null && lowers.Count == 1))
        {
            return Errno.EINVAL;
        }

        foreach (Dentry lower in lowers)
        {
            depth = Math.Max(depth, lower.Inode.FileSystem is OverlayFileSystem inner ? inner.Depth + 1 : 1);
        }

        var layers = new List<Dentry>(lowers);
        if (upper is { } top && work is { } aside)
        {
            if (top.Mount != aside.Mount || top.Dentry.IsWithin(aside.Dentry) || aside.Dentry.IsWithin(top.Dentry))
            {
                return Errno.EINVAL;
            }

            layers.Add(top.Dentry);
            layers.Add(aside.Dentry);
        }

        return depth > MaximumDepth ? Errno.EINVAL : Overlap(layers) ? Errno.ELOOP : Errno.None;
    }

    private static bool Overlap(List<Dentry> layers)
    {
        for (int i = 0; i < layers.Count; i++)
        {
            for (int j = 0; j < layers.Count; j++)
            {
                if (i != j && layers[i].IsWithin(layers[j]))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The directory "work" in the one that is given, as on Linux.</summary>
    private static Result<Dentry> MakeWork(Dentry directory)
    {
        var inode = (DirectoryInode)directory.Inode;
        Result<Dentry> made = inode.Create(directory, WorkName, new NewFile(FileMode.S_IFDIR, 0, 0));
        if (made.Error == Errno.EEXIST)
        {
            made = inode.Lookup(directory, WorkName, null);
        }

        return made.TryGet(out Dentry? work, out Errno error) && work.Inode is not DirectoryInode ? Errno.EINVAL : error != Errno.None ? error : made;
    }
}
