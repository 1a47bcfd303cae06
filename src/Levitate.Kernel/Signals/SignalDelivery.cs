using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Signals;

/// <summary>Acts on a thread's signals before it enters user mode: builds handlers' frames, ends or stops the process, restarts interrupted calls.</summary>
/// <remarks>Linux: signal(7), sigreturn(2); System V ABI for x86-64 (the red zone).</remarks>
internal static class SignalDelivery
{
    private const ulong RestartSyscallNumber = 219;
    private const ulong SyscallInstructionLength = 2;
    private const ulong RedZoneBytes = 128;
    private const ulong VectorStateAlignment = 64;

    // TF, DF and RF: a handler begins without single-stepping and with the direction that the ABI wants.
    private const ulong FlagsClearedForHandler = 0x1_0500;
    private const ushort UserCodeSegment = 0x33;
    private const ushort UserStackSegment = 0x2b;

    /// <summary>Acts on all signals that are deliverable.</summary>
    /// <param name="thread">The calling thread.</param>
    /// <param name="registers">Its registers.</param>
    /// <param name="call">The number of the system call that was left, or <see cref="UserThread.NoSyscall"/>.</param>
    internal static void Deliver(UserThread thread, ref UserRegisters registers, long call)
    {
        ProcessSignals signals = thread.Process.Signals;
        while (true)
        {
            switch (signals.Take(thread, out SignalInfo info, out SignalAction action))
            {
                case SignalDisposition.Nothing:
                    RestartWithoutHandler(ref registers, call);
                    RestoreMask(thread);
                    return;
                case SignalDisposition.Terminate:
                    bool isDumping = (SignalNumber.Dumping & SignalNumber.Bit(info.Signal)) != 0;
                    LogFatal(thread, registers, info, isDumping);

                    // No core is ever written. The flag says that one was asked for, as it would on Linux, where it says that there is one.
                    bool dumpsCore = isDumping && thread.Process.Limits[ResourceLimitKind.RLIMIT_CORE].Soft != 0;
                    thread.Process.BeginExit(WaitStatus.Killed(info.Signal, dumpsCore));
                    return;
                case SignalDisposition.BeginStop:
                    if (info.Signal == SignalNumber.SIGSTOP || !thread.Kernel.Processes.IsOrphanedGroup(thread.Process.ProcessGroupId))
                    {
                        signals.BeginStop(info.Signal);
                    }

                    break;
                case SignalDisposition.JoinStop:
                    signals.JoinStop(thread);
                    break;
                case SignalDisposition.Handle:
                    RestartBeforeHandler(ref registers, call, action);
                    call = UserThread.NoSyscall;
                    EnterHandler(thread, ref registers, info, action);
                    break;
            }
        }
    }

    /// <summary>rt_sigreturn: puts back what <see cref="EnterHandler"/> saved. False: the frame is bad.</summary>
    internal static bool TryReturn(UserThread thread, ref UserRegisters registers)
    {
        // The handler's ret has popped the return address.
        var address = new UserAddress(registers.Rsp - 8);
        var frame = default(SignalFrame);
        if (thread.Memory.Read(address, MemoryMarshal.AsBytes(new Span<SignalFrame>(ref frame))) != Errno.None
            || !SignalVectorState.Restore(thread, new UserAddress(frame.Context.VectorState)))
        {
            return false;
        }

        thread.Process.Signals.SetBlocked(thread, frame.Mask);
        frame.Context.Restore(ref registers);

        // A bad stack in the frame is ignored, as the kernel's own would be by then.
        AlternateStack.Set(thread, frame.Stack, registers.Rsp);
        thread.AddOwnWork(ThreadWork.NoRestart);
        return true;
    }

    private static void RestartWithoutHandler(ref UserRegisters registers, long call)
    {
        if (call == UserThread.NoSyscall)
        {
            return;
        }

        switch (-(long)registers.Rax)
        {
            case (long)Errno.ERESTARTSYS or (long)Errno.ERESTARTNOINTR or (long)Errno.ERESTARTNOHAND:
                registers.Rax = (ulong)call;
                registers.Rip -= SyscallInstructionLength;
                break;
            case (long)Errno.ERESTART_RESTARTBLOCK:
                registers.Rax = RestartSyscallNumber;
                registers.Rip -= SyscallInstructionLength;
                break;
        }
    }

    private static void RestartBeforeHandler(ref UserRegisters registers, long call, in SignalAction action)
    {
        if (call == UserThread.NoSyscall)
        {
            return;
        }

        bool restarts = -(long)registers.Rax switch
        {
            (long)Errno.ERESTARTNOINTR => true,
            (long)Errno.ERESTARTSYS => (action.Flags & SignalActionFlags.SA_RESTART) != 0,
            _ => false,
        };
        if (restarts)
        {
            registers.Rax = (ulong)call;
            registers.Rip -= SyscallInstructionLength;
        }
        else if (-(long)registers.Rax is >= (long)Errno.ERESTARTSYS and <= (long)Errno.ERESTART_RESTARTBLOCK)
        {
            registers.Rax = unchecked((ulong)-(long)Errno.EINTR);
        }
    }

    private static void RestoreMask(UserThread thread)
    {
        thread.ClearWork(ThreadWork.RestoreMask);
        if (thread.Signals.SavedBlocked is { } saved)
        {
            thread.Signals.SavedBlocked = null;
            thread.Process.Signals.SetBlocked(thread, saved);
        }
    }

    private static void EnterHandler(UserThread thread, ref UserRegisters registers, in SignalInfo info, in SignalAction action)
    {
        if (!thread.Sequence.TryLeaveSection(thread, ref registers) || !TryBuildFrame(thread, registers, info, action, out UserAddress frame))
        {
            if (info.Signal == SignalNumber.SIGSEGV)
            {
                thread.Process.Signals.ResetAction(SignalNumber.SIGSEGV);
            }

            thread.Process.Signals.SendFault(thread, SignalInfo.FromKernel(SignalNumber.SIGSEGV));
            return;
        }

        registers.Rdi = (ulong)info.Signal;
        registers.Rsi = frame.Value + SignalFrame.InfoOffset;
        registers.Rdx = frame.Value + SignalFrame.ContextOffset;
        registers.Rax = 0;
        registers.Rsp = frame.Value;
        registers.Rip = action.Handler;
        registers.Rflags &= ~FlagsClearedForHandler;
        thread.Context.ResetVectorState();
        if (thread.Signals.AlternateStackAutoDisarm)
        {
            thread.Signals.DisableAlternateStack();
        }

        ulong blocked = thread.Signals.Blocked | action.Mask;
        if ((action.Flags & SignalActionFlags.SA_NODEFER) == 0)
        {
            blocked |= SignalNumber.Bit(info.Signal);
        }

        thread.Signals.SavedBlocked = null;
        thread.ClearWork(ThreadWork.RestoreMask);
        thread.Process.Signals.SetBlocked(thread, blocked);
    }

    private static bool TryBuildFrame(UserThread thread, in UserRegisters registers, in SignalInfo info, in SignalAction action, out UserAddress address)
    {
        address = default;
        if ((action.Flags & SignalActionFlags.SA_RESTORER) == 0)
        {
            return false;
        }

        ThreadSignals signals = thread.Signals;
        bool wasOnAlternate = signals.IsOnAlternateStack(registers.Rsp);
        bool entersAlternate = (action.Flags & SignalActionFlags.SA_ONSTACK) != 0 && signals.AlternateStackSize != 0 && !wasOnAlternate;
        ulong top = entersAlternate ? signals.AlternateStack + signals.AlternateStackSize : registers.Rsp - RedZoneBytes;
        ulong vectorBytes = (ulong)(thread.Context.VectorState.Length + SignalVectorState.TrailerSize);
        ulong vector = (top - vectorBytes) & ~(VectorStateAlignment - 1);
        address = new UserAddress(((vector - SignalFrame.Size) & ~15UL) - 8);
        if ((entersAlternate || wasOnAlternate) && (address.Value < signals.AlternateStack || address.Value >= signals.AlternateStack + signals.AlternateStackSize))
        {
            return false;
        }

        var frame = default(SignalFrame);
        frame.ReturnAddress = action.Restorer;
        frame.ContextFlags = SignalFrame.ContextFlagsValue;
        frame.Stack = AlternateStack.Get(thread, registers.Rsp);
        frame.Context.Save(registers);
        frame.Context.CodeSegment = UserCodeSegment;
        frame.Context.StackSegment = UserStackSegment;
        frame.Context.VectorState = vector;
        frame.Mask = signals.SavedBlocked ?? signals.Blocked;
        frame.Context.OldMask = frame.Mask;
        frame.Info = info;
        return SignalVectorState.Save(thread, new UserAddress(vector)) == Errno.None
            && thread.Memory.Write(address, frame) == Errno.None;
    }

    private static void LogFatal(UserThread thread, in UserRegisters registers, in SignalInfo info, bool isDumping)
    {
        if (isDumping)
        {
            thread.Kernel.Log.WriteLine($"[FAULT] process {thread.Process.ProcessId} thread {thread.ThreadId}: signal {info.Signal} code {info.Code} address 0x{info.Field0:x} rip 0x{registers.Rip:x} rsp 0x{registers.Rsp:x} error 0x{registers.ErrorCode:x}");
        }
    }
}
