using Levitate.Kernel.Processes;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Files;

/// <summary>Signals that a thread's own system call sends to it.</summary>
internal static class OwnSignals
{
    /// <summary>Sends the calling thread a signal (SIGPIPE, SIGXFSZ).</summary>
    public static void SendOwnSignal(this UserThread caller, int signal) =>
        caller.Process.Signals.Send(SignalInfo.FromProcess(signal, SignalCode.SI_USER, caller.Process.ProcessId, caller.Credentials.RealUserId), caller);
}
