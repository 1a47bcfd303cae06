using Levitate.Kernel.Abi;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Processes;

/// <summary>Who a thread and its relatives are: IDs, groups, sessions.</summary>
internal static class IdentitySyscalls
{
    /// <summary>The process ID.</summary>
    /// <remarks>Linux: getpid(2).</remarks>
    [Syscall(39)]
    internal static SyscallResult GetPid(UserThread caller) => caller.Process.ProcessId;

    /// <summary>The parent's process ID.</summary>
    /// <remarks>Linux: getppid(2).</remarks>
    [Syscall(110)]
    internal static SyscallResult GetPpid(UserThread caller) => caller.Process.ParentProcessId;

    /// <summary>The thread ID.</summary>
    /// <remarks>Linux: gettid(2).</remarks>
    [Syscall(186)]
    internal static SyscallResult GetTid(UserThread caller) => caller.ThreadId;

    /// <summary>Where a zero is stored and a futex woken when the thread ends; answers the thread ID.</summary>
    /// <remarks>Linux: set_tid_address(2).</remarks>
    [Syscall(218, Name = "set_tid_address")]
    internal static SyscallResult SetTidAddress(UserThread caller, Platform.UserAddress address)
    {
        caller.ClearChildThreadId = address;
        return caller.ThreadId;
    }

    /// <summary>The caller's process group.</summary>
    /// <remarks>Linux: getpgrp(2).</remarks>
    [Syscall(111)]
    internal static SyscallResult GetPgrp(UserThread caller) => caller.Process.ProcessGroupId;

    /// <summary>A process's group.</summary>
    /// <returns>ESRCH.</returns>
    /// <remarks>Linux: getpgid(2).</remarks>
    [Syscall(121)]
    internal static SyscallResult GetPgid(UserThread caller, int processId) =>
        Find(caller, processId) is { } process ? process.ProcessGroupId : Errno.ESRCH;

    /// <summary>A process's session.</summary>
    /// <returns>ESRCH.</returns>
    /// <remarks>Linux: getsid(2).</remarks>
    [Syscall(124)]
    internal static SyscallResult GetSid(UserThread caller, int processId) =>
        Find(caller, processId) is { } process ? process.SessionId : Errno.ESRCH;

    /// <summary>Moves the caller or a child into a process group of its session, or a new one.</summary>
    /// <returns>EINVAL for a negative group; ESRCH; EACCES for a child that has executed a program; EPERM for a session leader, another session, or a group that is not there.</returns>
    /// <remarks>Linux: setpgid(2).</remarks>
    [Syscall(109)]
    internal static SyscallResult SetPgid(UserThread caller, int processId, int group)
    {
        if (group < 0)
        {
            return Errno.EINVAL;
        }

        ProcessTable table = caller.Kernel.Processes;
        using (table.Families.EnterAll())
        {
            Process? process = Find(caller, processId);
            if (process is null || process.IsZombie)
            {
                return Errno.ESRCH;
            }

            if (process != caller.Process)
            {
                if (process.Parent != caller.Process)
                {
                    return Errno.ESRCH;
                }

                if (process.SessionId != caller.Process.SessionId)
                {
                    return Errno.EPERM;
                }

                if (process.HasExecuted)
                {
                    return Errno.EACCES;
                }
            }

            int wanted = group == 0 ? process.ProcessId : group;
            if (process.SessionId == process.ProcessId || (wanted != process.ProcessId && !table.GroupExists(wanted, caller.Process.SessionId)))
            {
                return Errno.EPERM;
            }

            table.Move(process, wanted, process.SessionId);
            return SyscallResult.Success;
        }
    }

    /// <summary>Makes the caller the leader of a new session without a terminal.</summary>
    /// <returns>The session; EPERM where a process group has the caller's ID.</returns>
    /// <remarks>Linux: setsid(2).</remarks>
    [Syscall(112)]
    internal static SyscallResult SetSid(UserThread caller)
    {
        Process process = caller.Process;
        ProcessTable table = caller.Kernel.Processes;
        using (table.Families.EnterAll())
        {
            if (table.MembersOf(process.ProcessId).Count > 0)
            {
                return Errno.EPERM;
            }

            table.Move(process, process.ProcessId, process.ProcessId);
            process.ControllingTerminal = null;
            process.HungUpGroup = 0;
            return process.ProcessId;
        }
    }

    private static Process? Find(UserThread caller, int processId) =>
        processId == 0 ? caller.Process : caller.Kernel.Processes.Find(processId);
}
