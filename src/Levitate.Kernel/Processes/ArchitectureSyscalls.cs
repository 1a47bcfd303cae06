using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>arch_prctl's commands.</summary>
/// <remarks>Linux: arch_prctl(2).</remarks>
internal enum ArchitectureCommand
{
    ARCH_SET_GS = 0x1001,
    ARCH_SET_FS = 0x1002,
    ARCH_GET_FS = 0x1003,
    ARCH_GET_GS = 0x1004,
}

/// <summary>personality's execution domains and flags.</summary>
/// <remarks>Linux: personality(2).</remarks>
[System.Flags]
internal enum Personality : uint
{
    PER_LINUX = 0,
    UNAME26 = 0x0020000,
    ADDR_NO_RANDOMIZE = 0x0040000,
    FDPIC_FUNCPTRS = 0x0080000,
    MMAP_PAGE_ZERO = 0x0100000,
    ADDR_COMPAT_LAYOUT = 0x0200000,
    READ_IMPLIES_EXEC = 0x0400000,
    ADDR_LIMIT_32BIT = 0x0800000,
    SHORT_INODE = 0x1000000,
    WHOLE_SECONDS = 0x2000000,
    STICKY_TIMEOUTS = 0x4000000,
    ADDR_LIMIT_3GB = 0x8000000,
    Query = 0xffffffff,
}

/// <summary>What belongs to x86-64, and execution domains.</summary>
internal static class ArchitectureSyscalls
{
    /// <summary>Sets or stores the base of the fs or gs segment.</summary>
    /// <returns>EPERM for a base that is no user address; EFAULT; EINVAL for an unknown command.</returns>
    /// <remarks>Linux: arch_prctl(2).</remarks>
    [Syscall(158, Name = "arch_prctl", Unsupported = "ARCH_CET_*, ARCH_*_XCOMP_*, ARCH_*_CPUID: EINVAL, as on a processor without these")]
    internal static SyscallResult ArchPrctl(UserThread caller, ArchitectureCommand command, UserAddress address)
    {
        ref UserRegisters registers = ref caller.Context.Registers;
        switch (command)
        {
            case ArchitectureCommand.ARCH_SET_FS or ArchitectureCommand.ARCH_SET_GS:
                if (!UserLayout.IsUserRange(address.Value, 1))
                {
                    return Errno.EPERM;
                }

                if (command == ArchitectureCommand.ARCH_SET_FS)
                {
                    registers.FsBase = address.Value;
                }
                else
                {
                    caller.Context.GsBase = address.Value;
                }

                return SyscallResult.Success;
            case ArchitectureCommand.ARCH_GET_FS:
                return caller.Memory.Write(address, registers.FsBase);
            case ArchitectureCommand.ARCH_GET_GS:
                return caller.Memory.Write(address, caller.Context.GsBase);
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>Sets the execution domain; 0xffffffff only asks.</summary>
    /// <returns>The old one; EINVAL for one that would have to change what is mapped or reported.</returns>
    /// <remarks>Linux: personality(2).</remarks>
    [Syscall(135, Unsupported = "everything but PER_LINUX and ADDR_NO_RANDOMIZE (addresses are never randomized): EINVAL")]
    internal static SyscallResult Personality(UserThread caller, Personality persona)
    {
        uint old = caller.Process.Persona;
        if (persona == Processes.Personality.Query)
        {
            return old;
        }

        if ((persona & ~Processes.Personality.ADDR_NO_RANDOMIZE) != 0)
        {
            return Errno.EINVAL;
        }

        caller.Process.Persona = (uint)persona;
        return old;
    }
}
