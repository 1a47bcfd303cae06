using System.Collections.Immutable;

namespace Levitate.Kernel.Processes;

/// <summary>Who a thread is. Immutable: a change makes a new one. OWNER: processes.</summary>
public sealed record Credentials(uint RealUserId, uint EffectiveUserId, uint SavedUserId, uint FileSystemUserId, uint RealGroupId, uint EffectiveGroupId, uint SavedGroupId, uint FileSystemGroupId, ImmutableArray<uint> SupplementaryGroups, ulong EffectiveCapabilities, ulong PermittedCapabilities, ulong InheritableCapabilities, ulong BoundingCapabilities, ulong AmbientCapabilities)
{
    /// <summary>The superuser with every capability (0 to 40).</summary>
    public static Credentials Root { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, [], (1UL << 41) - 1, (1UL << 41) - 1, 0, (1UL << 41) - 1, 0);
}
