using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>Changing the times of files.</summary>
internal static class TimeSyscalls
{
    private const long UTIME_NOW = 0x3fffffff;
    private const long UTIME_OMIT = 0x3ffffffe;

    /// <summary>Sets access and modification time in seconds; null: now.</summary>
    [Syscall(132)]
    internal static SyscallResult Utime(UserThread caller, UserAddress path, UserAddress times)
    {
        TimePair pair = TimePair.Now;
        if (!times.IsNull)
        {
            if (!caller.Memory.Read<SecondsPair>(times).TryGet(out SecondsPair seconds, out Errno error))
            {
                return error;
            }

            pair = new TimePair(new FileTime(seconds.Access, 0), new FileTime(seconds.Modification, 0));
        }

        return Set(caller, PathArguments.AT_FDCWD, path, pair);
    }

    /// <summary>Sets access and modification time in microseconds; null: now.</summary>
    [Syscall(235)]
    internal static SyscallResult Utimes(UserThread caller, UserAddress path, UserAddress times) =>
        Futimesat(caller, PathArguments.AT_FDCWD, path, times);

    /// <summary>Like utimes, the path beginning at a directory's descriptor; a null path is the descriptor's own file.</summary>
    [Syscall(261)]
    internal static SyscallResult Futimesat(UserThread caller, int directory, UserAddress path, UserAddress times)
    {
        TimePair pair = TimePair.Now;
        if (!times.IsNull)
        {
            if (!caller.Memory.Read<TimePair>(times).TryGet(out pair, out Errno error))
            {
                return error;
            }

            // These are struct timeval: the rest is in microseconds.
            if ((ulong)pair.Access.Nanoseconds >= 1_000_000 || (ulong)pair.Modification.Nanoseconds >= 1_000_000)
            {
                return Errno.EINVAL;
            }

            pair = new TimePair(
                pair.Access with { Nanoseconds = pair.Access.Nanoseconds * 1000 },
                pair.Modification with { Nanoseconds = pair.Modification.Nanoseconds * 1000 });
        }

        return Set(caller, directory, path, pair);
    }

    /// <summary>Sets access and modification time in nanoseconds; UTIME_NOW and UTIME_OMIT; null: now.</summary>
    /// <remarks>Linux: utimensat(2).</remarks>
    [Syscall(280)]
    internal static SyscallResult Utimensat(UserThread caller, int directory, UserAddress path, UserAddress times, AtFlags flags)
    {
        TimePair pair = TimePair.Now;
        if (!times.IsNull && !caller.Memory.Read<TimePair>(times).TryGet(out pair, out Errno error))
        {
            return error;
        }

        // Where there is nothing to do, nothing else is looked at.
        if (pair.Access.Nanoseconds == UTIME_OMIT && pair.Modification.Nanoseconds == UTIME_OMIT)
        {
            return SyscallResult.Success;
        }

        return (flags & ~(AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_EMPTY_PATH)) != 0 ? Errno.EINVAL : Set(caller, directory, path, pair, flags);
    }

    private static bool IsValid(FileTime time) => time.Nanoseconds is UTIME_NOW or UTIME_OMIT or (>= 0 and < 1_000_000_000);

    private static SyscallResult Set(UserThread caller, int directory, UserAddress path, TimePair times, AtFlags flags = AtFlags.None)
    {
        Result<Location> found;
        if (path.IsNull && directory != PathArguments.AT_FDCWD)
        {
            if (flags != AtFlags.None)
            {
                return Errno.EINVAL;
            }

            found = PathArguments.OfOpenFile(caller, directory);
        }
        else
        {
            WalkOptions options = (flags & AtFlags.AT_SYMLINK_NOFOLLOW) != 0 ? WalkOptions.None : WalkOptions.Follow;
            found = PathArguments.FindAt(caller, directory, path, options, (flags & AtFlags.AT_EMPTY_PATH) != 0);
        }

        return found.TryGet(out Location file, out Errno error) ? Set(caller, file, times) : error;
    }

    private static Errno Set(UserThread caller, Location file, TimePair times)
    {
        if (!IsValid(times.Access) || !IsValid(times.Modification))
        {
            return Errno.EINVAL;
        }

        Inode inode = file.Inode;
        Errno error = file.CheckWritable();
        if (error != Errno.None)
        {
            return error;
        }

        bool bothNow = times.Access.Nanoseconds == UTIME_NOW && times.Modification.Nanoseconds == UTIME_NOW;
        if (!caller.Credentials.OwnsOrMay(inode))
        {
            error = bothNow ? Permissions.Check(inode, caller.Credentials, AccessKinds.Write) : Errno.EPERM;
            if (error != Errno.None)
            {
                return error;
            }
        }

        long now = inode.FileSystem.Now;
        var change = new AttributeChange(AccessTime: Pick(times.Access, now), ModificationTime: Pick(times.Modification, now));
        error = inode.Change(change);
        if (error == Errno.None)
        {
            FileEvents.OfPlace(file, change.ModificationTime is null ? InotifyMask.IN_ACCESS : change.AccessTime is null ? InotifyMask.IN_MODIFY : InotifyMask.IN_ATTRIB);
        }

        return error;
    }

    private static long? Pick(FileTime time, long now) => time.Nanoseconds switch
    {
        UTIME_NOW => now,
        UTIME_OMIT => null,
        _ => time.ToNanoseconds(),
    };

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct SecondsPair(long Access, long Modification);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimePair(FileTime Access, FileTime Modification)
    {
        public static TimePair Now => new(new FileTime(0, UTIME_NOW), new FileTime(0, UTIME_NOW));
    }
}
