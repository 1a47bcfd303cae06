using System.Runtime.InteropServices;

namespace Levitate.Kernel.Signals;

/// <summary>The part of siginfo_t that the kernel carries: 48 bytes, laid out as user space sees them (the rest of its 128 is zero).</summary>
/// <remarks>Linux: sigaction(2), asm-generic/siginfo.h. The union begins at offset 16.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct SignalInfo
{
    /// <summary>si_signo.</summary>
    public int Signal;

    /// <summary>si_errno.</summary>
    public int Errno;

    /// <summary>si_code: see <see cref="SignalCode"/>.</summary>
    public int Code;

    /// <summary>Not 0 in the queue for what a timer of the process's sent, as opposed to what only says so; 0 in user memory.</summary>
    private int _timerMark;

    /// <summary>The union's bytes 0 to 7: pid and uid (low and high half), or the fault's address, or timer ID and overrun.</summary>
    public ulong Field0;

    /// <summary>The union's bytes 8 to 15: the child's status, or the queued value.</summary>
    public ulong Field1;

    /// <summary>The union's bytes 16 to 23: the child's user time in clock ticks.</summary>
    public ulong Field2;

    /// <summary>The union's bytes 24 to 31: the child's system time in clock ticks.</summary>
    public ulong Field3;

    /// <summary>Whether a timer of the process's sent it.</summary>
    internal bool IsOfTimer
    {
        readonly get => _timerMark != 0;
        set => _timerMark = value ? 1 : 0;
    }

    /// <summary>From a process: kill, tgkill and the like.</summary>
    public static SignalInfo FromProcess(int signal, int code, int processId, uint userId) => new()
    {
        Signal = signal,
        Code = code,
        Field0 = (uint)processId | ((ulong)userId << 32),
    };

    /// <summary>From the kernel itself.</summary>
    public static SignalInfo FromKernel(int signal) => new() { Signal = signal, Code = SignalCode.SI_KERNEL };

    /// <summary>For a fault at an address.</summary>
    public static SignalInfo FromFault(int signal, int code, ulong address) => new() { Signal = signal, Code = code, Field0 = address };
}

/// <summary>si_code values.</summary>
/// <remarks>Linux: asm-generic/siginfo.h.</remarks>
internal static class SignalCode
{
    internal const int SI_USER = 0;
    internal const int SI_KERNEL = 0x80;
    internal const int SI_QUEUE = -1;
    internal const int SI_TIMER = -2;
    internal const int SI_MESGQ = -3;
    internal const int SI_TKILL = -6;

    internal const int ILL_ILLOPN = 2;

    internal const int FPE_INTDIV = 1;
    internal const int FPE_FLTDIV = 3;
    internal const int FPE_FLTOVF = 4;
    internal const int FPE_FLTUND = 5;
    internal const int FPE_FLTRES = 6;
    internal const int FPE_FLTINV = 7;

    internal const int SEGV_MAPERR = 1;
    internal const int SEGV_ACCERR = 2;

    internal const int BUS_ADRALN = 1;
    internal const int BUS_ADRERR = 2;

    internal const int TRAP_TRACE = 2;

    internal const int POLL_IN = 1;
    internal const int POLL_OUT = 2;

    internal const int CLD_EXITED = 1;
    internal const int CLD_KILLED = 2;
    internal const int CLD_DUMPED = 3;
    internal const int CLD_STOPPED = 5;
    internal const int CLD_CONTINUED = 6;
}
