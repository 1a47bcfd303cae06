using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Syscalls;
using Levitate.Kernel.FileSystems.Procfs;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Memory;

/// <summary>Copies between the caller's memory and another process's.</summary>
internal static class RemoteMemorySyscalls
{
    /// <summary>Bytes on their way between two address spaces: on the kernel's stack, since either side may fault.</summary>
    private const int ChunkBytes = 1024;

    /// <summary>Copies pieces of another process's memory, as it may read them, to pieces of the caller's.</summary>
    /// <returns>The bytes copied; EINVAL for flags, too many pieces or a negative length; ESRCH; EPERM; EFAULT where nothing was copied.</returns>
    /// <remarks>Linux: process_vm_readv(2).</remarks>
    [Syscall(310, Name = "process_vm_readv")]
    internal static SyscallResult ProcessVmReadv(UserThread caller, int processId, UserAddress local, ulong localCount, UserAddress remote, ulong remoteCount, ulong flags) =>
        Copy(caller, processId, local, localCount, remote, remoteCount, flags, isWrite: false);

    /// <summary>Copies pieces of the caller's memory to pieces of another process's, as it may write to them.</summary>
    /// <returns>The bytes copied; EINVAL for flags, too many pieces or a negative length; ESRCH; EPERM; EFAULT where nothing was copied.</returns>
    /// <remarks>Linux: process_vm_writev(2).</remarks>
    [Syscall(311, Name = "process_vm_writev")]
    internal static SyscallResult ProcessVmWritev(UserThread caller, int processId, UserAddress local, ulong localCount, UserAddress remote, ulong remoteCount, ulong flags) =>
        Copy(caller, processId, local, localCount, remote, remoteCount, flags, isWrite: true);

    private static SyscallResult Copy(UserThread caller, int processId, UserAddress local, ulong localCount, UserAddress remote, ulong remoteCount, ulong flags, bool isWrite)
    {
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        Span<UserSegment> localBuffer = stackalloc UserSegment[IoArguments.StackSegments];
        Span<UserSegment> remoteBuffer = stackalloc UserSegment[IoArguments.StackSegments];
        Errno error = IoArguments.ReadVector(caller, local, localCount, localBuffer, out ReadOnlySpan<UserSegment> own);
        if (error != Errno.None || Total(own) == 0)
        {
            return error;
        }

        error = IoArguments.ReadVector(caller, remote, remoteCount, remoteBuffer, out ReadOnlySpan<UserSegment> other);
        if (error != Errno.None || Total(other) == 0)
        {
            return error;
        }

        Process? process = caller.Kernel.Processes.FindThread(processId)?.Process ?? caller.Kernel.Processes.Find(processId);
        if (process is null)
        {
            return Errno.ESRCH;
        }

        if (ProcAccess.Check(process, caller) != Errno.None)
        {
            return Errno.EPERM;
        }

        if (process.TryAcquireAddressSpace() is not { } space)
        {
            return Errno.ESRCH;
        }

        try
        {
            error = Copy(caller, own, space, other, isWrite, out long done);
            return done > 0 ? done : error;
        }
        finally
        {
            space.Release();
        }
    }

    private static Errno Copy(UserThread caller, ReadOnlySpan<UserSegment> own, AddressSpace space, ReadOnlySpan<UserSegment> other, bool isWrite, out long done)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        int ownIndex = 0, otherIndex = 0;
        long ownDone = 0, otherDone = 0;
        done = 0;
        while (ownIndex < own.Length && otherIndex < other.Length)
        {
            UserAddress from = own[ownIndex].Address + (ulong)ownDone;
            UserAddress there = other[otherIndex].Address + (ulong)otherDone;
            long left = Math.Min(own[ownIndex].Length - ownDone, other[otherIndex].Length - otherDone);

            // Up to a page's end on either side, so that what comes before a fault is copied.
            Span<byte> part = chunk[..(int)Math.Min(Math.Min(left, ChunkBytes), PageSize.Bytes - Math.Max(from.PageOffset, there.PageOffset))];
            if (!part.IsEmpty)
            {
                Errno error = isWrite ? caller.Memory.Read(from, part) : space.ReadRemote(there, part, asItMay: true);
                error = error != Errno.None ? error : isWrite ? space.WriteRemote(there, part, asItMay: true) : caller.Memory.Write(from, part);
                if (error != Errno.None)
                {
                    return error;
                }
            }

            done += part.Length;
            ownDone += part.Length;
            otherDone += part.Length;
            if (ownDone == own[ownIndex].Length)
            {
                (ownIndex, ownDone) = (ownIndex + 1, 0);
            }

            if (otherDone == other[otherIndex].Length)
            {
                (otherIndex, otherDone) = (otherIndex + 1, 0);
            }
        }

        return Errno.None;
    }

    private static long Total(ReadOnlySpan<UserSegment> segments)
    {
        long total = 0;
        foreach (UserSegment segment in segments)
        {
            total += segment.Length;
        }

        return total;
    }
}
