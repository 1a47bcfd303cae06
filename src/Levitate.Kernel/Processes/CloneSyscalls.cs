using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>New threads and processes.</summary>
internal static class CloneSyscalls
{
    private const string NotSupported = "namespaces, CLONE_INTO_CGROUP, CLONE_SIGHAND without CLONE_THREAD, CLONE_THREAD without CLONE_FILES and CLONE_FS: EINVAL";

    /// <summary>A copy of the process with one thread.</summary>
    /// <returns>The child's ID, 0 in the child; EAGAIN past RLIMIT_NPROC; ENOMEM.</returns>
    /// <remarks>Linux: fork(2).</remarks>
    [Syscall(57)]
    internal static SyscallResult Fork(UserThread caller) =>
        ThreadCloner.Clone(caller, new CloneRequest(CloneFlags.None, SignalNumber.SIGCHLD, 0, default, default, 0));

    /// <summary>A child in the parent's memory; the parent waits until it executes a program or ends.</summary>
    /// <returns>As fork.</returns>
    /// <remarks>Linux: vfork(2).</remarks>
    [Syscall(58)]
    internal static SyscallResult Vfork(UserThread caller) =>
        ThreadCloner.Clone(caller, new CloneRequest(CloneFlags.CLONE_VM | CloneFlags.CLONE_VFORK, SignalNumber.SIGCHLD, 0, default, default, 0));

    /// <summary>A new thread or process that shares what the flags say.</summary>
    /// <returns>Its ID, 0 in the child; EINVAL for flags that contradict; EPERM for a thread pointer that is no user address; EAGAIN, ENOMEM, EFAULT.</returns>
    /// <remarks>Linux: clone(2).</remarks>
    [Syscall(56, Unsupported = NotSupported)]
    internal static SyscallResult Clone(UserThread caller, CloneFlags flags, ulong stack, UserAddress parentThreadId, UserAddress childThreadId, ulong threadPointer)
    {
        // Only the low half of the register counts here; the newer flags are clone3's.
        flags = (CloneFlags)(uint)flags;
        int signal = (int)(flags & CloneFlags.CSIGNAL);
        if (signal > SignalNumber.Maximum)
        {
            return Errno.EINVAL;
        }

        // Both would be stored in the same place.
        const CloneFlags BothThere = CloneFlags.CLONE_PIDFD | CloneFlags.CLONE_PARENT_SETTID;
        if ((flags & BothThere) == BothThere)
        {
            return Errno.EINVAL;
        }

        return ThreadCloner.Clone(caller, new CloneRequest(flags & ~CloneFlags.CSIGNAL, signal, stack, parentThreadId, childThreadId, threadPointer, parentThreadId));
    }

    /// <summary>clone with its arguments in a structure that may grow.</summary>
    /// <returns>As clone; E2BIG for a structure with unknown fields that are not zero.</returns>
    /// <remarks>Linux: clone3(2).</remarks>
    [Syscall(435, Unsupported = NotSupported + "; set_tid: EINVAL")]
    internal static SyscallResult Clone3(UserThread caller, UserAddress arguments, ulong size)
    {
        Errno error = ReadArguments(caller, arguments, size, out CloneArguments given);
        if (error != Errno.None)
        {
            return error;
        }

        const CloneFlags Refused = CloneFlags.CSIGNAL | CloneFlags.CLONE_DETACHED | CloneFlags.CLONE_INTO_CGROUP;
        bool hasStack = given.Stack != 0;
        if ((given.Flags & Refused) != 0 || given.ExitSignal > SignalNumber.Maximum || given.SetThreadIdCount != 0 || given.SetThreadIds != 0
            || hasStack != (given.StackSize != 0)
            || (hasStack && !UserLayout.IsUserRange(given.Stack, given.StackSize))
            || (given.ExitSignal != 0 && (given.Flags & (CloneFlags.CLONE_THREAD | CloneFlags.CLONE_PARENT)) != 0)
            || (given.Flags & (CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_CLEAR_SIGHAND)) == (CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_CLEAR_SIGHAND))
        {
            return Errno.EINVAL;
        }

        return ThreadCloner.Clone(caller, new CloneRequest(
            given.Flags,
            (int)given.ExitSignal,
            given.Stack + given.StackSize,
            new UserAddress(given.ParentThreadId),
            new UserAddress(given.ChildThreadId),
            given.ThreadPointer,
            new UserAddress(given.PidFd)));
    }

    /// <summary>Gives the thread, or a process of one thread, for itself what it shares.</summary>
    /// <returns>EINVAL for what is not supported, and for what the threads of a process cannot have apart.</returns>
    /// <remarks>Linux: unshare(2).</remarks>
    [Syscall(272, Unsupported = "namespaces; CLONE_FILES and CLONE_SYSVSEM in a process of several threads: EINVAL")]
    internal static SyscallResult Unshare(UserThread caller, CloneFlags flags)
    {
        const CloneFlags OfProcess = CloneFlags.CLONE_THREAD | CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_VM | CloneFlags.CLONE_FILES | CloneFlags.CLONE_SYSVSEM;
        Process process = caller.Process;
        bool isAlone = process.ThreadCount == 1;
        if ((flags & ~(OfProcess | CloneFlags.CLONE_FS)) != 0 || (!isAlone && (flags & OfProcess) != 0) || ((flags & CloneFlags.CLONE_VM) != 0 && process.MemoryIsShared))
        {
            return Errno.EINVAL;
        }

        if ((flags & CloneFlags.CLONE_FILES) != 0)
        {
            process.UnshareFiles();
        }

        if ((flags & CloneFlags.CLONE_FS) != 0)
        {
            caller.UnshareFileSystem();
        }

        return SyscallResult.Success;
    }

    private static Errno ReadArguments(UserThread caller, UserAddress address, ulong size, out CloneArguments arguments)
    {
        arguments = default;
        if (size > PageSize.Bytes)
        {
            return Errno.E2BIG;
        }

        if (size < CloneArguments.MinimumSize)
        {
            return Errno.EINVAL;
        }

        Span<byte> bytes = stackalloc byte[PageSize.Bytes];
        bytes.Clear();
        Errno error = caller.Memory.Read(address, bytes[..(int)size]);
        if (error != Errno.None)
        {
            return error;
        }

        arguments = MemoryMarshal.Read<CloneArguments>(bytes);
        return bytes[CloneArguments.Size..].ContainsAnyExcept((byte)0) ? Errno.E2BIG : Errno.None;
    }
}
