using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Files.Events;

/// <summary>Flags of eventfd2.</summary>
[Flags]
internal enum EventFlags
{
    None = 0,
    EFD_SEMAPHORE = 1,
    EFD_NONBLOCK = 0x800,
    EFD_CLOEXEC = 0x80000,
}

/// <summary>eventfd and eventfd2.</summary>
internal static class EventSyscalls
{
    /// <summary>Makes a counter to be waited for.</summary>
    [Syscall(284)]
    internal static SyscallResult Eventfd(UserThread caller, uint initial) => Eventfd2(caller, initial, EventFlags.None);

    /// <summary>Makes a counter to be waited for, with flags.</summary>
    /// <remarks>Linux: eventfd(2), since 2.6.27.</remarks>
    [Syscall(290)]
    internal static SyscallResult Eventfd2(UserThread caller, uint initial, EventFlags flags)
    {
        if ((flags & ~(EventFlags.EFD_SEMAPHORE | EventFlags.EFD_NONBLOCK | EventFlags.EFD_CLOEXEC)) != 0)
        {
            return Errno.EINVAL;
        }

        AnonymousFileSystem fileSystem = caller.Kernel.Files.Anonymous;
        OpenFlags status = OpenFlags.O_RDWR | (OpenFlags)(int)(flags & EventFlags.EFD_NONBLOCK);
        var description = new EventDescription(
            fileSystem.Place(new AnonymousInode(fileSystem), "anon_inode:[eventfd]"u8), status, initial, (flags & EventFlags.EFD_SEMAPHORE) != 0);
        return OpenSyscalls.Install(caller, description, (flags & EventFlags.EFD_CLOEXEC) != 0);
    }
}
