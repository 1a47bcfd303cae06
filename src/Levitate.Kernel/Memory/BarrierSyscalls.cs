using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Memory;

/// <summary>Commands of membarrier(2), each a bit in the answer to the query.</summary>
/// <remarks>Linux: membarrier(2), linux/membarrier.h.</remarks>
[Flags]
internal enum BarrierCommands
{
    MEMBARRIER_CMD_QUERY = 0,
    MEMBARRIER_CMD_GLOBAL = 1,
    MEMBARRIER_CMD_GLOBAL_EXPEDITED = 2,
    MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED = 4,
    MEMBARRIER_CMD_PRIVATE_EXPEDITED = 8,
    MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 16,
    MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE = 32,
    MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 64,
    MEMBARRIER_CMD_GET_REGISTRATIONS = 512,
}

/// <summary>membarrier.</summary>
internal static class BarrierSyscalls
{
    private const BarrierCommands Registrations = BarrierCommands.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED
        | BarrierCommands.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
        | BarrierCommands.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;

    private const BarrierCommands Barriers = BarrierCommands.MEMBARRIER_CMD_GLOBAL
        | BarrierCommands.MEMBARRIER_CMD_GLOBAL_EXPEDITED
        | BarrierCommands.MEMBARRIER_CMD_PRIVATE_EXPEDITED
        | BarrierCommands.MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE;

    /// <summary>
    /// Has all threads, or those of the process, order their memory accesses before it returns. Every barrier interrupts all
    /// CPUs that run programs, which is more than some of the commands ask for.
    /// </summary>
    /// <returns>The commands that there are for MEMBARRIER_CMD_QUERY; EINVAL for other commands and for flags; EPERM for a private barrier that was not registered.</returns>
    /// <remarks>Linux: membarrier(2).</remarks>
    [Syscall(324, Unsupported = "MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ and its registration, MEMBARRIER_CMD_FLAG_CPU: EINVAL, as without rseq")]
    internal static SyscallResult Membarrier(UserThread caller, BarrierCommands command, uint flags, int processor)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        AddressSpace space = caller.Process.AddressSpace;
        switch (command)
        {
            case BarrierCommands.MEMBARRIER_CMD_QUERY:
                return (int)(Barriers | Registrations | BarrierCommands.MEMBARRIER_CMD_GET_REGISTRATIONS);
            case BarrierCommands.MEMBARRIER_CMD_GET_REGISTRATIONS:
                return (int)space.BarrierRegistrations;
            case BarrierCommands.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED
                or BarrierCommands.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
                or BarrierCommands.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
                space.RegisterBarrier(command);
                return SyscallResult.Success;
            case BarrierCommands.MEMBARRIER_CMD_PRIVATE_EXPEDITED or BarrierCommands.MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE
                when (space.BarrierRegistrations & RegistrationOf(command)) == 0:
                return Errno.EPERM;
            case BarrierCommands.MEMBARRIER_CMD_GLOBAL or BarrierCommands.MEMBARRIER_CMD_GLOBAL_EXPEDITED
                or BarrierCommands.MEMBARRIER_CMD_PRIVATE_EXPEDITED or BarrierCommands.MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
                caller.Kernel.Machine.SynchronizeProcessors();
                return SyscallResult.Success;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>A command's registration is the next bit.</summary>
    private static BarrierCommands RegistrationOf(BarrierCommands command) => (BarrierCommands)((int)command << 1);
}
