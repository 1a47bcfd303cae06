using System.Runtime.InteropServices;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Network;

/// <summary>struct ucred: who is, or was, at the other end.</summary>
/// <param name="ProcessId">pid; 0: nobody.</param>
/// <param name="UserId">uid; -1: nobody.</param>
/// <param name="GroupId">gid; -1: nobody.</param>
/// <remarks>Linux: unix(7), SO_PEERCRED and SCM_CREDENTIALS.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    /// <summary>Nobody, as for a socket without a peer.</summary>
    public static PeerCredentials Nobody => new(0, uint.MaxValue, uint.MaxValue);

    /// <summary>A thread's effective IDs, as a connection has them.</summary>
    public static PeerCredentials OfConnection(UserThread caller) =>
        new(caller.Process.ProcessId, caller.Credentials.EffectiveUserId, caller.Credentials.EffectiveGroupId);

    /// <summary>A thread's real IDs, as a message carries them.</summary>
    public static PeerCredentials OfMessage(UserThread caller) =>
        new(caller.Process.ProcessId, caller.Credentials.RealUserId, caller.Credentials.RealGroupId);
}
