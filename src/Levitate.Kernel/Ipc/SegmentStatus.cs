using System.Runtime.InteropServices;

namespace Levitate.Kernel.Ipc;

/// <summary>struct shmid64_ds.</summary>
/// <remarks>Linux: shmctl(2), asm-generic/shmbuf.h.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SegmentStatus(IpcPermissions Permissions, long Size, SegmentHistory History, ulong Attachments)
{
    private const uint SHM_DEST = 0x200, SHM_LOCKED = 0x400;
    private readonly ulong _unused1 = 0, _unused2 = 0;

    /// <summary>That of a segment.</summary>
    internal static SegmentStatus Of(SharedSegment segment)
    {
        uint marks = (segment.IsRemoved ? SHM_DEST : 0) | (segment.IsLocked ? SHM_LOCKED : 0);
        IpcPermissions permissions = segment.Permissions with { Mode = segment.Permissions.Mode | marks };
        return new SegmentStatus(permissions, segment.Size, segment.History, (ulong)segment.Attachments);
    }
}

/// <summary>struct shminfo64: the limits (IPC_INFO).</summary>
/// <remarks>Linux: shmctl(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SegmentLimits(ulong LargestSize, ulong SmallestSize, ulong Count, ulong CountOfProcess, ulong Pages)
{
    private readonly ulong _unused1 = 0, _unused2 = 0, _unused3 = 0, _unused4 = 0;
}

/// <summary>struct shm_info: what all segments take, in pages (SHM_INFO).</summary>
/// <remarks>Linux: shmctl(2).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SegmentSums(long Count, ulong Pages, ulong Resident, ulong Swapped, ulong SwapAttempts, ulong SwapSuccesses);
