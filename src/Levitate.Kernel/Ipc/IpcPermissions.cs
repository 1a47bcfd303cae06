using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Ipc;

/// <summary>Flags of shmget(2) and its kin; the low nine bits are permissions.</summary>
internal static class IpcFlags
{
    internal const int IPC_PRIVATE = 0;
    internal const uint IPC_CREAT = 0x200;
    internal const uint IPC_EXCL = 0x400;

    /// <summary>The right to read, write and execute, for whichever class it is given to.</summary>
    internal const uint MayRead = 0x124, MayWrite = 0x92, MayExecute = 0x49;
}

/// <summary>Commands of shmctl(2).</summary>
internal enum IpcCommand
{
    IPC_RMID = 0,
    IPC_SET = 1,
    IPC_STAT = 2,
    IPC_INFO = 3,
    SHM_LOCK = 11,
    SHM_UNLOCK = 12,
    SHM_STAT = 13,
    SHM_INFO = 14,
    SHM_STAT_ANY = 15,
}

/// <summary>struct ipc64_perm: whose an object is, and who may use it.</summary>
/// <remarks>Linux: sysvipc(7), asm-generic/ipcbuf.h.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal record struct IpcPermissions(int Key, uint UserId, uint GroupId, uint CreatorUserId, uint CreatorGroupId, uint Mode)
{
    private readonly ulong _sequence = 0, _unused1 = 0, _unused2 = 0;

    /// <summary>Those of an object that a thread makes.</summary>
    internal static IpcPermissions Of(Credentials credentials, int key, uint mode) =>
        new(key, credentials.EffectiveUserId, credentials.EffectiveGroupId, credentials.EffectiveUserId, credentials.EffectiveGroupId, mode & FileMode.S_IRWXUGO);

    /// <summary>Whether a thread may use the object as the permission bits of <paramref name="wanted"/> say, whichever class they are given for; EACCES.</summary>
    internal readonly Errno Check(Credentials credentials, uint wanted)
    {
        uint asked = ((wanted >> 6) | (wanted >> 3) | wanted) & 7;
        uint granted = credentials.EffectiveUserId == UserId || credentials.EffectiveUserId == CreatorUserId ? Mode >> 6
            : IsIn(credentials, GroupId) || IsIn(credentials, CreatorGroupId) ? Mode >> 3
            : Mode;
        return (asked & ~granted) == 0 || credentials.Has(Capability.CAP_IPC_OWNER) ? Errno.None : Errno.EACCES;
    }

    /// <summary>Whether a thread may change or remove the object; EPERM.</summary>
    internal readonly Errno CheckOwner(Credentials credentials) =>
        credentials.EffectiveUserId == UserId || credentials.EffectiveUserId == CreatorUserId || credentials.Has(Capability.CAP_SYS_ADMIN) ? Errno.None : Errno.EPERM;

    /// <summary>What IPC_SET makes of it: another owner, other permissions.</summary>
    internal readonly IpcPermissions Replaced(in IpcPermissions wanted) =>
        this with { UserId = wanted.UserId, GroupId = wanted.GroupId, Mode = wanted.Mode & FileMode.S_IRWXUGO };

    private static bool IsIn(Credentials credentials, uint group) => credentials.EffectiveGroupId == group || credentials.SupplementaryGroups.Contains(group);
}
