using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Time;

namespace Levitate.Kernel.FileSystems.Mqueue;

/// <summary>POSIX message queues.</summary>
internal static class MqueueSyscalls
{
    private const int MaximumName = 255;

    /// <summary>Opens a queue, or makes one. The descriptor is closed by execve.</summary>
    /// <returns>ENOENT, EEXIST, EINVAL for a size that does not fit, EACCES, EMFILE past RLIMIT_MSGQUEUE, ENOSPC, ENAMETOOLONG; EFAULT.</returns>
    /// <remarks>Linux: mq_open(3). The name has no slash in front here.</remarks>
    [Syscall(240, Name = "mq_open")]
    internal static SyscallResult MqOpen(UserThread caller, UserAddress name, OpenFlags flags, uint mode, UserAddress attributes)
    {
        MqueueAttributes size = MqueueAttributes.Default;
        if (!attributes.IsNull && !caller.Memory.Read<MqueueAttributes>(attributes).TryGet(out size, out Errno error))
        {
            return error;
        }

        if (!ReadName(caller, name).TryGet(out byte[]? bytes, out error))
        {
            return error;
        }

        const OpenFlags Kept = OpenFlags.O_ACCMODE | OpenFlags.O_NONBLOCK | OpenFlags.O_CREAT | OpenFlags.O_EXCL;
        var request = new OpenRequest(flags & Kept, mode, WalkOptions.None);
        return Open(caller, bytes, request, size).TryGet(out FileDescription? opened, out error)
            ? OpenSyscalls.Install(caller, opened, closeOnExec: true)
            : error;
    }

    /// <summary>Takes a queue's name away; the queue goes with the last descriptor.</summary>
    /// <returns>ENOENT; EPERM for another user's; EACCES, ENAMETOOLONG; EFAULT.</returns>
    /// <remarks>Linux: mq_unlink(3).</remarks>
    [Syscall(241, Name = "mq_unlink")]
    internal static SyscallResult MqUnlink(UserThread caller, UserAddress name)
    {
        if (!ReadName(caller, name).TryGet(out byte[]? bytes, out Errno error))
        {
            return error;
        }

        Location place = caller.Kernel.Files.Mqueues.Place;
        var directory = (MqueueDirectory)place.Inode;
        if (!directory.Lookup(place.Dentry, bytes, caller).TryGet(out Dentry? found, out error))
        {
            return error;
        }

        error = Permissions.CheckRemove(place, found.Inode, caller.Credentials);
        return error != Errno.None ? error : directory.Remove(place.Dentry, found, asDirectory: false);
    }

    /// <summary>Sends a message; waits for room until a time by CLOCK_REALTIME.</summary>
    /// <returns>EBADF, EMSGSIZE, EAGAIN, ETIMEDOUT, EINTR; EINVAL for a bad time or priority; ENOMEM, EFAULT.</returns>
    /// <remarks>Linux: mq_send(3).</remarks>
    [Syscall(242, Name = "mq_timedsend")]
    internal static SyscallResult MqTimedSend(UserThread caller, int fd, UserAddress text, ulong length, uint priority, UserAddress timeout)
    {
        if (!ReadDeadline(caller, timeout).TryGet(out long? deadline, out Errno error))
        {
            return error;
        }

        if (priority >= MqueueAttributes.PriorityLimit)
        {
            return Errno.EINVAL;
        }

        if (!Get(caller, fd, static file => file.CanWrite).TryGet(out MqueueDescription? file, out error))
        {
            return error;
        }

        error = Send(caller, file, text, length, priority, deadline);
        file.Release();
        return error;
    }

    /// <summary>Receives the oldest of the messages with the highest priority; waits for one until a time by CLOCK_REALTIME.</summary>
    /// <returns>Its length; EBADF; EMSGSIZE for a buffer that is too small for the queue's; EAGAIN, ETIMEDOUT, EINTR; EINVAL for a bad time; EFAULT.</returns>
    /// <remarks>Linux: mq_receive(3).</remarks>
    [Syscall(243, Name = "mq_timedreceive")]
    internal static SyscallResult MqTimedReceive(UserThread caller, int fd, UserAddress text, ulong length, UserAddress priority, UserAddress timeout)
    {
        if (!ReadDeadline(caller, timeout).TryGet(out long? deadline, out Errno error)
            || !Get(caller, fd, static file => file.CanRead).TryGet(out MqueueDescription? file, out error))
        {
            return error;
        }

        Result<QueuedMessage> received = length < (ulong)file.Queue.Attributes.MaximumBytes
            ? Errno.EMSGSIZE
            : file.Queue.Receive(caller, file.IsNonBlocking, deadline);
        file.Release();
        if (!received.TryGet(out QueuedMessage? message, out error))
        {
            return error;
        }

        error = priority.IsNull ? Errno.None : caller.Memory.Write(priority, message.Priority);
        error = error != Errno.None ? error : caller.Memory.Write(text, message.Bytes);
        return error != Errno.None ? error : message.Bytes.Length;
    }

    /// <summary>Has the process told by a signal when a message comes to the empty queue, once; without an event, no more.</summary>
    /// <returns>EBADF; EBUSY where a process is to be told already; EINVAL for a bad event; EFAULT.</returns>
    /// <remarks>Linux: mq_notify(3).</remarks>
    [Syscall(244, Name = "mq_notify", Unsupported = "SIGEV_THREAD, which needs a netlink socket: EBADF, ENOTSOCK, EINVAL, as for a descriptor that is none")]
    internal static SyscallResult MqNotify(UserThread caller, int fd, UserAddress eventAddress)
    {
        Errno error;
        SignalEvent wanted = default;
        if (!eventAddress.IsNull)
        {
            if (!caller.Memory.Read<SignalEvent>(eventAddress).TryGet(out wanted, out error))
            {
                return error;
            }

            error = wanted.Notify switch
            {
                NotifyKind.SIGEV_NONE => Errno.None,
                NotifyKind.SIGEV_SIGNAL => (uint)wanted.Signal <= SignalNumber.Maximum ? Errno.None : Errno.EINVAL,
                NotifyKind.SIGEV_THREAD => RefuseSocket(caller, wanted.Signal),
                _ => Errno.EINVAL,
            };
            if (error != Errno.None)
            {
                return error;
            }
        }

        if (!Get(caller, fd, static _ => true).TryGet(out MqueueDescription? file, out error))
        {
            return error;
        }

        if (eventAddress.IsNull)
        {
            file.Queue.Unregister(caller.Process);
        }
        else
        {
            error = file.Queue.Register(caller, wanted);
        }

        file.Release();
        return error;
    }

    /// <summary>Stores a queue's size, state and O_NONBLOCK, and sets the last.</summary>
    /// <returns>EBADF; EINVAL for another flag; EFAULT.</returns>
    /// <remarks>Linux: mq_getattr(3).</remarks>
    [Syscall(245, Name = "mq_getsetattr")]
    internal static SyscallResult MqGetSetAttr(UserThread caller, int fd, UserAddress newAttributes, UserAddress oldAttributes)
    {
        MqueueAttributes wanted = default;
        if (!newAttributes.IsNull && !caller.Memory.Read<MqueueAttributes>(newAttributes).TryGet(out wanted, out Errno error))
        {
            return error;
        }

        if ((wanted.Flags & ~(long)OpenFlags.O_NONBLOCK) != 0)
        {
            return Errno.EINVAL;
        }

        if (!Get(caller, fd, static _ => true).TryGet(out MqueueDescription? file, out error))
        {
            return error;
        }

        MqueueAttributes old = file.Queue.Attributes with { Flags = (long)(file.Flags & OpenFlags.O_NONBLOCK) };
        if (!newAttributes.IsNull)
        {
            file.SetFlags((file.Flags & ~OpenFlags.O_NONBLOCK) | (OpenFlags)wanted.Flags);
        }

        file.Release();
        return oldAttributes.IsNull ? SyscallResult.Success : caller.Memory.Write(oldAttributes, old);
    }

    private static Result<FileDescription> Open(UserThread caller, byte[] name, in OpenRequest request, in MqueueAttributes size)
    {
        Location place = caller.Kernel.Files.Mqueues.Place;
        var directory = (MqueueDirectory)place.Inode;
        while (true)
        {
            if (directory.Lookup(place.Dentry, name, caller).TryGet(out Dentry? found, out Errno error))
            {
                return request.Has(OpenFlags.O_CREAT) && request.Has(OpenFlags.O_EXCL) ? Errno.EEXIST
                    : (request.Flags & OpenFlags.O_ACCMODE) == OpenFlags.O_ACCMODE ? Errno.EINVAL
                    : FileOpener.OpenExisting(caller.Context(), place with { Dentry = found }, request);
            }

            error = !request.Has(OpenFlags.O_CREAT) ? error : size.Check(caller.Credentials);
            if (error != Errno.None)
            {
                return error;
            }

            Credentials credentials = caller.Credentials;
            var file = new NewFile(FileMode.S_IFREG | (request.Mode & FileMode.S_IRWXUGO & ~caller.FileSystem.Umask), credentials.FileSystemUserId, credentials.FileSystemGroupId);
            if (directory.Create(caller, place.Dentry, name, file, size).TryGet(out found, out error))
            {
                FileEvents.OfName(directory, found.Name, found.Inode, InotifyMask.IN_CREATE);
                return found.Inode.Open(place with { Dentry = found }, request.Flags, caller);
            }

            if (error != Errno.EEXIST)
            {
                return error;
            }
        }
    }

    private static Errno Send(UserThread caller, MqueueDescription file, UserAddress text, ulong length, uint priority, long? deadline) =>
        length > (ulong)file.Queue.Attributes.MaximumBytes
            ? Errno.EMSGSIZE
            : file.Queue.Send(caller, text, (int)length, priority, file.IsNonBlocking, deadline);

    /// <summary>A name in the one directory that there is.</summary>
    private static Result<byte[]> ReadName(UserThread caller, UserAddress address)
    {
        if (!caller.Memory.ReadPath(address).TryGet(out byte[]? name, out Errno error))
        {
            return error;
        }

        ReadOnlySpan<byte> text = name;
        return text.IsEmpty ? Errno.ENOENT
            : text.Contains((byte)'/') || text.SequenceEqual("."u8) || text.SequenceEqual(".."u8) ? Errno.EACCES
            : text.Length > MaximumName ? Errno.ENAMETOOLONG
            : name;
    }

    private static Result<long?> ReadDeadline(UserThread caller, UserAddress timeout)
    {
        if (timeout.IsNull)
        {
            return Result.Of<long?>(null);
        }

        return !caller.Memory.Read<TimeSpec>(timeout).TryGet(out TimeSpec time, out Errno error) ? error
            : time.IsValid ? Result.Of<long?>(time.ToNanoseconds())
            : Errno.EINVAL;
    }

    private static Result<MqueueDescription> Get(UserThread caller, int fd, Predicate<FileDescription> fits)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (file is MqueueDescription queue && fits(file))
        {
            return queue;
        }

        file.Release();
        return Errno.EBADF;
    }

    /// <summary>What SIGEV_THREAD is answered: the descriptor is no netlink socket, as there are none.</summary>
    private static Errno RefuseSocket(UserThread caller, int fd)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        bool isSocket = file is Network.SocketDescription;
        file.Release();
        return isSocket ? Errno.EINVAL : Errno.ENOTSOCK;
    }
}
