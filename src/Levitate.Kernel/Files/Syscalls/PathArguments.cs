using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>The path arguments of system calls.</summary>
internal static class PathArguments
{
    /// <summary>Stands for the working directory where a directory's descriptor is asked for.</summary>
    public const int AT_FDCWD = -100;

    /// <summary>What paths seldom exceed.</summary>
    private const int UsualPath = 192;

    /// <summary>On whose behalf the caller's paths are walked.</summary>
    public static PathContext Context(this UserThread caller) => new(caller.FileSystem.Root, caller.Credentials, caller);

    /// <summary>Where a path begins. An absolute one needs no valid descriptor, unless that is to be its root (RESOLVE_IN_ROOT).</summary>
    /// <returns>ENOENT for an empty path, whatever the descriptor; EBADF; ENOTDIR where the descriptor is of no directory.</returns>
    public static Result<Location> Start(UserThread caller, int directory, ReadOnlySpan<byte> path, WalkOptions options = WalkOptions.None)
    {
        if (path.IsEmpty)
        {
            return Errno.ENOENT;
        }

        if (directory == AT_FDCWD || (path.StartsWith("/"u8) && (options & WalkOptions.InRoot) == 0))
        {
            return caller.FileSystem.WorkingDirectory;
        }

        if (!caller.Files.Get(directory).TryGet(out FileDescription? description, out Errno error))
        {
            return error;
        }

        Location location = description.Location;
        description.Release();
        return location.Inode is DirectoryInode ? location : Errno.ENOTDIR;
    }

    /// <summary>Finds the file that a path from user memory names.</summary>
    public static Result<Location> Find(UserThread caller, UserAddress path, WalkOptions options = WalkOptions.Follow) =>
        FindAt(caller, AT_FDCWD, path, options, allowEmpty: false);

    /// <summary>Finds the file that a path from user memory names, beginning at a directory's descriptor.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="directory">The descriptor, or <see cref="AT_FDCWD"/>.</param>
    /// <param name="path">The path.</param>
    /// <param name="options">How to walk.</param>
    /// <param name="allowEmpty">AT_EMPTY_PATH: an empty path is the descriptor's own file, of any type.</param>
    /// <param name="credentials">Whose permissions count; null: the caller's.</param>
    public static Result<Location> FindAt(UserThread caller, int directory, UserAddress path, WalkOptions options, bool allowEmpty, Credentials? credentials = null)
    {
        Errno error = caller.Memory.ReadPath(path, stackalloc byte[UsualPath], out ReadOnlySpan<byte> bytes);
        if (error != Errno.None)
        {
            return error;
        }

        if (allowEmpty && bytes.Length == 0)
        {
            return FileOf(caller, directory);
        }

        if (!Start(caller, directory, bytes).TryGet(out Location start, out error))
        {
            return error;
        }

        var context = new PathContext(caller.FileSystem.Root, credentials ?? caller.Credentials, caller);
        return new PathWalk(context, start, bytes, options).Resolve();
    }

    /// <summary>A walk to the directory of a name that is to be created or removed.</summary>
    /// <returns>The error before the last component.</returns>
    public static Errno BeginAt(UserThread caller, int directory, ReadOnlySpan<byte> path, out PathWalk walk)
    {
        if (!Start(caller, directory, path).TryGet(out Location start, out Errno error))
        {
            walk = default;
            return error;
        }

        walk = new PathWalk(caller.Context(), start, path, WalkOptions.None);
        return walk.WalkToLast();
    }

    /// <summary>The place of an open file, or the working directory.</summary>
    public static Result<Location> FileOf(UserThread caller, int descriptor)
    {
        if (descriptor == AT_FDCWD)
        {
            return caller.FileSystem.WorkingDirectory;
        }

        if (!caller.Files.Get(descriptor).TryGet(out FileDescription? description, out Errno error))
        {
            return error;
        }

        Location location = description.Location;
        description.Release();
        return location;
    }

    /// <summary>The place behind a descriptor, not of O_PATH.</summary>
    public static Result<Location> OfOpenFile(UserThread caller, int fd)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        Location location = file.Location;
        file.Release();
        return location;
    }
}
