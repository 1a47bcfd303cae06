using System.Runtime.InteropServices;

namespace Levitate.Floor;

/// <summary>The registers of a user thread, and where its kernel side waits. Boot/layout.inc knows the offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct UserState
{
    /// <summary>Where the XSAVE area (standard format, 64-byte aligned) lies behind the state.</summary>
    internal const int VectorAreaOffset = 256;

    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, Rsp, R8, R9, R10, R11, R12, R13, R14, R15;
    public ulong Rip, Rflags, FsBase, TrapNumber, ErrorCode, FaultAddress;
    internal ulong KernelRsp;

    /// <summary>Where the last SYSCALL is to go on; 0 after a fault or an interrupt.</summary>
    internal ulong SysretRip;

    /// <summary>What the next entry must see to first: UserMode's Attention bits.</summary>
    internal int Attention;

    /// <summary>How often its thread was switched to while <see cref="KernelThread.Watched"/> says that it is counted.</summary>
    public int Switches;

    /// <summary>The gs base to load when the attention bit says so; else it is in the processor or the thread's structure.</summary>
    internal ulong GsBase;

    /// <summary>The thread pointer and the runtime's Thread of the thread that runs with this state; set by its first entry.</summary>
    internal ulong KernelTls;

    /// <inheritdoc cref="KernelTls"/>
    internal ulong RuntimeThread;

    /// <summary>The frames that hold the state and its vector area.</summary>
    internal uint FirstFrame;

    internal int Order;

    /// <summary>The thread that runs with this state; null before its first entry.</summary>
    internal KernelThread* Thread;
}

/// <summary>What the vectors push in the kernel, lowest address first.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrapFrame
{
    internal ulong R15, R14, R13, R12, R11, R10, R9, R8, Rdi, Rsi, Rbp, Rbx, Rdx, Rcx, Rax;
    internal ulong Vector, ErrorCode, Rip, Cs, Rflags, Rsp, Ss;
}
