namespace Levitate.Kernel.Signals;

/// <summary>Signal numbers of x86-64.</summary>
/// <remarks>Linux: signal(7).</remarks>
internal static class SignalNumber
{
    internal const int SIGHUP = 1;
    internal const int SIGINT = 2;
    internal const int SIGQUIT = 3;
    internal const int SIGILL = 4;
    internal const int SIGTRAP = 5;
    internal const int SIGABRT = 6;
    internal const int SIGBUS = 7;
    internal const int SIGFPE = 8;
    internal const int SIGKILL = 9;
    internal const int SIGUSR1 = 10;
    internal const int SIGSEGV = 11;
    internal const int SIGUSR2 = 12;
    internal const int SIGPIPE = 13;
    internal const int SIGALRM = 14;
    internal const int SIGTERM = 15;
    internal const int SIGSTKFLT = 16;
    internal const int SIGCHLD = 17;
    internal const int SIGCONT = 18;
    internal const int SIGSTOP = 19;
    internal const int SIGTSTP = 20;
    internal const int SIGTTIN = 21;
    internal const int SIGTTOU = 22;
    internal const int SIGURG = 23;
    internal const int SIGXCPU = 24;
    internal const int SIGXFSZ = 25;
    internal const int SIGVTALRM = 26;
    internal const int SIGPROF = 27;
    internal const int SIGWINCH = 28;
    internal const int SIGIO = 29;
    internal const int SIGPWR = 30;
    internal const int SIGSYS = 31;

    /// <summary>The first real-time signal: these are queued, each with its information.</summary>
    internal const int FirstRealTime = 32;

    /// <summary>The highest signal.</summary>
    internal const int Maximum = 64;

    /// <summary>SIGKILL and SIGSTOP: can be neither blocked, caught nor ignored.</summary>
    internal const ulong Unblockable = (1UL << (SIGKILL - 1)) | (1UL << (SIGSTOP - 1));

    /// <summary>The four signals that stop a process by default.</summary>
    internal const ulong Stopping = (1UL << (SIGSTOP - 1)) | (1UL << (SIGTSTP - 1)) | (1UL << (SIGTTIN - 1)) | (1UL << (SIGTTOU - 1));

    /// <summary>Those ignored by default.</summary>
    internal const ulong IgnoredByDefault = (1UL << (SIGCHLD - 1)) | (1UL << (SIGCONT - 1)) | (1UL << (SIGURG - 1)) | (1UL << (SIGWINCH - 1));

    /// <summary>Those whose default is to dump core, which only sets a flag in the wait status here.</summary>
    internal const ulong Dumping = (1UL << (SIGQUIT - 1)) | (1UL << (SIGILL - 1)) | (1UL << (SIGTRAP - 1)) | (1UL << (SIGABRT - 1))
        | (1UL << (SIGBUS - 1)) | (1UL << (SIGFPE - 1)) | (1UL << (SIGSEGV - 1)) | (1UL << (SIGXCPU - 1)) | (1UL << (SIGXFSZ - 1)) | (1UL << (SIGSYS - 1));

    /// <summary>Those that the running code itself causes: taken before all others.</summary>
    internal const ulong Synchronous = (1UL << (SIGILL - 1)) | (1UL << (SIGTRAP - 1)) | (1UL << (SIGBUS - 1)) | (1UL << (SIGFPE - 1)) | (1UL << (SIGSEGV - 1)) | (1UL << (SIGSYS - 1));

    /// <summary>The bit of a signal in a set.</summary>
    internal static ulong Bit(int signal) => 1UL << (signal - 1);
}
