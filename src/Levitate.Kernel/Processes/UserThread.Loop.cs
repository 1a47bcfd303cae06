using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;
using Levitate.Kernel.Syscalls;

namespace Levitate.Kernel.Processes;

/// <content>The life of a user thread: user mode, and what it was left for.</content>
public sealed partial class UserThread
{
    /// <summary>Stands for "not in a system call" where a call's number is asked.</summary>
    internal const long NoSyscall = -1;

    /// <summary>A thread of a process, entered nowhere yet; ENOMEM.</summary>
    internal static Result<UserThread> Create(Process process, int threadId)
    {
        UserContext? context = process.Machine.TryCreateUserContext();
        if (context is null)
        {
            return Errno.ENOMEM;
        }

        return new UserThread { Process = process, ThreadId = threadId, Context = context, Parker = process.Machine.CreateParker() };
    }

    /// <summary>The body of the first thread of the first program, which it loads itself.</summary>
    /// <param name="load">Loads; false when there is nothing to run.</param>
    internal void RunFirst(Func<bool> load)
    {
        bool isLoaded = false;

        // It was started by one of the kernel's own threads, which are more urgent than users'.
        AddOwnWork(ThreadWork.Terms);
        try
        {
            Context.Activate(Process.AddressSpace.PageTable);
            isLoaded = load();
        }
        catch (Exception exception)
        {
            Kernel.Contain(Process, exception);
        }

        if (!isLoaded)
        {
            BeginExit(WaitStatus.Exited(127));
        }

        Run();
    }

    /// <summary>The body of a thread that was cloned.</summary>
    /// <param name="threadIdAddress">Where its ID is stored in its memory (CLONE_CHILD_SETTID); null: nowhere. A fault there is no error.</param>
    internal void RunClone(UserAddress threadIdAddress)
    {
        try
        {
            t_current = this;
            Context.Activate(Process.AddressSpace.PageTable);
            _sequence.Begin(this);
            if (!threadIdAddress.IsNull)
            {
                _ = Memory.Write(threadIdAddress, ThreadId);
            }
        }
        catch (Exception exception)
        {
            Kernel.Contain(Process, exception);
        }

        Run();
    }

    /// <summary>Runs the thread to its end; the body of its kernel thread.</summary>
    internal void Run()
    {
        while (true)
        {
            try
            {
                t_current = this;
                if (Kernel.Options.Trace)
                {
                    Loop<TracingDispatcher>();
                }
                else
                {
                    Loop<DirectDispatcher>();
                }

                break;
            }
            catch (Exception exception)
            {
                // The boundary that contains a kernel bug: the process ends, the kernel goes on. A try around the whole
                // loop costs a system call nothing.
                Kernel.Contain(Process, exception);
            }
        }

        End();
        t_current = null;
    }

    private void Loop<TDispatcher>()
        where TDispatcher : struct, ISyscallDispatcher
    {
        UserContext context = Context;
        ref UserRegisters registers = ref context.Registers;
        if (Volatile.Read(ref _work) != 0 && !SeeToWork(ref registers, NoSyscall))
        {
            return;
        }

        while (true)
        {
            UserExit exit = context.Run();
            if (exit == UserExit.Syscall)
            {
                uint number = (uint)registers.Rax;
                registers.Rax = (ulong)TDispatcher.Dispatch(this, ref registers, number).Value;
                if (Volatile.Read(ref _work) != 0 && !SeeToWork(ref registers, number))
                {
                    return;
                }
            }
            else
            {
                LookAround(exit, ref registers);
                if (Volatile.Read(ref _work) != 0 && !SeeToWork(ref registers, NoSyscall))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Leaving user mode for another reason than a system call.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookAround(UserExit exit, ref UserRegisters registers)
    {
        if (exit != UserExit.Fault)
        {
            Process.Machine.MakeRoom();
            CheckTimes();
            if (_sequence.IsStale(Context))
            {
                AddOwnWork(ThreadWork.Sequence);
            }
        }
        else if (registers.TrapNumber == FaultSignals.PageFaultVector)
        {
            HandlePageFault(registers);
        }
        else
        {
            Process.Signals.SendFault(this, FaultSignals.FromException(registers, Context.VectorState));
        }
    }

    private void HandlePageFault(in UserRegisters registers)
    {
        ulong address = registers.FaultAddress;
        FaultResolution resolution = FaultResolution.NotMapped;
        if (UserLayout.IsUserRange(address, 1))
        {
            PageAccess access = (registers.ErrorCode & FaultSignals.FetchError) != 0 ? PageAccess.Execute
                : (registers.ErrorCode & FaultSignals.WriteError) != 0 ? PageAccess.Write
                : PageAccess.Read;
            resolution = Process.AddressSpace.HandleFault(new UserAddress(address), access);
        }

        switch (resolution)
        {
            case FaultResolution.Resolved:
                _faults++;
                break;
            case FaultResolution.OutOfMemory:
                Kernel.OutOfMemory.MakeRoom(this);
                break;
            default:
                Process.Signals.SendFault(this, FaultSignals.FromPageFault(resolution, address));
                break;
        }
    }

    /// <summary>What must be done before user mode is entered again. False: the thread ends.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool SeeToWork(ref UserRegisters registers, long call)
    {
        while (true)
        {
            var work = (ThreadWork)Volatile.Read(ref _work);
            if ((work & ThreadWork.Exit) != 0)
            {
                return false;
            }

            if (work == ThreadWork.None)
            {
                return true;
            }

            if ((work & ThreadWork.Terms) != 0)
            {
                ClearWork(ThreadWork.Terms);
                TakeTerms();
            }

            if ((work & ThreadWork.Room) != 0)
            {
                ClearWork(ThreadWork.Room);
                GiveBackFrames();
            }

            if ((work & ThreadWork.Sequence) != 0)
            {
                ClearWork(ThreadWork.Sequence);
                _sequence.Update(this, ref registers);
            }

            if ((work & ThreadWork.NoRestart) != 0)
            {
                ClearWork(ThreadWork.NoRestart);
                call = NoSyscall;
            }

            if ((work & (ThreadWork.Signal | ThreadWork.RestoreMask)) != 0)
            {
                SignalDelivery.Deliver(this, ref registers, call);
                call = NoSyscall;
            }
        }
    }

    /// <summary>Makes a page of the thread's memory accessible for the machine's atomic copies; EFAULT.</summary>
    internal Errno FaultIn(UserAddress address, PageAccess access) =>
        UserLayout.IsUserRange(address.Value, sizeof(uint)) && Memory.Resolve(address, access) ? Errno.None : Errno.EFAULT;
}
