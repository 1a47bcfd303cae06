using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>pidfd_open, pidfd_send_signal, pidfd_getfd.</summary>
internal static class ProcessFileSyscalls
{
    /// <summary>Makes a file that stands for a process. It is closed by execve.</summary>
    /// <returns>The descriptor; EINVAL for unknown flags, an impossible number or a thread that leads no process; ESRCH, EMFILE.</returns>
    /// <remarks>Linux: pidfd_open(2), since 5.3.</remarks>
    [Syscall(434, Name = "pidfd_open", Unsupported = "PIDFD_THREAD: EINVAL")]
    internal static SyscallResult PidfdOpen(UserThread caller, int processId, OpenFlags flags)
    {
        if ((flags & ~OpenFlags.O_NONBLOCK) != 0 || processId <= 0)
        {
            return Errno.EINVAL;
        }

        ProcessTable table = caller.Kernel.Processes;
        Process? process = table.Find(processId);
        if (process is null)
        {
            return table.FindThread(processId) is null ? Errno.ESRCH : Errno.EINVAL;
        }

        return OpenSyscalls.Install(caller, ProcessFileDescription.Create(process, flags), closeOnExec: true);
    }

    /// <summary>Sends a signal to the process that a file stands for, or a directory of /proc.</summary>
    /// <returns>EBADF for another file; EINVAL, EPERM, ESRCH where it was waited for; EFAULT.</returns>
    /// <remarks>Linux: pidfd_send_signal(2), since 5.1.</remarks>
    [Syscall(424, Name = "pidfd_send_signal")]
    internal static SyscallResult PidfdSendSignal(UserThread caller, int fd, int signal, UserAddress info, uint flags)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        Process? target = file is ProcessFileDescription own ? own.Process : file is DirectoryDescription { Location.Inode: IProcessInode named } ? named.SignalTarget : null;
        if (target is null)
        {
            return Transfer.Abandon(file, Errno.EBADF);
        }

        SignalInfo given = SignalInfo.FromProcess(signal, SignalCode.SI_USER, caller.Process.ProcessId, caller.Credentials.RealUserId);
        if (!info.IsNull && caller.Memory.Read<SignalInfo>(info).TryGet(out given, out error))
        {
            given.IsOfTimer = false;
            bool isForged = (given.Code >= 0 || given.Code == SignalCode.SI_TKILL) && target != caller.Process;
            error = given.Signal != signal ? Errno.EINVAL : isForged ? Errno.EPERM : Errno.None;
        }

        if (error == Errno.None)
        {
            error = IsThere(target) ? KillSyscalls.SendChecked(caller, target, null, given) : Errno.ESRCH;
        }

        return Transfer.Abandon(file, error);
    }

    /// <summary>Gives the caller a descriptor of a file that another process has open.</summary>
    /// <returns>The descriptor, to be closed by execve; EBADF, EINVAL for flags, EPERM, ESRCH, EMFILE.</returns>
    /// <remarks>Linux: pidfd_getfd(2), since 5.6.</remarks>
    [Syscall(438, Name = "pidfd_getfd")]
    internal static SyscallResult PidfdGetfd(UserThread caller, int fd, int targetFd, uint flags)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        if (!Get(caller, fd).TryGet(out ProcessFileDescription file, out Errno error))
        {
            return error;
        }

        Process target = file.Process;
        if (target != caller.Process && !MayLookInto(caller.Credentials, target))
        {
            return Transfer.Abandon(file, Errno.EPERM);
        }

        FileTable? files = target.TryAcquireFiles();
        file.Release();
        if (files is null)
        {
            return Errno.ESRCH;
        }

        bool isOpen = files.Get(targetFd).TryGet(out FileDescription? wanted, out error);
        files.Release();
        return isOpen ? OpenSyscalls.Install(caller, wanted, closeOnExec: true) : error;
    }

    /// <summary>The process file behind a descriptor, with a reference; EBADF for any other file.</summary>
    internal static Result<ProcessFileDescription> Get(UserThread caller, int fd)
    {
        if (!Transfer.Get(caller, fd).TryGet(out FileDescription? file, out Errno error))
        {
            return error;
        }

        if (file is ProcessFileDescription process)
        {
            return process;
        }

        file.Release();
        return Errno.EBADF;
    }

    /// <summary>Whether a process was not yet waited for.</summary>
    private static bool IsThere(Process process) => process.Kernel.Processes.Find(process.ProcessId) == process;

    private static bool MayLookInto(Credentials caller, Process target)
    {
        Credentials other = target.Credentials;
        bool isSame = caller.RealUserId == other.RealUserId && caller.RealUserId == other.EffectiveUserId && caller.RealUserId == other.SavedUserId
            && caller.RealGroupId == other.RealGroupId && caller.RealGroupId == other.EffectiveGroupId && caller.RealGroupId == other.SavedGroupId;
        return (isSame && target.IsDumpable) || caller.Has(Capability.CAP_SYS_PTRACE);
    }
}
