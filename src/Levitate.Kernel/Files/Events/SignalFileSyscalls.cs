using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files.Events;

/// <summary>signalfd and signalfd4.</summary>
internal static class SignalFileSyscalls
{
    /// <summary>Makes a file that signals are read from, or changes which.</summary>
    [Syscall(282)]
    internal static SyscallResult Signalfd(UserThread caller, int fd, UserAddress mask, ulong size) => Signalfd4(caller, fd, mask, size, OpenFlags.O_RDONLY);

    /// <summary>Makes a file that signals are read from (fd -1), or changes which; with flags.</summary>
    /// <returns>The descriptor; EINVAL for unknown flags, a set size other than 8 or another file; EBADF, EFAULT, EMFILE.</returns>
    /// <remarks>Linux: signalfd4(2), since 2.6.27.</remarks>
    [Syscall(289)]
    internal static SyscallResult Signalfd4(UserThread caller, int fd, UserAddress mask, ulong size, OpenFlags flags)
    {
        if (size != TemporaryMask.SetSize || (flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<ulong>(mask).TryGet(out ulong signals, out Errno error))
        {
            return error;
        }

        signals &= ~SignalNumber.Unblockable;
        if (fd == -1)
        {
            AnonymousFileSystem fileSystem = caller.Kernel.Files.Anonymous;
            var made = new SignalDescription(
                fileSystem.Place(new AnonymousInode(fileSystem), "anon_inode:[signalfd]"u8), OpenFlags.O_RDWR | (flags & OpenFlags.O_NONBLOCK), signals);
            return OpenSyscalls.Install(caller, made, (flags & OpenFlags.O_CLOEXEC) != 0);
        }

        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out error))
        {
            return error;
        }

        if (file is not SignalDescription existing)
        {
            return Transfer.Abandon(file, Errno.EINVAL);
        }

        existing.Mask = signals;
        caller.Process.Signals.Arrived.WakeAll();
        file.Release();
        return fd;
    }
}
