using System;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>User and group IDs. Each thread has its own: that what one sets all have, as POSIX wants it, is the C library's to see to.</summary>
/// <remarks>Linux: credentials(7). -1 stands for "leave it".</remarks>
internal static class CredentialSyscalls
{
    private const uint Unchanged = uint.MaxValue;
    /// <summary>The most supplementary groups (NGROUPS_MAX).</summary>
    internal const int MaximumGroups = 65536;

    /// <summary>The real user ID.</summary>
    /// <remarks>Linux: getuid(2).</remarks>
    [Syscall(102)]
    internal static SyscallResult GetUid(UserThread caller) => caller.Credentials.RealUserId;

    /// <summary>The real group ID.</summary>
    /// <remarks>Linux: getgid(2).</remarks>
    [Syscall(104)]
    internal static SyscallResult GetGid(UserThread caller) => caller.Credentials.RealGroupId;

    /// <summary>The effective user ID.</summary>
    /// <remarks>Linux: geteuid(2).</remarks>
    [Syscall(107)]
    internal static SyscallResult GetEuid(UserThread caller) => caller.Credentials.EffectiveUserId;

    /// <summary>The effective group ID.</summary>
    /// <remarks>Linux: getegid(2).</remarks>
    [Syscall(108)]
    internal static SyscallResult GetEgid(UserThread caller) => caller.Credentials.EffectiveGroupId;

    /// <summary>Sets the effective user ID, and with CAP_SETUID the real and the saved one.</summary>
    /// <returns>EINVAL for -1; EPERM.</returns>
    /// <remarks>Linux: setuid(2).</remarks>
    [Syscall(105)]
    internal static SyscallResult SetUid(UserThread caller, uint userId)
    {
        Credentials old = caller.Credentials;
        if (userId == Unchanged)
        {
            return Errno.EINVAL;
        }

        if (old.Has(Capability.CAP_SETUID))
        {
            return Commit(caller, old.WithUserIds(userId, userId, userId));
        }

        return userId == old.RealUserId || userId == old.SavedUserId
            ? Commit(caller, old.WithUserIds(old.RealUserId, userId, old.SavedUserId))
            : Errno.EPERM;
    }

    /// <summary>Sets the effective group ID, and with CAP_SETGID the real and the saved one.</summary>
    /// <returns>EINVAL for -1; EPERM.</returns>
    /// <remarks>Linux: setgid(2).</remarks>
    [Syscall(106)]
    internal static SyscallResult SetGid(UserThread caller, uint groupId)
    {
        Credentials old = caller.Credentials;
        if (groupId == Unchanged)
        {
            return Errno.EINVAL;
        }

        if (old.Has(Capability.CAP_SETGID))
        {
            return Commit(caller, old.WithGroupIds(groupId, groupId, groupId));
        }

        return groupId == old.RealGroupId || groupId == old.SavedGroupId
            ? Commit(caller, old.WithGroupIds(old.RealGroupId, groupId, old.SavedGroupId))
            : Errno.EPERM;
    }

    /// <summary>Sets the real and the effective user ID.</summary>
    /// <returns>EPERM.</returns>
    /// <remarks>Linux: setreuid(2).</remarks>
    [Syscall(113)]
    internal static SyscallResult SetReuid(UserThread caller, uint real, uint effective)
    {
        Credentials old = caller.Credentials;
        if (!old.Has(Capability.CAP_SETUID)
            && ((real != Unchanged && real != old.RealUserId && real != old.EffectiveUserId)
                || (effective != Unchanged && effective != old.RealUserId && effective != old.EffectiveUserId && effective != old.SavedUserId)))
        {
            return Errno.EPERM;
        }

        uint newReal = Choose(real, old.RealUserId);
        uint newEffective = Choose(effective, old.EffectiveUserId);
        bool changesSaved = real != Unchanged || (effective != Unchanged && effective != old.RealUserId);
        return Commit(caller, old.WithUserIds(newReal, newEffective, changesSaved ? newEffective : old.SavedUserId));
    }

    /// <summary>Sets the real and the effective group ID.</summary>
    /// <returns>EPERM.</returns>
    /// <remarks>Linux: setregid(2).</remarks>
    [Syscall(114)]
    internal static SyscallResult SetRegid(UserThread caller, uint real, uint effective)
    {
        Credentials old = caller.Credentials;
        if (!old.Has(Capability.CAP_SETGID)
            && ((real != Unchanged && real != old.RealGroupId && real != old.EffectiveGroupId)
                || (effective != Unchanged && effective != old.RealGroupId && effective != old.EffectiveGroupId && effective != old.SavedGroupId)))
        {
            return Errno.EPERM;
        }

        uint newReal = Choose(real, old.RealGroupId);
        uint newEffective = Choose(effective, old.EffectiveGroupId);
        bool changesSaved = real != Unchanged || (effective != Unchanged && effective != old.RealGroupId);
        return Commit(caller, old.WithGroupIds(newReal, newEffective, changesSaved ? newEffective : old.SavedGroupId));
    }

    /// <summary>Sets the real, effective and saved user ID.</summary>
    /// <returns>EPERM.</returns>
    /// <remarks>Linux: setresuid(2).</remarks>
    [Syscall(117)]
    internal static SyscallResult SetResuid(UserThread caller, uint real, uint effective, uint saved)
    {
        Credentials old = caller.Credentials;
        bool IsOwn(uint id) => id == Unchanged || id == old.RealUserId || id == old.EffectiveUserId || id == old.SavedUserId;
        if (!old.Has(Capability.CAP_SETUID) && !(IsOwn(real) && IsOwn(effective) && IsOwn(saved)))
        {
            return Errno.EPERM;
        }

        return Commit(caller, old.WithUserIds(Choose(real, old.RealUserId), Choose(effective, old.EffectiveUserId), Choose(saved, old.SavedUserId)));
    }

    /// <summary>Sets the real, effective and saved group ID.</summary>
    /// <returns>EPERM.</returns>
    /// <remarks>Linux: setresgid(2).</remarks>
    [Syscall(119)]
    internal static SyscallResult SetResgid(UserThread caller, uint real, uint effective, uint saved)
    {
        Credentials old = caller.Credentials;
        bool IsOwn(uint id) => id == Unchanged || id == old.RealGroupId || id == old.EffectiveGroupId || id == old.SavedGroupId;
        if (!old.Has(Capability.CAP_SETGID) && !(IsOwn(real) && IsOwn(effective) && IsOwn(saved)))
        {
            return Errno.EPERM;
        }

        return Commit(caller, old.WithGroupIds(Choose(real, old.RealGroupId), Choose(effective, old.EffectiveGroupId), Choose(saved, old.SavedGroupId)));
    }

    /// <summary>Stores the real, effective and saved user ID.</summary>
    /// <returns>EFAULT.</returns>
    /// <remarks>Linux: getresuid(2).</remarks>
    [Syscall(118)]
    internal static SyscallResult GetResuid(UserThread caller, UserAddress real, UserAddress effective, UserAddress saved) =>
        StoreThree(caller, real, caller.Credentials.RealUserId, effective, caller.Credentials.EffectiveUserId, saved, caller.Credentials.SavedUserId);

    /// <summary>Stores the real, effective and saved group ID.</summary>
    /// <returns>EFAULT.</returns>
    /// <remarks>Linux: getresgid(2).</remarks>
    [Syscall(120)]
    internal static SyscallResult GetResgid(UserThread caller, UserAddress real, UserAddress effective, UserAddress saved) =>
        StoreThree(caller, real, caller.Credentials.RealGroupId, effective, caller.Credentials.EffectiveGroupId, saved, caller.Credentials.SavedGroupId);

    /// <summary>Sets the user ID for file permissions; answers the old one, whether it was allowed or not.</summary>
    /// <remarks>Linux: setfsuid(2).</remarks>
    [Syscall(122)]
    internal static SyscallResult SetFsuid(UserThread caller, uint userId)
    {
        Credentials old = caller.Credentials;
        if (userId == old.RealUserId || userId == old.EffectiveUserId || userId == old.SavedUserId || userId == old.FileSystemUserId
            || (userId != Unchanged && old.Has(Capability.CAP_SETUID)))
        {
            Commit(caller, old.WithFileSystemUserId(userId));
        }

        return old.FileSystemUserId;
    }

    /// <summary>Sets the group ID for file permissions; answers the old one, whether it was allowed or not.</summary>
    /// <remarks>Linux: setfsgid(2).</remarks>
    [Syscall(123)]
    internal static SyscallResult SetFsgid(UserThread caller, uint groupId)
    {
        Credentials old = caller.Credentials;
        if (groupId == old.RealGroupId || groupId == old.EffectiveGroupId || groupId == old.SavedGroupId || groupId == old.FileSystemGroupId
            || (groupId != Unchanged && old.Has(Capability.CAP_SETGID)))
        {
            Commit(caller, old with { FileSystemGroupId = groupId });
        }

        return old.FileSystemGroupId;
    }

    /// <summary>Stores the supplementary groups.</summary>
    /// <returns>How many there are; EINVAL where the list has no room for them; EFAULT.</returns>
    /// <remarks>Linux: getgroups(2).</remarks>
    [Syscall(115)]
    internal static SyscallResult GetGroups(UserThread caller, int size, UserAddress list)
    {
        ImmutableArray<uint> groups = caller.Credentials.SupplementaryGroups;
        if (size < 0 || (size > 0 && size < groups.Length))
        {
            return Errno.EINVAL;
        }

        Errno error = size == 0 ? Errno.None : caller.Memory.Write(list, MemoryMarshal.AsBytes(groups.AsSpan()));
        return error != Errno.None ? error : groups.Length;
    }

    /// <summary>Sets the supplementary groups.</summary>
    /// <returns>EPERM without CAP_SETGID; EINVAL for more than 65536; EFAULT.</returns>
    /// <remarks>Linux: setgroups(2).</remarks>
    [Syscall(116)]
    internal static SyscallResult SetGroups(UserThread caller, ulong size, UserAddress list)
    {
        if (!caller.Credentials.Has(Capability.CAP_SETGID))
        {
            return Errno.EPERM;
        }

        if (size > MaximumGroups)
        {
            return Errno.EINVAL;
        }

        var groups = new uint[size];
        Errno error = caller.Memory.Read(list, MemoryMarshal.AsBytes(groups.AsSpan()));
        if (error != Errno.None)
        {
            return error;
        }

        Array.Sort(groups);
        return Commit(caller, caller.Credentials with { SupplementaryGroups = [.. groups] });
    }

    private static SyscallResult Commit(UserThread caller, Credentials credentials)
    {
        Credentials old = caller.Credentials;
        caller.Credentials = credentials;
        if (old.RealUserId != credentials.RealUserId)
        {
            caller.Kernel.Processes.NoteUser(caller);
            caller.NoteThreadLimit();
        }

        if (old.EffectiveUserId != credentials.EffectiveUserId || old.EffectiveGroupId != credentials.EffectiveGroupId
            || old.FileSystemUserId != credentials.FileSystemUserId || old.FileSystemGroupId != credentials.FileSystemGroupId)
        {
            caller.Process.ParentDeathSignal = 0;
            caller.Process.IsDumpable = false;
        }

        return SyscallResult.Success;
    }

    private static uint Choose(uint wanted, uint present) => wanted == Unchanged ? present : wanted;

    private static SyscallResult StoreThree(UserThread caller, UserAddress first, uint firstValue, UserAddress second, uint secondValue, UserAddress third, uint thirdValue)
    {
        Errno error = caller.Memory.Write(first, firstValue);
        error = error != Errno.None ? error : caller.Memory.Write(second, secondValue);
        return error != Errno.None ? error : caller.Memory.Write(third, thirdValue);
    }
}
