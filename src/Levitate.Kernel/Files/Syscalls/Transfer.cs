using System.Runtime.CompilerServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>The steps that reads and writes have in common. The I/O methods give the file back.</summary>
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

    /// <summary>Like <see cref="Get"/>, for one call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BorrowedFile Borrow(UserThread caller, int fd)
    {
        BorrowedFile file = caller.Files.Borrow(fd);
        return file.Description is PathDescription ? Refuse(file) : file;
    }

    /// <summary>Like <see cref="BeginRead"/>, for one call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BorrowedFile BorrowToRead(UserThread caller, int fd)
    {
        BorrowedFile file = caller.Files.Borrow(fd);
        return file.Description is { CanRead: true } ? file : Refuse(file);
    }

    /// <summary>Like <see cref="BeginWrite"/>, for one call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BorrowedFile BorrowToWrite(UserThread caller, int fd)
    {
        BorrowedFile file = caller.Files.Borrow(fd);
        return file.Description is { CanWrite: true } ? file : Refuse(file);
    }

    /// <summary>Lets go of a description and answers an error.</summary>
    public static SyscallResult Abandon(FileDescription file, Errno error)
    {
        file.Release();
        return error;
    }

    /// <summary>Gives a file back and answers an error.</summary>
    public static SyscallResult Abandon(BorrowedFile file, Errno error)
    {
        file.GiveBack();
        return error;
    }

    /// <summary>Reads at the file's position, if it has one, and moves it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SyscallResult Read(UserThread caller, BorrowedFile file, ref IoCursor cursor)
    {
        FileDescription description = file.Description!;
        return EndRead(caller, file, description.HasPosition ? ReadAtPosition(caller, description, ref cursor) : description.Read(caller, ref cursor, 0));
    }

    /// <summary>Writes at the file's position, if it has one, and moves it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SyscallResult Write(UserThread caller, BorrowedFile file, ref IoCursor cursor)
    {
        FileDescription description = file.Description!;
        if (description.HasPosition)
        {
            return EndWrite(caller, file, WriteAtPosition(caller, description, ref cursor));
        }

        long position = 0;
        return EndWrite(caller, file, description.Write(caller, ref cursor, ref position));
    }

    /// <summary>Reads at an offset; ESPIPE where the file has no positions.</summary>
    public static SyscallResult ReadAt(UserThread caller, BorrowedFile file, ref IoCursor cursor, long offset)
    {
        FileDescription description = file.Description!;
        return EndRead(caller, file, description.HasPosition ? description.Read(caller, ref cursor, offset) : Errno.ESPIPE);
    }

    /// <summary>Writes at an offset; ESPIPE where the file has no positions.</summary>
    public static SyscallResult WriteAt(UserThread caller, BorrowedFile file, ref IoCursor cursor, long offset)
    {
        FileDescription description = file.Description!;
        return EndWrite(caller, file, description.HasPosition ? description.Write(caller, ref cursor, ref offset) : Errno.ESPIPE);
    }

    private static Result<long> ReadAtPosition(UserThread caller, FileDescription file, ref IoCursor cursor)
    {
        using (file.PositionLock.Enter())
        {
            long position = file.Position;
            Result<long> result = file.Read(caller, ref cursor, position);
            if (result.Succeeded)
            {
                file.Position = position + result.Value;
            }

            return result;
        }
    }

    private static Result<long> WriteAtPosition(UserThread caller, FileDescription file, ref IoCursor cursor)
    {
        using (file.PositionLock.Enter())
        {
            long position = file.Position;
            Result<long> result = file.Write(caller, ref cursor, ref position);
            if (result.Succeeded)
            {
                file.Position = position + result.Value;
            }

            return result;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SyscallResult EndRead(UserThread caller, BorrowedFile file, Result<long> result)
    {
        if (file.Description!.Inode.FileSystem.IsWatched)
        {
            Tell(file.Description, result, InotifyMask.IN_ACCESS);
        }

        file.GiveBack();
        caller.Io.Reads++;
        if (!result.TryGet(out long count, out Errno error))
        {
            return error;
        }

        caller.Io.ReadBytes += count;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SyscallResult EndWrite(UserThread caller, BorrowedFile file, Result<long> result)
    {
        if (file.Description!.Inode.FileSystem.IsWatched)
        {
            Tell(file.Description, result, InotifyMask.IN_MODIFY);
        }

        file.GiveBack();
        caller.Io.Writes++;
        if (!result.TryGet(out long count, out Errno error))
        {
            return FailWrite(caller, error);
        }

        caller.Io.WrittenBytes += count;
        return count;
    }

    /// <summary>Tells those who watch the file, where bytes were moved.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Tell(FileDescription file, Result<long> result, InotifyMask what)
    {
        if (result.TryGet(out long count, out _) && count > 0)
        {
            FileEvents.OfFile(file, what);
        }
    }

    /// <summary>The error of a write; one that the largest size of a file stops is told by SIGXFSZ, too.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static SyscallResult FailWrite(UserThread caller, Errno error)
    {
        if (error == Errno.EFBIG)
        {
            caller.SendOwnSignal(SignalNumber.SIGXFSZ);
        }

        return error;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static BorrowedFile Refuse(BorrowedFile file)
    {
        if (file.Description is not null)
        {
            file.GiveBack();
        }

        return default;
    }
}
