using System;
using System.Runtime.InteropServices;

namespace Levitate.Kernel.Signals;

/// <summary>sa_flags.</summary>
/// <remarks>Linux: sigaction(2).</remarks>
[Flags]
internal enum SignalActionFlags : ulong
{
    None = 0,
    SA_NOCLDSTOP = 1,
    SA_NOCLDWAIT = 2,
    SA_SIGINFO = 4,
    SA_UNSUPPORTED = 0x400,
    SA_EXPOSE_TAGBITS = 0x800,
    SA_RESTORER = 0x0400_0000,
    SA_ONSTACK = 0x0800_0000,
    SA_RESTART = 0x1000_0000,
    SA_NODEFER = 0x4000_0000,
    SA_RESETHAND = 0x8000_0000,
}

/// <summary>What a process does on a signal: struct kernel_sigaction of x86-64.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SignalAction
{
    /// <summary>SIG_DFL.</summary>
    internal const ulong Default = 0;

    /// <summary>SIG_IGN.</summary>
    internal const ulong Ignore = 1;

    /// <summary>The handler's address, <see cref="Default"/> or <see cref="Ignore"/>.</summary>
    public ulong Handler;

    /// <summary>sa_flags.</summary>
    public SignalActionFlags Flags;

    /// <summary>Where the handler returns to.</summary>
    public ulong Restorer;

    /// <summary>What is blocked while the handler runs.</summary>
    public ulong Mask;
}
