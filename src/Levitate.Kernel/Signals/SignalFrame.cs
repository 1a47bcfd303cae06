using System.Runtime.InteropServices;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Signals;

/// <summary>stack_t.</summary>
/// <remarks>Linux: sigaltstack(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct SignalStack
{
    public ulong Start;
    public int Flags;
    private readonly int _padding;
    public ulong Size;
}

/// <summary>struct sigcontext of x86-64: the registers as a handler sees them.</summary>
/// <remarks>Linux: uapi/asm/sigcontext.h.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct SignalContext
{
    public ulong R8, R9, R10, R11, R12, R13, R14, R15, Rdi, Rsi, Rbp, Rbx, Rdx, Rax, Rcx, Rsp, Rip, Rflags;
    public ushort CodeSegment, GsSegment, FsSegment, StackSegment;
    public ulong ErrorCode, TrapNumber, OldMask, FaultAddress;
    public ulong VectorState;
    private readonly ulong _reserved0, _reserved1, _reserved2, _reserved3, _reserved4, _reserved5, _reserved6, _reserved7;

    /// <summary>Takes the registers over.</summary>
    internal void Save(in UserRegisters registers)
    {
        R8 = registers.R8;
        R9 = registers.R9;
        R10 = registers.R10;
        R11 = registers.R11;
        R12 = registers.R12;
        R13 = registers.R13;
        R14 = registers.R14;
        R15 = registers.R15;
        Rdi = registers.Rdi;
        Rsi = registers.Rsi;
        Rbp = registers.Rbp;
        Rbx = registers.Rbx;
        Rdx = registers.Rdx;
        Rax = registers.Rax;
        Rcx = registers.Rcx;
        Rsp = registers.Rsp;
        Rip = registers.Rip;
        Rflags = registers.Rflags;
        ErrorCode = registers.ErrorCode;
        TrapNumber = registers.TrapNumber;
        FaultAddress = registers.FaultAddress;
    }

    /// <summary>Puts the registers back; of the flags only those that are user mode's to change.</summary>
    internal readonly void Restore(ref UserRegisters registers)
    {
        // CF PF AF ZF SF TF DF OF RF AC
        const ulong ChangeableFlags = 0x5_0dd5;
        registers.R8 = R8;
        registers.R9 = R9;
        registers.R10 = R10;
        registers.R11 = R11;
        registers.R12 = R12;
        registers.R13 = R13;
        registers.R14 = R14;
        registers.R15 = R15;
        registers.Rdi = Rdi;
        registers.Rsi = Rsi;
        registers.Rbp = Rbp;
        registers.Rbx = Rbx;
        registers.Rdx = Rdx;
        registers.Rax = Rax;
        registers.Rcx = Rcx;
        registers.Rsp = Rsp;
        registers.Rip = Rip;
        registers.Rflags = (registers.Rflags & ~ChangeableFlags) | (Rflags & ChangeableFlags);
    }
}

/// <summary>struct rt_sigframe of x86-64: what lies on the stack when a handler begins.</summary>
/// <remarks>Linux: arch/x86 sigframe.h, uapi/asm/ucontext.h. The vector state lies above it, aligned to 64 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct SignalFrame
{
    /// <summary>Its size in bytes.</summary>
    internal const int Size = 440;

    /// <summary>Where the ucontext begins, which the handler gets as its third argument.</summary>
    internal const int ContextOffset = 8;

    /// <summary>Where the siginfo begins, which the handler gets as its second argument.</summary>
    internal const int InfoOffset = 312;

    /// <summary>UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS.</summary>
    internal const ulong ContextFlagsValue = 7;

    public ulong ReturnAddress;
    public ulong ContextFlags;
    public ulong ContextLink;
    public SignalStack Stack;
    public SignalContext Context;
    public ulong Mask;
    public SignalInfo Info;
    private readonly ulong _info0, _info1, _info2, _info3, _info4, _info5, _info6, _info7, _info8, _info9;
}
