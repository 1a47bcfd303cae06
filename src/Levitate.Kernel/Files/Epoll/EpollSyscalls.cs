using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Epoll;

/// <summary>epoll_create, epoll_ctl, epoll_wait and their kin.</summary>
internal static class EpollSyscalls
{
    /// <summary>Makes a set of files to be watched. The size is of no meaning but must be positive.</summary>
    /// <remarks>Linux: epoll_create(2).</remarks>
    [Syscall(213, Name = "epoll_create")]
    internal static SyscallResult EpollCreate(UserThread caller, int size) =>
        size <= 0 ? Errno.EINVAL : EpollCreate1(caller, OpenFlags.O_RDONLY);

    /// <summary>Makes a set of files to be watched.</summary>
    /// <returns>The descriptor; EINVAL for flags but EPOLL_CLOEXEC; EMFILE.</returns>
    /// <remarks>Linux: epoll_create1(2), since 2.6.27.</remarks>
    [Syscall(291, Name = "epoll_create1")]
    internal static SyscallResult EpollCreate1(UserThread caller, OpenFlags flags)
    {
        if ((flags & ~OpenFlags.O_CLOEXEC) != 0)
        {
            return Errno.EINVAL;
        }

        AnonymousFileSystem fileSystem = caller.Kernel.Files.Anonymous;
        var description = new EpollDescription(fileSystem.Place(new AnonymousInode(fileSystem), "anon_inode:[eventpoll]"u8), OpenFlags.O_RDWR);
        return OpenSyscalls.Install(caller, description, flags == OpenFlags.O_CLOEXEC);
    }

    /// <summary>Adds a file to the set, changes what is asked of it, or removes it.</summary>
    /// <returns>EBADF, EINVAL, EPERM for a file that is always ready, EEXIST, ENOENT, ELOOP; EFAULT.</returns>
    /// <remarks>Linux: epoll_ctl(2).</remarks>
    [Syscall(233, Name = "epoll_ctl")]
    internal static SyscallResult EpollCtl(UserThread caller, int epoll, EpollOperation operation, int fd, UserAddress interest)
    {
        EpollEvent wanted = default;
        Errno error = Errno.None;
        if (operation != EpollOperation.EPOLL_CTL_DEL && !caller.Memory.Read<EpollEvent>(interest).TryGet(out wanted, out error))
        {
            return error;
        }

        if (!Transfer.Get(caller, epoll).TryGet(out FileDescription? set, out error))
        {
            return error;
        }

        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out error))
        {
            return Transfer.Abandon(set, error);
        }

        error = Control(caller, set, operation, file, fd, wanted);
        file.Release();
        return Transfer.Abandon(set, error);
    }

    /// <summary>Stores which files of the set are ready, and waits where none is.</summary>
    /// <returns>How many; 0 past the time; EINTR, EBADF, EFAULT, EINVAL.</returns>
    /// <remarks>Linux: epoll_wait(2).</remarks>
    [Syscall(232, Name = "epoll_wait")]
    internal static SyscallResult EpollWait(UserThread caller, int epoll, UserAddress events, int maximum, int milliseconds) =>
        Wait(caller, epoll, events, maximum, PollTimeout.FromMilliseconds(caller, milliseconds));

    /// <summary>Like epoll_wait, with a signal mask for the wait.</summary>
    /// <remarks>Linux: epoll_pwait(2).</remarks>
    [Syscall(281, Name = "epoll_pwait")]
    internal static SyscallResult EpollPwait(UserThread caller, int epoll, UserAddress events, int maximum, int milliseconds, UserAddress mask, ulong maskSize) =>
        WaitUnder(caller, epoll, events, maximum, PollTimeout.FromMilliseconds(caller, milliseconds), mask, maskSize);

    /// <summary>Like epoll_pwait, with a time in nanoseconds.</summary>
    /// <remarks>Linux: epoll_pwait2(2), since 5.11.</remarks>
    [Syscall(441, Name = "epoll_pwait2")]
    internal static SyscallResult EpollPwait2(UserThread caller, int epoll, UserAddress events, int maximum, UserAddress timeout, UserAddress mask, ulong maskSize) =>
        PollTimeout.Read(caller, timeout).TryGet(out PollTimeout time, out Errno error)
            ? WaitUnder(caller, epoll, events, maximum, time, mask, maskSize)
            : error;

    private static Errno Control(UserThread caller, FileDescription set, EpollOperation operation, FileDescription file, int fd, EpollEvent wanted)
    {
        // What nobody is ever woken for is always ready, and not to be watched.
        if (file.GetReadQueue(caller) is null && file.WriteQueue is null)
        {
            return Errno.EPERM;
        }

        if (set is not EpollDescription epoll || file == set)
        {
            return Errno.EINVAL;
        }

        bool isExclusive = operation != EpollOperation.EPOLL_CTL_DEL && (wanted.Events & EpollEvents.EPOLLEXCLUSIVE) != 0;
        if (isExclusive && (operation == EpollOperation.EPOLL_CTL_MOD || file is EpollDescription || (wanted.Events & ~EpollEvents.ExclusiveMates) != 0))
        {
            return Errno.EINVAL;
        }

        wanted = wanted with { Events = wanted.Events | EpollEvents.Always };
        return operation switch
        {
            EpollOperation.EPOLL_CTL_ADD => epoll.Add(caller, file, fd, wanted),
            EpollOperation.EPOLL_CTL_DEL => epoll.Remove(file, fd),
            EpollOperation.EPOLL_CTL_MOD => epoll.Modify(caller, file, fd, wanted),
            _ => Errno.EINVAL,
        };
    }

    private static SyscallResult WaitUnder(UserThread caller, int epoll, UserAddress events, int maximum, PollTimeout timeout, UserAddress mask, ulong maskSize)
    {
        Errno error = PollMask.Set(caller, mask, maskSize);
        if (error != Errno.None)
        {
            return error;
        }

        SyscallResult result = Wait(caller, epoll, events, maximum, timeout);
        PollMask.End(caller, mask, result);
        return result;
    }

    private static SyscallResult Wait(UserThread caller, int epoll, UserAddress events, int maximum, PollTimeout timeout)
    {
        if (maximum is <= 0 or > int.MaxValue / EpollEvent.Size)
        {
            return Errno.EINVAL;
        }

        if (!UserLayout.IsUserRange(events.Value, (ulong)maximum * EpollEvent.Size))
        {
            return Errno.EFAULT;
        }

        BorrowedFile file = Transfer.Borrow(caller, epoll);
        if (file.Description is not EpollDescription set)
        {
            return file.Description is null ? Errno.EBADF : Transfer.Abandon(file, Errno.EINVAL);
        }

        Result<int> result = set.Wait(caller, events, maximum, timeout);
        file.GiveBack();
        return result.TryGet(out int count, out Errno error) ? count : error;
    }
}
