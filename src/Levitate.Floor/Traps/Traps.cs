using System.Runtime;

namespace Levitate.Floor;

/// <summary>What traps.S calls: interrupts, and faults in the kernel.</summary>
internal static unsafe class Traps
{
    private const int SigSegv = 11;
    private const int SigFpe = 8;
    private const int FpeIntegerDivision = 1;
    private const int SegvMapError = 1;
    private const int KernelSent = 0x80;

    /// <summary>An interrupt in user mode: on the kernel stack of the thread, interrupts off.</summary>
    [RuntimeExport("floor_user_interrupt")]
    internal static void UserInterrupt(ulong vector)
    {
        Acknowledge(vector, fromUser: true);
        Scheduler.PreemptIfNeeded(inUserMode: true);
    }

    /// <summary>An interrupt in the kernel: on the interrupted thread's stack, interrupts off.</summary>
    [RuntimeExport("floor_kernel_interrupt")]
    internal static void KernelInterrupt(TrapFrame* frame, byte* vectorState)
    {
        Acknowledge(frame->Vector, fromUser: false);
        Scheduler.PreemptIfNeeded(inUserMode: false);
        KernelThread* thread = Asm.CurrentThread();
        if (thread->PendingActivation != 0)
        {
            thread->PendingActivation = 0;
            RuntimeSignals.DeliverActivation(frame, vectorState);
        }
    }

    private static void Acknowledge(ulong vector, bool fromUser)
    {
        if (vector == LocalApic.SpuriousVector)
        {
            return;
        }

        if (vector == LocalApic.TimerVector)
        {
            LocalApic.EndOfInterrupt();
            Asm.ThisCpu()->TimerInterrupts++;
            Scheduler.HandleTimer(fromUser);
        }
        else if (vector == LocalApic.AttentionVector)
        {
            LocalApic.EndOfInterrupt();
            Asm.ThisCpu()->RequestInterrupts++;
            Processors.HandleInterrupt();
        }
        else
        {
            // A device's line is masked first: with the interrupt's end, the IO-APIC sends it again if it is still raised.
            Interrupts.Handle(vector);
            LocalApic.EndOfInterrupt();
        }
    }

    /// <summary>A fault in the kernel: in a user copy, in managed code (an exception for the runtime to raise), or a bug.</summary>
    [RuntimeExport("floor_kernel_fault")]
    internal static void KernelFault(TrapFrame* frame, byte* vectorState)
    {
        ulong address = Asm.ReadCr2();
        if ((frame->Vector == 14 && UserCopy.TryFixUpPageFault(frame, address))
            || (frame->Vector == 13 && UserCopy.TryFixUpVectorState(frame)))
        {
            return;
        }

        if (frame->Vector is 14 or 8 && KernelStacks.IsGuard(address))
        {
            Panic.Halt("a kernel stack overflowed"u8, frame);
        }

        if (IsManagedCode(frame->Rip))
        {
            bool handled = frame->Vector switch
            {
                14 => RuntimeSignals.TryDeliverFault(frame, vectorState, SigSegv, SegvMapError, address),
                13 => RuntimeSignals.TryDeliverFault(frame, vectorState, SigSegv, KernelSent, 0),
                0 => RuntimeSignals.TryDeliverFault(frame, vectorState, SigFpe, FpeIntegerDivision, frame->Rip),
                _ => false,
            };
            if (handled)
            {
                return;
            }
        }

        Panic.Halt("an exception in the kernel"u8, frame);
    }

    /// <summary>Managed code other than the floor's: what the runtime can unwind.</summary>
    internal static bool IsManagedCode(ulong rip) =>
        rip >= (ulong)LinkSymbols.ManagedStart() && rip < (ulong)LinkSymbols.ManagedEnd() && !IsFloorCode(rip);

    internal static bool IsFloorCode(ulong rip) => rip >= (ulong)LinkSymbols.FloorTextStart() && rip < (ulong)LinkSymbols.FloorTextEnd();
}
