using System;
using System.Collections.Immutable;

namespace Levitate.Kernel.Processes;

/// <summary>What does not go the usual way with user 0 and its capabilities.</summary>
/// <remarks>Linux: capabilities(7) "The securebits flags", linux/securebits.h.</remarks>
[Flags]
internal enum SecureBits : uint
{
    None = 0,
    NOROOT = 1,
    NO_SETUID_FIXUP = 4,
    KEEP_CAPS = 0x10,
    KEEP_CAPS_LOCKED = 0x20,
    NO_CAP_AMBIENT_RAISE = 0x40,

    /// <summary>All that can be set, without their locks; the lock of a bit is the next one.</summary>
    All = NOROOT | NO_SETUID_FIXUP | KEEP_CAPS | NO_CAP_AMBIENT_RAISE,
}

/// <summary>Who a thread is. Immutable: a change makes a new one.</summary>
public sealed record Credentials(uint RealUserId, uint EffectiveUserId, uint SavedUserId, uint FileSystemUserId, uint RealGroupId, uint EffectiveGroupId, uint SavedGroupId, uint FileSystemGroupId, ImmutableArray<uint> SupplementaryGroups, ulong EffectiveCapabilities, ulong PermittedCapabilities, ulong InheritableCapabilities, ulong BoundingCapabilities, ulong AmbientCapabilities)
{
    /// <summary>All capabilities (0 to 40).</summary>
    public const ulong AllCapabilities = (1UL << 41) - 1;

    /// <summary>CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID, CAP_LINUX_IMMUTABLE, CAP_MKNOD, CAP_MAC_OVERRIDE: those that go with the file system's user ID.</summary>
    private const ulong FileSystemCapabilities = 0x1_0800_021f;

    /// <summary>The superuser with every capability.</summary>
    public static Credentials Root { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, [], AllCapabilities, AllCapabilities, 0, AllCapabilities, 0);

    /// <summary>PR_SET_NO_NEW_PRIVS: execve grants nothing. Never unset, inherited.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>PR_SET_SECUREBITS, PR_SET_KEEPCAPS.</summary>
    internal SecureBits SecureBits { get; init; }

    /// <summary>Whether one of <see cref="SecureBits"/> is set.</summary>
    internal bool Has(SecureBits bit) => (SecureBits & bit) != 0;

    /// <summary>With other user IDs; the file system's follows the effective one. Capabilities go and come with user 0.</summary>
    /// <remarks>Linux: capabilities(7) "Effect of user ID changes on capabilities".</remarks>
    internal Credentials WithUserIds(uint real, uint effective, uint saved)
    {
        Credentials changed = this with { RealUserId = real, EffectiveUserId = effective, SavedUserId = saved, FileSystemUserId = effective };
        if (Has(SecureBits.NO_SETUID_FIXUP))
        {
            return changed;
        }

        bool hadRoot = RealUserId == 0 || EffectiveUserId == 0 || SavedUserId == 0;
        bool hasRoot = real == 0 || effective == 0 || saved == 0;
        ulong permitted = PermittedCapabilities;
        ulong effectiveCapabilities = EffectiveCapabilities;
        ulong ambient = AmbientCapabilities;
        if (hadRoot && !hasRoot)
        {
            ambient = 0;
            if (!Has(SecureBits.KEEP_CAPS))
            {
                permitted = 0;
                effectiveCapabilities = 0;
            }
        }

        if (EffectiveUserId == 0 && effective != 0)
        {
            effectiveCapabilities = 0;
        }
        else if (EffectiveUserId != 0 && effective == 0)
        {
            effectiveCapabilities = permitted;
        }

        return changed with
        {
            PermittedCapabilities = permitted,
            EffectiveCapabilities = effectiveCapabilities,
            AmbientCapabilities = ambient,
        };
    }

    /// <summary>With other group IDs; the file system's follows the effective one.</summary>
    internal Credentials WithGroupIds(uint real, uint effective, uint saved) =>
        this with { RealGroupId = real, EffectiveGroupId = effective, SavedGroupId = saved, FileSystemGroupId = effective };

    /// <summary>With another user ID for files, whose capabilities go and come with user 0.</summary>
    internal Credentials WithFileSystemUserId(uint userId)
    {
        ulong capabilities = EffectiveCapabilities;
        if (Has(SecureBits.NO_SETUID_FIXUP))
        {
            return this with { FileSystemUserId = userId };
        }

        if (FileSystemUserId == 0 && userId != 0)
        {
            capabilities &= ~FileSystemCapabilities;
        }
        else if (FileSystemUserId != 0 && userId == 0)
        {
            capabilities |= FileSystemCapabilities & PermittedCapabilities;
        }

        return this with { FileSystemUserId = userId, EffectiveCapabilities = capabilities };
    }
}
