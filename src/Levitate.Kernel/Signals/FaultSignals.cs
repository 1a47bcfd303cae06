using System;
using System.Buffers.Binary;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Signals;

/// <summary>Which signal a processor exception is, and with which si_code.</summary>
/// <remarks>Linux: arch/x86 traps; sigaction(2) for the codes.</remarks>
internal static class FaultSignals
{
    internal const ulong PageFaultVector = 14;

    /// <summary>Bits of a page fault's error code.</summary>
    internal const ulong WriteError = 2;

    /// <inheritdoc cref="WriteError"/>
    internal const ulong FetchError = 16;

    private const int FloatingPointStatusOffset = 2;
    private const int VectorControlOffset = 24;

    internal static SignalInfo FromPageFault(FaultResolution resolution, ulong address) => resolution switch
    {
        FaultResolution.AccessDenied => SignalInfo.FromFault(SignalNumber.SIGSEGV, SignalCode.SEGV_ACCERR, address),
        FaultResolution.BeyondEndOfFile => SignalInfo.FromFault(SignalNumber.SIGBUS, SignalCode.BUS_ADRERR, address),
        _ => SignalInfo.FromFault(SignalNumber.SIGSEGV, SignalCode.SEGV_MAPERR, address),
    };

    internal static SignalInfo FromException(in UserRegisters registers, ReadOnlySpan<byte> vectorState) => registers.TrapNumber switch
    {
        0 => SignalInfo.FromFault(SignalNumber.SIGFPE, SignalCode.FPE_INTDIV, registers.Rip),
        1 => SignalInfo.FromFault(SignalNumber.SIGTRAP, SignalCode.TRAP_TRACE, registers.Rip),
        3 => SignalInfo.FromKernel(SignalNumber.SIGTRAP),
        6 => SignalInfo.FromFault(SignalNumber.SIGILL, SignalCode.ILL_ILLOPN, registers.Rip),
        11 or 12 => SignalInfo.FromKernel(SignalNumber.SIGBUS),
        16 => SignalInfo.FromFault(SignalNumber.SIGFPE, FloatingPointCode(X87Exceptions(vectorState)), registers.Rip),
        17 => SignalInfo.FromFault(SignalNumber.SIGBUS, SignalCode.BUS_ADRALN, 0),
        19 => SignalInfo.FromFault(SignalNumber.SIGFPE, FloatingPointCode(VectorExceptions(vectorState)), registers.Rip),
        _ => SignalInfo.FromKernel(SignalNumber.SIGSEGV),
    };

    /// <summary>The exceptions of the status word that the control word does not mask.</summary>
    private static int X87Exceptions(ReadOnlySpan<byte> state) =>
        BinaryPrimitives.ReadUInt16LittleEndian(state[FloatingPointStatusOffset..]) & ~BinaryPrimitives.ReadUInt16LittleEndian(state) & 0x3f;

    /// <summary>The exceptions in MXCSR that its mask bits (7 above them) leave on.</summary>
    private static int VectorExceptions(ReadOnlySpan<byte> state)
    {
        int control = BinaryPrimitives.ReadInt32LittleEndian(state[VectorControlOffset..]);
        return control & ~(control >> 7) & 0x3f;
    }

    private static int FloatingPointCode(int exceptions) => exceptions switch
    {
        _ when (exceptions & 1) != 0 => SignalCode.FPE_FLTINV,
        _ when (exceptions & 4) != 0 => SignalCode.FPE_FLTDIV,
        _ when (exceptions & 8) != 0 => SignalCode.FPE_FLTOVF,
        _ when (exceptions & 0x12) != 0 => SignalCode.FPE_FLTUND,
        _ when (exceptions & 0x20) != 0 => SignalCode.FPE_FLTRES,
        _ => 0,
    };
}
