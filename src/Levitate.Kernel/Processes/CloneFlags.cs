using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>clone's flags; the low byte is the signal at the end.</summary>
/// <remarks>Linux: clone(2).</remarks>
[Flags]
internal enum CloneFlags : ulong
{
    None = 0,
    CSIGNAL = 0xff,
    CLONE_VM = 0x100,
    CLONE_FS = 0x200,
    CLONE_FILES = 0x400,
    CLONE_SIGHAND = 0x800,
    CLONE_PIDFD = 0x1000,
    CLONE_PTRACE = 0x2000,
    CLONE_VFORK = 0x4000,
    CLONE_PARENT = 0x8000,
    CLONE_THREAD = 0x1_0000,
    CLONE_NEWNS = 0x2_0000,
    CLONE_SYSVSEM = 0x4_0000,
    CLONE_SETTLS = 0x8_0000,
    CLONE_PARENT_SETTID = 0x10_0000,
    CLONE_CHILD_CLEARTID = 0x20_0000,
    CLONE_DETACHED = 0x40_0000,
    CLONE_UNTRACED = 0x80_0000,
    CLONE_CHILD_SETTID = 0x100_0000,
    CLONE_NEWCGROUP = 0x200_0000,
    CLONE_NEWUTS = 0x400_0000,
    CLONE_NEWIPC = 0x800_0000,
    CLONE_NEWUSER = 0x1000_0000,
    CLONE_NEWPID = 0x2000_0000,
    CLONE_NEWNET = 0x4000_0000,
    CLONE_IO = 0x8000_0000,
    CLONE_CLEAR_SIGHAND = 0x1_0000_0000,
    CLONE_INTO_CGROUP = 0x2_0000_0000,
}

/// <summary>struct clone_args of clone3, as far as its third version.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CloneArguments
{
    /// <summary>The size of the first version, which is the least.</summary>
    internal const int MinimumSize = 64;

    /// <summary>The size of this version.</summary>
    internal const int Size = 88;

    public CloneFlags Flags;
    public ulong PidFd;
    public ulong ChildThreadId;
    public ulong ParentThreadId;
    public ulong ExitSignal;
    public ulong Stack;
    public ulong StackSize;
    public ulong ThreadPointer;
    public ulong SetThreadIds;
    public ulong SetThreadIdCount;
    public ulong ControlGroup;
}

/// <summary>What a new thread or process is to be.</summary>
/// <param name="Flags">What is shared.</param>
/// <param name="ExitSignal">The signal to the parent at the end; 0: none.</param>
/// <param name="StackPointer">rsp; 0: the caller's.</param>
/// <param name="ParentThreadId">Where the new ID is stored in the caller's memory (CLONE_PARENT_SETTID).</param>
/// <param name="ChildThreadId">Where the new ID is stored in the child's memory (CLONE_CHILD_SETTID), and cleared at its end (CLONE_CHILD_CLEARTID).</param>
/// <param name="ThreadPointer">The base of fs (CLONE_SETTLS).</param>
/// <param name="PidFd">Where a descriptor of the child is stored in the caller's memory (CLONE_PIDFD).</param>
internal readonly record struct CloneRequest(CloneFlags Flags, int ExitSignal, ulong StackPointer, UserAddress ParentThreadId, UserAddress ChildThreadId, ulong ThreadPointer, UserAddress PidFd = default)
{
    /// <summary>Whether a flag is set.</summary>
    internal bool Has(CloneFlags flag) => (Flags & flag) != 0;
}
