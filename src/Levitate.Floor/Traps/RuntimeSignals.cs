using Levitate.Floor.Runtime;

namespace Levitate.Floor;

/// <summary>
/// Hands faults and activations to the handlers that the .NET runtime registered with sigaction, in glibc's x86-64 layout
/// of siginfo_t and ucontext_t (sys/ucontext.h).
/// </summary>
internal static unsafe class RuntimeSignals
{
    private const int SigInfoBytes = 128;
    private const int ContextBytes = 968;
    private const int RegistersOffset = 40;
    private const int VectorPointerOffset = 224;
    private const int TkillCode = -6;

    /// <summary>The process ID that the runtime sees; the sender of every activation.</summary>
    internal const int ProcessId = 1;

    /// <summary>Lets a synchronous handler change the context in which the fault goes on. False when there is no handler.</summary>
    internal static bool TryDeliverFault(TrapFrame* frame, byte* vectorState, int signal, int code, ulong address)
    {
        void* handler = SignalHandlers.Find(signal);
        if (handler == null)
        {
            return false;
        }

        byte* info = stackalloc byte[SigInfoBytes];
        byte* context = stackalloc byte[ContextBytes];
        Fill(info, context, frame, vectorState, signal, code, frame->Rip);
        *(ulong*)(info + 16) = address;
        Asm.Call(handler, signal, (long)info, (long)context, 0);
        ulong before = frame->Rip;
        ReadBack(context, frame);

        // A handler that changes nothing has declined: the same fault again and for ever would be a hang.
        return frame->Rip != before;
    }

    /// <summary>Runs the activation handler on the interrupted thread's stack; it may block until a collection is over.</summary>
    internal static void DeliverActivation(TrapFrame* frame, byte* vectorState)
    {
        int signal = SignalHandlers.SIGACTIVATION;
        void* handler = SignalHandlers.Find(signal);
        if (handler == null)
        {
            return;
        }

        byte* info = stackalloc byte[SigInfoBytes];
        byte* context = stackalloc byte[ContextBytes];

        // The floor lies among the managed code but is none: the runtime must see a native instruction pointer.
        bool isFloor = Traps.IsFloorCode(frame->Rip);
        Fill(info, context, frame, vectorState, signal, TkillCode, isFloor ? (ulong)LinkSymbols.ThreadStart() : frame->Rip);
        *(int*)(info + 16) = ProcessId;
        Asm.EnableInterrupts();
        Asm.Call(handler, signal, (long)info, (long)context, 0);
        Asm.DisableInterrupts();
        if (!isFloor)
        {
            ReadBack(context, frame);
        }
    }

    private static void Fill(byte* info, byte* context, TrapFrame* frame, byte* vectorState, int signal, int code, ulong rip)
    {
        for (int offset = 0; offset < SigInfoBytes; offset += 8)
        {
            *(ulong*)(info + offset) = 0;
        }

        for (int offset = 0; offset < ContextBytes; offset += 8)
        {
            *(ulong*)(context + offset) = 0;
        }

        *(int*)info = signal;
        *(int*)(info + 8) = code;
        ulong* registers = (ulong*)(context + RegistersOffset);
        registers[0] = frame->R8;
        registers[1] = frame->R9;
        registers[2] = frame->R10;
        registers[3] = frame->R11;
        registers[4] = frame->R12;
        registers[5] = frame->R13;
        registers[6] = frame->R14;
        registers[7] = frame->R15;
        registers[8] = frame->Rdi;
        registers[9] = frame->Rsi;
        registers[10] = frame->Rbp;
        registers[11] = frame->Rbx;
        registers[12] = frame->Rdx;
        registers[13] = frame->Rax;
        registers[14] = frame->Rcx;
        registers[15] = frame->Rsp;
        registers[16] = rip;
        registers[17] = frame->Rflags;
        registers[18] = frame->Cs;
        registers[19] = frame->ErrorCode;
        registers[20] = frame->Vector;
        registers[22] = Asm.ReadCr2();
        *(byte**)(context + VectorPointerOffset) = vectorState;
    }

    private static void ReadBack(byte* context, TrapFrame* frame)
    {
        ulong* registers = (ulong*)(context + RegistersOffset);
        frame->R8 = registers[0];
        frame->R9 = registers[1];
        frame->R10 = registers[2];
        frame->R11 = registers[3];
        frame->R12 = registers[4];
        frame->R13 = registers[5];
        frame->R14 = registers[6];
        frame->R15 = registers[7];
        frame->Rdi = registers[8];
        frame->Rsi = registers[9];
        frame->Rbp = registers[10];
        frame->Rbx = registers[11];
        frame->Rdx = registers[12];
        frame->Rax = registers[13];
        frame->Rcx = registers[14];
        frame->Rsp = registers[15];
        frame->Rip = registers[16];
        frame->Rflags = registers[17] | 0x202;
    }
}
