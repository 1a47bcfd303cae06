using System.Runtime;
using System.Runtime.InteropServices;

namespace Levitate.Floor.Runtime;

/// <summary>
/// signal.h: the runtime registers handlers for the faults that it turns into exceptions (SIGSEGV, SIGFPE) and for the
/// activation by which its collector stops a thread. The floor's traps call them.
/// </summary>
internal static unsafe class SignalHandlers
{
    /// <summary>A division error.</summary>
    internal const int SIGFPE = 8;

    /// <summary>A bad access.</summary>
    internal const int SIGSEGV = 11;

    /// <summary>The activation: glibc's first real-time signal, which the runtime uses.</summary>
    internal const int SIGACTIVATION = 34;

    private const int MaximumSignal = 64;
    private const int SIG_IGN = 1;
    private const int SignalSetBytes = 128;

    /// <summary>Handlers are set while the runtime starts, on one thread, and only read from then on.</summary>
    private static HandlerTable s_handlers;

    /// <summary>The handler's address (int signal, siginfo_t*, ucontext_t*), or null.</summary>
    internal static void* Find(int signal) => (void*)s_handlers.Handlers[signal];

    [RuntimeExport("sigaction")]
    internal static int Act(int signal, SignalAction* action, SignalAction* previous)
    {
        if (signal is < 1 or > MaximumSignal)
        {
            return CError.Fail(CError.EINVAL);
        }

        if (previous != null)
        {
            *previous = default;
            previous->Handler = (void*)s_handlers.Handlers[signal];
        }

        if (action != null)
        {
            s_handlers.Handlers[signal] = (nuint)action->Handler <= SIG_IGN ? 0 : (ulong)action->Handler;
        }

        return 0;
    }

    /// <summary>Only ever called to ignore SIGPIPE, which nobody sends.</summary>
    [RuntimeExport("signal")]
    internal static void* SetHandler(int signal, void* handler) => null;

    [RuntimeExport("sigemptyset")]
    internal static int ClearSet(byte* set)
    {
        CMemory.Set(set, 0, SignalSetBytes);
        return 0;
    }

    [RuntimeExport("sigaddset")]
    internal static int AddToSet(byte* set, int signal)
    {
        if (signal is < 1 or > MaximumSignal)
        {
            return CError.Fail(CError.EINVAL);
        }

        set[(signal - 1) / 8] |= (byte)(1 << ((signal - 1) % 8));
        return 0;
    }

    /// <summary>Only ever called to let the activation through, which always is.</summary>
    [RuntimeExport("pthread_sigmask")]
    internal static int ChangeMask(int how, byte* set, byte* previous)
    {
        if (previous != null)
        {
            ClearSet(previous);
        }

        return 0;
    }

    [RuntimeExport("__libc_current_sigrtmin")]
    internal static int GetFirstRealTimeSignal() => SIGACTIVATION;

    [RuntimeExport("pthread_kill")]
    internal static int Kill(KernelThread* thread, int signal)
    {
        if (signal != SIGACTIVATION)
        {
            return CError.EINVAL;
        }

        Threads.RequestActivation(thread);
        return 0;
    }

    private struct HandlerTable
    {
        internal fixed ulong Handlers[MaximumSignal + 1];
    }
}

/// <summary>struct sigaction of glibc.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SignalAction
{
    internal void* Handler;
    internal fixed ulong Mask[16];
    internal int Flags;
    internal void* Restorer;
}
