using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Signals;

/// <summary>How rt_sigprocmask changes the mask.</summary>
internal enum MaskOperation
{
    SIG_BLOCK = 0,
    SIG_UNBLOCK = 1,
    SIG_SETMASK = 2,
}

/// <summary>Actions, masks, and waiting for signals.</summary>
internal static class SignalSyscalls
{
    private const int SignalInfoSize = 128;

    /// <summary>Sets and stores what a signal does.</summary>
    /// <returns>EINVAL for no signal, for SIGKILL and SIGSTOP, or a set size other than 8; EFAULT.</returns>
    /// <remarks>Linux: rt_sigaction(2).</remarks>
    [Syscall(13, Name = "rt_sigaction")]
    internal static SyscallResult RtSigAction(UserThread caller, int signal, UserAddress action, UserAddress oldAction, ulong setSize)
    {
        if (setSize != TemporaryMask.SetSize || signal is < 1 or > SignalNumber.Maximum)
        {
            return Errno.EINVAL;
        }

        SignalAction wanted = default;
        if (!action.IsNull)
        {
            if (!caller.Memory.Read<SignalAction>(action).TryGet(out wanted, out Errno error))
            {
                return error;
            }

            if ((SignalNumber.Unblockable & SignalNumber.Bit(signal)) != 0)
            {
                return Errno.EINVAL;
            }

            // An unknown flag is dropped, so that a program sees by reading the action back what is supported.
            wanted.Flags &= SignalActionFlags.SA_NOCLDSTOP | SignalActionFlags.SA_NOCLDWAIT | SignalActionFlags.SA_SIGINFO
                | SignalActionFlags.SA_RESTORER | SignalActionFlags.SA_ONSTACK | SignalActionFlags.SA_RESTART
                | SignalActionFlags.SA_NODEFER | SignalActionFlags.SA_RESETHAND;
        }

        ProcessSignals signals = caller.Process.Signals;
        SignalAction old = action.IsNull ? signals.GetAction(signal) : signals.SetAction(signal, wanted);
        return oldAction.IsNull ? SyscallResult.Success : caller.Memory.Write(oldAction, old);
    }

    /// <summary>Changes and stores the calling thread's mask.</summary>
    /// <returns>EINVAL for an unknown operation or a set size other than 8; EFAULT.</returns>
    /// <remarks>Linux: rt_sigprocmask(2).</remarks>
    [Syscall(14, Name = "rt_sigprocmask")]
    internal static SyscallResult RtSigProcMask(UserThread caller, MaskOperation operation, UserAddress set, UserAddress oldSet, ulong setSize)
    {
        if (setSize != TemporaryMask.SetSize)
        {
            return Errno.EINVAL;
        }

        ulong old = caller.Signals.Blocked;
        if (!set.IsNull)
        {
            if (!caller.Memory.Read<ulong>(set).TryGet(out ulong mask, out Errno error))
            {
                return error;
            }

            switch (operation)
            {
                case MaskOperation.SIG_BLOCK:
                    mask |= old;
                    break;
                case MaskOperation.SIG_UNBLOCK:
                    mask = old & ~mask;
                    break;
                case MaskOperation.SIG_SETMASK:
                    break;
                default:
                    return Errno.EINVAL;
            }

            caller.Process.Signals.SetBlocked(caller, mask);
        }

        return oldSet.IsNull ? SyscallResult.Success : caller.Memory.Write(oldSet, old);
    }

    /// <summary>Returns from a handler: puts back what its frame holds. A bad frame is a SIGSEGV.</summary>
    /// <remarks>Linux: sigreturn(2).</remarks>
    [Syscall(15, Name = "rt_sigreturn", Unsupported = "other code segments than that of 64-bit programs: ignored")]
    internal static SyscallResult RtSigReturn(UserThread caller)
    {
        ref UserRegisters registers = ref caller.Context.Registers;
        if (!SignalDelivery.TryReturn(caller, ref registers))
        {
            caller.Process.Signals.SendFault(caller, SignalInfo.FromKernel(SignalNumber.SIGSEGV));
        }

        return (long)registers.Rax;
    }

    /// <summary>Stores which signals are pending though blocked.</summary>
    /// <returns>EINVAL for a set size above 8; EFAULT.</returns>
    /// <remarks>Linux: rt_sigpending(2).</remarks>
    [Syscall(127, Name = "rt_sigpending")]
    internal static SyscallResult RtSigPending(UserThread caller, UserAddress set, ulong setSize)
    {
        if (setSize > TemporaryMask.SetSize)
        {
            return Errno.EINVAL;
        }

        ulong pending = caller.Process.Signals.GetPending(caller);
        return caller.Memory.Write(set, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in pending))[..(int)setSize]);
    }

    /// <summary>Takes a pending signal of a set, or waits for one.</summary>
    /// <returns>The signal; EAGAIN when the time is over; EINTR; EINVAL for a bad time or a set size other than 8; EFAULT.</returns>
    /// <remarks>Linux: rt_sigtimedwait(2).</remarks>
    [Syscall(128, Name = "rt_sigtimedwait")]
    internal static SyscallResult RtSigTimedWait(UserThread caller, UserAddress set, UserAddress info, UserAddress timeout, ulong setSize)
    {
        if (setSize != TemporaryMask.SetSize)
        {
            return Errno.EINVAL;
        }

        if (!caller.Memory.Read<ulong>(set).TryGet(out ulong wanted, out Errno error))
        {
            return error;
        }

        long deadline = ThreadParker.NoDeadline;
        if (!timeout.IsNull)
        {
            if (!caller.Memory.Read<TimeSpec>(timeout).TryGet(out TimeSpec time, out error))
            {
                return error;
            }

            if (!time.IsValid)
            {
                return Errno.EINVAL;
            }

            deadline = time.DeadlineAfter(caller.Process.Machine.Clock.MonotonicNanoseconds);
        }

        if (!WaitFor(caller, wanted & ~SignalNumber.Unblockable, deadline).TryGet(out SignalInfo taken, out error))
        {
            return error;
        }

        error = info.IsNull ? Errno.None : Store(caller, info, taken);
        return error != Errno.None ? error : taken.Signal;
    }

    /// <summary>Waits under another mask until a signal runs a handler or ends the process.</summary>
    /// <returns>EINTR; EINVAL for a set size other than 8; EFAULT.</returns>
    /// <remarks>Linux: rt_sigsuspend(2).</remarks>
    [Syscall(130, Name = "rt_sigsuspend")]
    internal static SyscallResult RtSigSuspend(UserThread caller, UserAddress set, ulong setSize)
    {
        Errno error = set.IsNull ? Errno.EFAULT : TemporaryMask.Set(caller, set, setSize);
        return error != Errno.None ? error : Suspend(caller);
    }

    /// <summary>Waits until a signal runs a handler or ends the process.</summary>
    /// <returns>EINTR.</returns>
    /// <remarks>Linux: pause(2).</remarks>
    [Syscall(34)]
    internal static SyscallResult Pause(UserThread caller) => Suspend(caller);

    /// <summary>Sets and stores the alternate signal stack.</summary>
    /// <returns>EPERM while it is in use; EINVAL for unknown flags; ENOMEM when too small; EFAULT.</returns>
    /// <remarks>Linux: sigaltstack(2).</remarks>
    [Syscall(131)]
    internal static SyscallResult SigAltStack(UserThread caller, UserAddress stack, UserAddress oldStack)
    {
        ulong stackPointer = caller.Context.Registers.Rsp;
        SignalStack old = AlternateStack.Get(caller, stackPointer);
        if (!stack.IsNull)
        {
            if (!caller.Memory.Read<SignalStack>(stack).TryGet(out SignalStack wanted, out Errno error))
            {
                return error;
            }

            error = AlternateStack.Set(caller, wanted, stackPointer);
            if (error != Errno.None)
            {
                return error;
            }
        }

        return oldStack.IsNull ? SyscallResult.Success : caller.Memory.Write(oldStack, old);
    }

    /// <summary>Goes on with a call that a signal without a handler interrupted; the kernel itself has programs call it.</summary>
    /// <returns>As that call; EINTR when there is none.</returns>
    /// <remarks>Linux: restart_syscall(2).</remarks>
    [Syscall(219, Name = "restart_syscall")]
    internal static SyscallResult RestartSyscall(UserThread caller)
    {
        Func<UserThread, SyscallResult>? restart = caller.RestartBlock;
        caller.RestartBlock = null;
        return restart is null ? Errno.EINTR : restart(caller);
    }

    private static SyscallResult Suspend(UserThread caller)
    {
        while (!caller.HasPendingSignal)
        {
            caller.Parker.Park(ThreadParker.NoDeadline);
        }

        return Errno.ERESTARTNOHAND;
    }

    private static Result<SignalInfo> WaitFor(UserThread caller, ulong wanted, long deadline)
    {
        ProcessSignals signals = caller.Process.Signals;
        if (signals.TryTakeAny(caller, wanted, out SignalInfo info))
        {
            return info;
        }

        signals.SetAwaited(caller, wanted);
        try
        {
            while (true)
            {
                if (signals.TryTakeAny(caller, wanted, out info))
                {
                    return info;
                }

                if (caller.HasPendingSignal)
                {
                    return Errno.EINTR;
                }

                if (!caller.Parker.Park(deadline) && !caller.HasPendingSignal)
                {
                    return Errno.EAGAIN;
                }
            }
        }
        finally
        {
            signals.SetAwaited(caller, 0);
        }
    }

    private static Errno Store(UserThread caller, UserAddress address, in SignalInfo info)
    {
        Span<byte> bytes = stackalloc byte[SignalInfoSize];
        bytes.Clear();
        MemoryMarshal.Write(bytes, info);
        return caller.Memory.Write(address, bytes);
    }
}
