using System.Runtime.InteropServices;

namespace Levitate.Kernel.Ipc;

/// <summary>struct shmid64_ds.</summary>
/// <remarks>Linux: shmctl(2), asm-generic/shmbuf.h.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SegmentStatus(IpcPermissions Permissions, long Size, SegmentHistory History, ulong Attachments)
{
    private readonly ulong _unused1 = 0, _unused2 = 0;
}
