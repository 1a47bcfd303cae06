using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Processes;

/// <summary>Who a thread and its relatives are.</summary>
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
}
