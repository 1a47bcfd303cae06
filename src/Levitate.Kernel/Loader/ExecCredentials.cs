using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Loader;

/// <summary>What execve makes of a process's identity.</summary>
/// <param name="Credentials">The identity after the exec.</param>
/// <param name="IsSecure">Whether privileges were gained (AT_SECURE).</param>
/// <remarks>Linux: capabilities(7) "Transformation of capabilities during execve()", without file capabilities.</remarks>
internal readonly record struct ExecCredentials(Credentials Credentials, bool IsSecure)
{
    /// <summary>Computes the identity after the exec.</summary>
    /// <param name="before">The identity before.</param>
    /// <param name="setIds">The owner and group of the program's file where its set-user-ID and set-group-ID bits are set.</param>
    public static ExecCredentials Compute(Credentials before, (uint? UserId, uint? GroupId) setIds)
    {
        uint userId = setIds.UserId ?? before.EffectiveUserId;
        uint groupId = setIds.GroupId ?? before.EffectiveGroupId;
        bool isSetId = userId != before.RealUserId || groupId != before.RealGroupId;
        bool isEffectiveRoot = userId == 0;
        bool isRealRoot = before.RealUserId == 0;

        ulong ambient = isSetId ? 0 : before.AmbientCapabilities;
        bool isRootSpecial = !before.Has(SecureBits.NOROOT);
        ulong rootCapabilities = isRootSpecial && (isEffectiveRoot || isRealRoot) ? before.BoundingCapabilities | before.InheritableCapabilities : 0;
        ulong permitted = rootCapabilities | ambient;
        Credentials after = before with
        {
            EffectiveUserId = userId,
            SavedUserId = userId,
            FileSystemUserId = userId,
            EffectiveGroupId = groupId,
            SavedGroupId = groupId,
            FileSystemGroupId = groupId,
            PermittedCapabilities = permitted,
            EffectiveCapabilities = isRootSpecial && isEffectiveRoot ? permitted : ambient,
            AmbientCapabilities = ambient,
            SecureBits = before.SecureBits & ~SecureBits.KEEP_CAPS,
        };
        bool hasGained = !isRealRoot && (isEffectiveRoot || (permitted & ~ambient) != 0);
        return new ExecCredentials(after, isSetId || hasGained);
    }
}
