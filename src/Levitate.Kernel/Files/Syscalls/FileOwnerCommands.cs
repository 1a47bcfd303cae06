using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files.Syscalls;

/// <summary>fcntl's commands about who is told by a signal that a file is ready, and by which.</summary>
/// <remarks>Linux: fcntl(2) "Managing signals".</remarks>
internal static class FileOwnerCommands
{
    /// <summary>The requests of ioctl(2) for the same, of sockets alone (asm-generic/sockios.h).</summary>
    internal const uint FIOSETOWN = 0x8901, SIOCSPGRP = 0x8902, FIOGETOWN = 0x8903, SIOCGPGRP = 0x8904;

    /// <summary>Runs one.</summary>
    /// <returns>By command; EINVAL for a bad signal, type or number; ESRCH for who is not there; EFAULT.</returns>
    public static SyscallResult Run(UserThread caller, FileDescription file, FileCommand command, ulong argument)
    {
        var address = new UserAddress(argument);
        switch (command)
        {
            case FileCommand.F_SETOWN:
                return SetOwner(caller, file, (int)argument);
            case FileCommand.F_GETOWN:
                return GetOwner(file);
            case FileCommand.F_SETOWN_EX:
                return caller.Memory.Read<FileOwnerName>(address).TryGet(out FileOwnerName name, out Errno error) ? file.Owner.SetName(caller, name) : error;
            case FileCommand.F_GETOWN_EX:
                return caller.Memory.Write(address, file.Owner.Name);
            case FileCommand.F_GETSIG:
                return file.Owner.Signal;
            default:
                if (argument > SignalNumber.Maximum)
                {
                    return Errno.EINVAL;
                }

                file.Owner.Signal = (int)argument;
                return SyscallResult.Success;
        }
    }

    /// <summary>F_SETOWN, and FIOSETOWN of sockets: a process, or a group by its negative number.</summary>
    internal static Errno SetOwner(UserThread caller, FileDescription file, int id)
    {
        if (id == int.MinValue)
        {
            return Errno.EINVAL;
        }

        return file.Owner.SetName(caller, id < 0 ? new FileOwnerName(FileOwnerType.F_OWNER_PGRP, -id) : new FileOwnerName(FileOwnerType.F_OWNER_PID, id));
    }

    /// <summary>F_GETOWN, and FIOGETOWN of sockets. The numbers of some groups look like errors, as on Linux.</summary>
    internal static int GetOwner(FileDescription file)
    {
        FileOwnerName name = file.Owner.Name;
        return name.Type == FileOwnerType.F_OWNER_PGRP ? -name.Id : name.Id;
    }
}
