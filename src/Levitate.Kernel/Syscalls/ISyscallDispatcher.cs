using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Syscalls;

/// <summary>How a thread's loop has its system calls done. A type parameter of the loop, so that the choice costs a call nothing.</summary>
internal interface ISyscallDispatcher
{
    /// <summary>Does a call with the arguments in the registers.</summary>
    static abstract SyscallResult Dispatch(UserThread caller, ref UserRegisters registers, uint number);
}

/// <summary>Straight to the handler.</summary>
internal readonly struct DirectDispatcher : ISyscallDispatcher
{
    /// <inheritdoc/>
    public static SyscallResult Dispatch(UserThread caller, ref UserRegisters registers, uint number) => SyscallTable.Dispatch(caller, ref registers, number);
}

/// <summary>By way of the trace.</summary>
internal readonly struct TracingDispatcher : ISyscallDispatcher
{
    /// <inheritdoc/>
    public static SyscallResult Dispatch(UserThread caller, ref UserRegisters registers, uint number) => SyscallTrace.Dispatch(caller, ref registers, number);
}
