using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Processes;

/// <summary>The ends of threads and processes.</summary>
internal static class ExitSyscalls
{
    /// <summary>Ends the calling thread; the process ends with its last one.</summary>
    /// <remarks>Linux: _exit(2).</remarks>
    [Syscall(60)]
    internal static SyscallResult Exit(UserThread caller, int status)
    {
        caller.BeginExit(WaitStatus.Exited(status));
        return SyscallResult.Success;
    }

    /// <summary>Ends the process with all its threads.</summary>
    /// <remarks>Linux: exit_group(2).</remarks>
    [Syscall(231, Name = "exit_group")]
    internal static SyscallResult ExitGroup(UserThread caller, int status)
    {
        caller.Process.BeginExit(WaitStatus.Exited(status));
        return SyscallResult.Success;
    }
}
