using System;
using System.Runtime.InteropServices;

namespace Levitate.Kernel.Platform;

/// <summary>Why user mode was left.</summary>
public enum UserExit
{
    /// <summary>The syscall instruction: number in rax, arguments in rdi, rsi, rdx, r10, r8, r9.</summary>
    Syscall = 0,

    /// <summary>An exception: see <see cref="UserRegisters.TrapNumber"/>, ErrorCode and FaultAddress.</summary>
    Fault = 1,

    /// <summary>A device or timer interrupt, or <see cref="UserContext.RequestExit"/>: nothing to do but to look around.</summary>
    Interrupt = 2,
}

/// <summary>The integer registers of a user thread. The layout is the machine layer's and its assembly's; keep them in step.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UserRegisters
{
    /// <summary>General registers, in the hardware's names.</summary>
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, Rsp, R8, R9, R10, R11, R12, R13, R14, R15;

    /// <summary>The instruction pointer.</summary>
    public ulong Rip;

    /// <summary>The flags. The machine masks what user mode may not have (IOPL, IF is always on).</summary>
    public ulong Rflags;

    /// <summary>Base of the fs segment (arch_prctl); must be a canonical user address.</summary>
    public ulong FsBase;

    /// <summary>After a fault: the vector (0 #DE, 1 #DB, 3 #BP, 4 #OF, 6 #UD, 7 #NM, 8 #DF, 11 #NP, 12 #SS, 13 #GP, 14 #PF, 16 #MF, 17 #AC, 19 #XM).</summary>
    public ulong TrapNumber;

    /// <summary>After a fault: the hardware's error code (page faults: bit 0 present, 1 write, 2 user, 4 fetch).</summary>
    public ulong ErrorCode;

    /// <summary>After a page fault: the address (cr2).</summary>
    public ulong FaultAddress;
}

/// <summary>The state of a user thread, and the door into user mode. One thread uses it; only <see cref="RequestExit"/> may come from others.</summary>
public abstract class UserContext : IDisposable
{
    /// <summary>The integer registers.</summary>
    public abstract ref UserRegisters Registers { get; }

    /// <summary>The x87, SSE and AVX state in the hardware's standard XSAVE format (legacy area, header, extended area).</summary>
    public abstract Span<byte> VectorState { get; }

    /// <summary>The state components that <see cref="VectorState"/> holds (XCR0).</summary>
    public abstract ulong VectorStateComponents { get; }

    /// <summary>
    /// Base of the gs segment; must be a canonical user address. It stays in the processor while the thread is in the
    /// kernel, so only its own thread may read it once it runs.
    /// </summary>
    public abstract ulong GsBase { get; set; }

    /// <summary>Sets the vector state to that of a new program.</summary>
    public abstract void ResetVectorState();

    /// <summary>Makes <paramref name="pageTable"/> the address space that the calling thread runs in and copies to (null: the kernel's own).</summary>
    public abstract void Activate(IPageTable? pageTable);

    /// <summary>Enters user mode and returns when it is left. A non-canonical or kernel rip comes back as a fault, never enters.</summary>
    public abstract UserExit Run();

    /// <summary>Makes the present or else the next <see cref="Run"/> return <see cref="UserExit.Interrupt"/> soon. Any thread.</summary>
    public abstract void RequestExit();

    /// <summary>
    /// How urgent the thread is from now on (<see cref="ThreadTerms"/>), and its slice in nanoseconds. A running thread makes
    /// room at once where a more urgent one waits. Nothing happens before its first <see cref="Activate"/>. Any thread.
    /// </summary>
    public abstract void SetPriority(int priority, long sliceNanoseconds);

    /// <summary>How the thread ran and waited so far; nothing before it has entered user mode, and after <see cref="Dispose"/>. Any thread.</summary>
    public abstract ThreadHistory History { get; }

    /// <summary>Where the thread is, a moment's view; nowhere before it has entered user mode, and after <see cref="Dispose"/>. Any thread.</summary>
    public abstract ThreadPlace Place { get; }

    /// <summary>How often the thread came back to a processor that others had meanwhile, while it was watched.</summary>
    public abstract int Switches { get; }

    /// <summary>Whether <see cref="Switches"/> counts, each time making the next <see cref="Run"/> return <see cref="UserExit.Interrupt"/> at once. The thread itself, which must end it before it ends.</summary>
    public abstract void WatchSwitches(bool isWatched);

    /// <inheritdoc/>
    public abstract void Dispose();
}
