using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Syscalls;

/// <summary>What goes wrong inside the kernel.</summary>
internal enum InjectedFault : uint
{
    /// <summary>An exception is thrown.</summary>
    Exception = 0,

    /// <summary>A null reference is followed: a page fault in ring 0.</summary>
    NullReference = 1,

    /// <summary>An array is read past its end.</summary>
    IndexOutOfRange = 2,

    /// <summary>A number is divided by zero: a divide error in ring 0.</summary>
    DivideByZero = 3,

    /// <summary>The kernel's own memory does not suffice.</summary>
    OutOfMemory = 4,

    /// <summary>An exception is thrown while a lock is held that every call of this kind takes.</summary>
    ExceptionUnderLock = 5,

    /// <summary>An exception is thrown on a kernel thread that works for nobody: a panic.</summary>
    ExceptionOnKernelThread = 6,

    /// <summary>A lock is taken under a later one; noticed where the order is checked.</summary>
    LockInversion = 7,

    /// <summary>A thread sleeps with a lock held; noticed likewise.</summary>
    SleepUnderLock = 8,

    /// <summary>A lock of the floor's is taken with interrupts on; noticed likewise: a panic.</summary>
    SpinLockWithInterruptsOn = 9,

    /// <summary>A lock of the floor's is taken under a later one; likewise.</summary>
    SpinLockInversion = 10,

    /// <summary>A thread gives up its processor with a lock of the floor's held; likewise.</summary>
    SleepUnderSpinLock = 11,
}

/// <summary>The test-only call that meets a bug in the kernel, to show that it ends its caller alone.</summary>
internal static class FaultInjection
{
    private static readonly int[] s_one = [0];

    /// <summary>Guards nothing; a leaf lock.</summary>
    private static KernelLock s_lock = new(LockOrder.FaultInjection);

    /// <summary>Throws inside the kernel. Exists only when the kernel was started with the option fault-injection; ENOSYS else.</summary>
    /// <remarks>Not Linux's; the number is far above Linux's own.</remarks>
    [Syscall(1000, Name = "levitate_inject_fault")]
    internal static SyscallResult InjectFault(UserThread caller, InjectedFault fault)
    {
        if (!caller.Kernel.Options.FaultInjection)
        {
            return Errno.ENOSYS;
        }

        return fault switch
        {
            InjectedFault.Exception => throw new InvalidOperationException("injected"),
            InjectedFault.NullReference => Length(null!),
            InjectedFault.IndexOutOfRange => s_one[caller.ThreadId],
            InjectedFault.DivideByZero => 1 / s_one[0],
            InjectedFault.OutOfMemory => Length(new string('x', 1 << 29)),
            InjectedFault.ExceptionUnderLock => ThrowUnderLock(),
            InjectedFault.ExceptionOnKernelThread => ThrowOnKernelThread(caller),
            InjectedFault.LockInversion => InvertLocks(caller),
            InjectedFault.SleepUnderLock => SleepUnderLock(caller),
            InjectedFault.SpinLockWithInterruptsOn => MisuseSpinLock(caller, SpinLockMisuse.InterruptsOn),
            InjectedFault.SpinLockInversion => MisuseSpinLock(caller, SpinLockMisuse.Inversion),
            InjectedFault.SleepUnderSpinLock => MisuseSpinLock(caller, SpinLockMisuse.Sleep),
            _ => Errno.EINVAL,
        };
    }

    private static SyscallResult InvertLocks(UserThread caller)
    {
        using (s_lock.Enter())
        {
            return caller.Process.Threads.Count;
        }
    }

    private static SyscallResult SleepUnderLock(UserThread caller)
    {
        using (s_lock.Enter())
        {
            return caller.Parker.Park(deadline: 0) ? 1 : 0;
        }
    }

    private static SyscallResult MisuseSpinLock(UserThread caller, SpinLockMisuse misuse)
    {
        caller.Kernel.Machine.MisuseSpinLock(misuse);
        return SyscallResult.Success;
    }

    private static SyscallResult ThrowUnderLock()
    {
        using (s_lock.Enter())
        {
            throw new InvalidOperationException("injected under a lock");
        }
    }

    private static SyscallResult ThrowOnKernelThread(UserThread caller) =>
        caller.Kernel.Machine.TryStartThread("injected", static () => throw new InvalidOperationException("injected on a kernel thread"))
            ? SyscallResult.Success
            : Errno.EAGAIN;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Length(string text) => text.Length;
}
