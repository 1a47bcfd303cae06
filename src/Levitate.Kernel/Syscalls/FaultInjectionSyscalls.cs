using System;
using System.Runtime.CompilerServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Syscalls;

/// <summary>Which exception the fault-injection call throws.</summary>
internal enum InjectedFault
{
    InvalidOperation = 1,

    /// <summary>By a real use of null.</summary>
    NullReference = 2,

    /// <summary>By a real access beyond an array.</summary>
    IndexOutOfRange = 3,

    OutOfMemory = 4,
}

/// <summary>The test-only call that shows what becomes of a bug in the kernel. Its number lies outside Linux's table ("LV", 1).</summary>
internal static class FaultInjectionSyscalls
{
    /// <summary>Throws an exception inside the kernel. Only with the boot option fault-injection; else ENOSYS like any unknown number.</summary>
    /// <returns>EINVAL for an unknown fault; ENOSYS.</returns>
    [Syscall(0x4c56_0001, Name = "levitate_inject_fault")]
    internal static SyscallResult InjectFault(UserThread caller, InjectedFault fault)
    {
        if (!caller.Kernel.Options.FaultInjection)
        {
            return Errno.ENOSYS;
        }

        return fault switch
        {
            InjectedFault.InvalidOperation => throw new InvalidOperationException("injected"),
            InjectedFault.NullReference => UseNothing(null),
            InjectedFault.IndexOutOfRange => ReadBeyond(new byte[1], 1),
            InjectedFault.OutOfMemory => throw new OutOfMemoryException("injected"),
            _ => Errno.EINVAL,
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SyscallResult UseNothing(byte[]? nothing) => nothing!.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SyscallResult ReadBeyond(byte[] bytes, int index) => (int)bytes[index];
}
