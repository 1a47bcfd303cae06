using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>The steps that reads and writes have in common. The I/O methods release the description.</summary>
internal static class Transfer
{
    /// <summary>Stands for the file's own position where an offset is asked for.</summary>
    public const long AtPosition = -1;

    /// <summary>The description behind a descriptor, but not one of O_PATH: EBADF.</summary>
    public static Result<FileDescription> Get(UserThread caller, int fd)
    {
        if (!caller.Files.Get(fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (file is PathDescription)
        {
            file.Release();
            return Errno.EBADF;
        }

        return file;
    }

    /// <summary>The description behind a descriptor that is open for reading; EBADF.</summary>
    public static Result<FileDescription> BeginRead(UserThread caller, int fd)
    {
        if (!caller.Files.Get(fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (file.CanRead)
        {
            return file;
        }

        file.Release();
        return Errno.EBADF;
    }

    /// <summary>The description behind a descriptor that is open for writing; EBADF.</summary>
    public static Result<FileDescription> BeginWrite(UserThread caller, int fd)
    {
        if (!caller.Files.Get(fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (file.CanWrite)
        {
            return file;
        }

        file.Release();
        return Errno.EBADF;
    }

    /// <summary>Lets go of a description and answers an error.</summary>
    public static SyscallResult Abandon(FileDescription file, Errno error)
    {
        file.Release();
        return error;
    }

    /// <summary>Reads at the file's position and moves it.</summary>
    public static SyscallResult Read(UserThread caller, FileDescription file, ref IoCursor cursor)
    {
        Result<long> result;
        if (file.HasPosition)
        {
            using (file.PositionLock.Enter())
            {
                long position = file.Position;
                result = file.Read(caller, ref cursor, position);
                if (result.Succeeded)
                {
                    file.Position = position + result.Value;
                }
            }
        }
        else
        {
            result = file.Read(caller, ref cursor, 0);
        }

        Tell(file, result, InotifyMask.IN_ACCESS);
        file.Release();
        return result.TryGet(out long count, out Errno error) ? count : error;
    }

    /// <summary>Writes at the file's position and moves it.</summary>
    public static SyscallResult Write(UserThread caller, FileDescription file, ref IoCursor cursor)
    {
        Result<long> result;
        if (file.HasPosition)
        {
            using (file.PositionLock.Enter())
            {
                long position = file.Position;
                result = file.Write(caller, ref cursor, ref position);
                if (result.Succeeded)
                {
                    file.Position = position + result.Value;
                }
            }
        }
        else
        {
            long position = 0;
            result = file.Write(caller, ref cursor, ref position);
        }

        return EndWrite(caller, file, result);
    }

    /// <summary>Reads at an offset; ESPIPE where the file has no positions.</summary>
    public static SyscallResult ReadAt(UserThread caller, FileDescription file, ref IoCursor cursor, long offset)
    {
        Result<long> result = file.HasPosition ? file.Read(caller, ref cursor, offset) : Errno.ESPIPE;
        Tell(file, result, InotifyMask.IN_ACCESS);
        file.Release();
        return result.TryGet(out long count, out Errno error) ? count : error;
    }

    /// <summary>Writes at an offset; ESPIPE where the file has no positions.</summary>
    public static SyscallResult WriteAt(UserThread caller, FileDescription file, ref IoCursor cursor, long offset) =>
        EndWrite(caller, file, file.HasPosition ? file.Write(caller, ref cursor, ref offset) : Errno.ESPIPE);

    /// <summary>Tells those who watch the file, where bytes were moved.</summary>
    private static void Tell(FileDescription file, Result<long> result, InotifyMask what)
    {
        if (file.Inode.FileSystem.IsWatched && result.TryGet(out long count, out _) && count > 0)
        {
            FileEvents.OfFile(file, what);
        }
    }

    private static SyscallResult EndWrite(UserThread caller, FileDescription file, Result<long> result)
    {
        Tell(file, result, InotifyMask.IN_MODIFY);
        file.Release();
        if (result.TryGet(out long count, out Errno error))
        {
            return count;
        }

        if (error == Errno.EFBIG)
        {
            caller.SendOwnSignal(SignalNumber.SIGXFSZ);
        }

        return error;
    }
}
