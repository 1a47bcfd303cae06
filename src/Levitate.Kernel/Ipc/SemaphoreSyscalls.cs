using System;
using System.Runtime.InteropServices;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Ipc;

/// <summary>System V semaphores.</summary>
internal static class SemaphoreSyscalls
{
    /// <summary>The most operations of one call (SEMOPM).</summary>
    internal const ulong MaximumOperations = 500;

    /// <summary>Finds the set of a key, or makes one.</summary>
    /// <returns>Its number; ENOENT, EEXIST, EINVAL for a number of semaphores that does not fit, EACCES, ENOSPC.</returns>
    /// <remarks>Linux: semget(2).</remarks>
    [Syscall(64)]
    internal static SyscallResult Semget(UserThread caller, int key, int count, uint flags) =>
        caller.Kernel.SemaphoreSets.Get(caller, key, count, flags).TryGet(out int id, out Errno error) ? id : error;

    /// <summary>Changes semaphores, all at once, and waits until that can be done.</summary>
    /// <remarks>Linux: semop(2).</remarks>
    [Syscall(65)]
    internal static SyscallResult Semop(UserThread caller, int id, UserAddress operations, ulong count) =>
        Operate(caller, id, operations, count, ThreadParker.NoDeadline);

    /// <summary>Like semop, but waits no longer than a time.</summary>
    /// <returns>EINVAL, EACCES; E2BIG, EFBIG, ERANGE; EAGAIN with IPC_NOWAIT, and past the time; EIDRM; EINTR; EFAULT.</returns>
    /// <remarks>Linux: semop(2).</remarks>
    [Syscall(220)]
    internal static SyscallResult Semtimedop(UserThread caller, int id, UserAddress operations, ulong count, UserAddress timeout)
    {
        if (timeout.IsNull)
        {
            return Operate(caller, id, operations, count, ThreadParker.NoDeadline);
        }

        if (!caller.Memory.Read<TimeSpec>(timeout).TryGet(out TimeSpec time, out Errno error))
        {
            return error;
        }

        return time.IsValid ? Operate(caller, id, operations, count, time.DeadlineAfter(caller.Kernel.Machine.Clock.MonotonicNanoseconds)) : Errno.EINVAL;
    }

    /// <summary>Shows, changes or removes a set or one of its semaphores, or shows limits and sums.</summary>
    /// <returns>With SEM_STAT the number of the set at a place, with the *_INFO commands the highest place; EINVAL for an unknown command, no such set or semaphore; EIDRM; ERANGE; EACCES, EPERM; EFAULT.</returns>
    /// <remarks>Linux: semctl(2).</remarks>
    [Syscall(66)]
    internal static SyscallResult Semctl(UserThread caller, int id, int number, SemaphoreCommand command, ulong argument)
    {
        SemaphoreSets sets = caller.Kernel.SemaphoreSets;
        var buffer = new UserAddress(argument);
        if (id < 0)
        {
            return Errno.EINVAL;
        }

        switch (command)
        {
            case SemaphoreCommand.IPC_INFO or SemaphoreCommand.SEM_INFO:
                return ShowLimits(caller, showsUse: command == SemaphoreCommand.SEM_INFO, buffer);
            case SemaphoreCommand.SEM_STAT:
                return Show(caller, id, IpcLookup.ByPlace, buffer);
            case SemaphoreCommand.SEM_STAT_ANY:
                return Show(caller, id, IpcLookup.ByPlaceForAnyone, buffer);
            case SemaphoreCommand.IPC_RMID:
                return sets.Remove(caller, id);
            case SemaphoreCommand.IPC_STAT:
                return Show(caller, id, IpcLookup.ById, buffer);
            case SemaphoreCommand.IPC_SET:
                return caller.Memory.Read<SemaphoreStatus>(buffer).TryGet(out SemaphoreStatus wanted, out Errno error)
                    ? sets.Change(caller, id, wanted.Permissions)
                    : error;
            case SemaphoreCommand.GETVAL or SemaphoreCommand.GETPID or SemaphoreCommand.GETNCNT or SemaphoreCommand.GETZCNT:
                return sets.Use(caller, id, IpcFlags.MayRead, set => (uint)number >= (uint)set.Semaphores.Length ? Errno.EINVAL : Field(set.Semaphores[number], command));
            case SemaphoreCommand.SETVAL:
                int value = (int)argument;
                return value is < 0 or > SemaphoreSet.MaximumValue ? Errno.ERANGE : sets.SetValues(caller, id, number, [(ushort)value]);
            case SemaphoreCommand.GETALL:
                return GetAll(caller, id, buffer);
            case SemaphoreCommand.SETALL:
                return SetAll(caller, id, buffer);
            default:
                return Errno.EINVAL;
        }
    }

    private static SyscallResult Operate(UserThread caller, int id, UserAddress address, ulong count, long deadline)
    {
        if (count == 0 || id < 0)
        {
            return Errno.EINVAL;
        }

        if (count > MaximumOperations)
        {
            return Errno.E2BIG;
        }

        const int OnStack = 16;
        Span<SemaphoreOperation> operations = count <= OnStack ? stackalloc SemaphoreOperation[OnStack] : new SemaphoreOperation[count];
        operations = operations[..(int)count];
        Errno error = caller.Memory.Read(address, MemoryMarshal.AsBytes(operations));
        return error != Errno.None ? error : caller.Kernel.SemaphoreSets.Operate(caller, id, operations, deadline);
    }

    private static SyscallResult Field(in Semaphore semaphore, SemaphoreCommand command) => command switch
    {
        SemaphoreCommand.GETVAL => semaphore.Value,
        SemaphoreCommand.GETPID => semaphore.LastProcess,
        SemaphoreCommand.GETNCNT => semaphore.WaitingForMore,
        _ => semaphore.WaitingForZero,
    };

    private static SyscallResult ShowLimits(UserThread caller, bool showsUse, UserAddress buffer)
    {
        const int SizeOfUndo = 20, Most = SemaphoreSet.MaximumValue, All = SemaphoreSets.MaximumTotal;
        (int highest, int sets, int semaphores) = caller.Kernel.SemaphoreSets.GetSums();
        Errno error = caller.Memory.Write(buffer, new SemaphoreLimits(
            All,
            SemaphoreSets.MaximumCount,
            All,
            All,
            SemaphoreSets.MaximumPerSet,
            (int)MaximumOperations,
            (int)MaximumOperations,
            showsUse ? sets : SizeOfUndo,
            Most,
            showsUse ? semaphores : Most));
        return error != Errno.None ? error : highest;
    }

    private static SyscallResult Show(UserThread caller, int id, IpcLookup lookup, UserAddress buffer)
    {
        SemaphoreStatus status = default;
        SyscallResult found = caller.Kernel.SemaphoreSets.Use(caller, id, IpcFlags.MayRead, set =>
        {
            status = new SemaphoreStatus(set.Permissions, set.OperationTime, 0, set.ChangeTime, 0, (ulong)set.Semaphores.Length);
            return lookup == IpcLookup.ById ? 0 : set.Id;
        }, lookup);
        Errno error = found.IsError ? Errno.None : caller.Memory.Write(buffer, status);
        return error != Errno.None ? error : found;
    }

    private static SyscallResult GetAll(UserThread caller, int id, UserAddress buffer)
    {
        ushort[] values = [];
        SyscallResult found = caller.Kernel.SemaphoreSets.Use(caller, id, IpcFlags.MayRead, set =>
        {
            values = Array.ConvertAll(set.Semaphores, static semaphore => (ushort)semaphore.Value);
            return SyscallResult.Success;
        });
        return found.IsError ? found : caller.Memory.Write(buffer, MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static SyscallResult SetAll(UserThread caller, int id, UserAddress buffer)
    {
        SyscallResult count = caller.Kernel.SemaphoreSets.Use(caller, id, IpcFlags.MayWrite, static set => set.Semaphores.Length);
        if (count.IsError)
        {
            return count;
        }

        var values = new ushort[count.Value];
        Errno error = caller.Memory.Read(buffer, MemoryMarshal.AsBytes(values.AsSpan()));
        return error != Errno.None ? error
            : values.AsSpan().ContainsAnyExceptInRange((ushort)0, (ushort)SemaphoreSet.MaximumValue) ? Errno.ERANGE
            : caller.Kernel.SemaphoreSets.SetValues(caller, id, 0, values);
    }
}

/// <summary>Commands of semctl(2).</summary>
internal enum SemaphoreCommand
{
    IPC_RMID = 0,
    IPC_SET = 1,
    IPC_STAT = 2,
    IPC_INFO = 3,
    GETPID = 11,
    GETVAL = 12,
    GETALL = 13,
    GETNCNT = 14,
    GETZCNT = 15,
    SETVAL = 16,
    SETALL = 17,
    SEM_STAT = 18,
    SEM_INFO = 19,
    SEM_STAT_ANY = 20,
}
