using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Ipc;

/// <summary>All sets of System V semaphores; at most as many as Linux's semmni.</summary>
internal sealed class SemaphoreSets(KernelSystem kernel) : IpcTable<SemaphoreSet>(kernel, MaximumCount)
{
    /// <summary>Linux's semmni.</summary>
    internal const int MaximumCount = 32000;

    /// <summary>Linux's semmsl: the most semaphores of a set.</summary>
    internal const int MaximumPerSet = 32000;

    /// <summary>The most semaphores of all sets together, as they are on the kernel's heap.</summary>
    internal const int MaximumTotal = 256_000;

    /// <summary>The most semaphores of all processes with SEM_UNDO together.</summary>
    private const int MaximumAdjustments = 1_000_000;

    private const ushort IPC_NOWAIT = 0x800;
    private const ushort SEM_UNDO = 0x1000;
    private int _total;
    private int _adjustments;

    /// <summary>Finds the set of a key, or makes one.</summary>
    /// <returns>Its number; ENOENT, EEXIST, EINVAL for a number of semaphores that does not fit, EACCES, ENOSPC.</returns>
    public Result<int> Get(UserThread caller, int key, int count, uint flags)
    {
        if (count is < 0 or > MaximumPerSet)
        {
            return Errno.EINVAL;
        }

        return Get(caller, key, flags, set => count <= set.Semaphores.Length, id =>
        {
            if (count == 0)
            {
                return Errno.EINVAL;
            }

            if (_total + count > MaximumTotal)
            {
                return Errno.ENOSPC;
            }

            _total += count;
            return new SemaphoreSet(id, count, IpcPermissions.Of(caller.Credentials, key, flags)) { ChangeTime = Now };
        });
    }

    /// <summary>Does all operations at once, and waits until they can be done.</summary>
    /// <returns>EINVAL, EACCES; EFBIG for a semaphore that is not there; ERANGE; EAGAIN with IPC_NOWAIT, and past the deadline; EIDRM; EINTR.</returns>
    public Errno Operate(UserThread caller, int id, ReadOnlySpan<SemaphoreOperation> operations, long deadline)
    {
        SemaphoreSet? set;
        using (Lock.Enter())
        {
            if (!Find(caller, id, 0).TryGet(out set, out Errno error))
            {
                return error;
            }

            foreach (SemaphoreOperation operation in operations)
            {
                if (operation.Number >= set.Semaphores.Length)
                {
                    return Errno.EFBIG;
                }
            }

            error = set.Permissions.Check(caller.Credentials, Changes(operations) ? IpcFlags.MayWrite : IpcFlags.MayRead);
            if (error != Errno.None)
            {
                return error;
            }
        }

        using var wait = new WaitScope(caller);
        wait.Add(set.Changed);
        while (true)
        {
            int blocking;
            using (Lock.Enter())
            {
                if (set.IsRemoved)
                {
                    return Errno.EIDRM;
                }

                Errno error = TryOperate(caller, set, operations, out blocking);
                if (error != Errno.EAGAIN || (operations[blocking].Flags & IPC_NOWAIT) != 0)
                {
                    return error;
                }

                Count(set, operations[blocking], 1);
            }

            Errno slept = wait.Sleep(deadline);
            using (Lock.Enter())
            {
                Count(set, operations[blocking], -1);
                if (slept != Errno.None && !set.IsRemoved)
                {
                    return slept == Errno.ETIMEDOUT ? Errno.EAGAIN : Errno.EINTR;
                }
            }
        }
    }

    /// <summary>How many sets and semaphores there are, and the highest place in use.</summary>
    public (int HighestPlace, int Sets, int Semaphores) GetSums()
    {
        using (Lock.Enter())
        {
            return (HighestPlace, ObjectCount, _total);
        }
    }

    /// <summary>Does something with a set that the caller may use so.</summary>
    /// <returns>EINVAL for no such set; EIDRM; EACCES; what <paramref name="use"/> says.</returns>
    public SyscallResult Use(UserThread caller, int id, uint wanted, Func<SemaphoreSet, SyscallResult> use, IpcLookup lookup = IpcLookup.ById)
    {
        using (Lock.Enter())
        {
            return Find(caller, id, wanted, lookup).TryGet(out SemaphoreSet? set, out Errno error) ? use(set) : error;
        }
    }

    /// <summary>Sets values, from the <paramref name="first"/>th semaphore on; what processes would undo there is forgotten.</summary>
    /// <returns>EINVAL for no such set or semaphore; EACCES.</returns>
    public Errno SetValues(UserThread caller, int id, int first, ReadOnlySpan<ushort> values)
    {
        using (Lock.Enter())
        {
            if (!Find(caller, id, 0).TryGet(out SemaphoreSet? set, out Errno error))
            {
                return error;
            }

            if (first < 0 || first + values.Length > set.Semaphores.Length)
            {
                return Errno.EINVAL;
            }

            error = set.Permissions.Check(caller.Credentials, IpcFlags.MayWrite);
            if (error != Errno.None)
            {
                return error;
            }

            for (int i = 0; i < values.Length; i++)
            {
                set.Semaphores[first + i].Value = values[i];
                set.Semaphores[first + i].LastProcess = caller.Process.ProcessId;
            }

            foreach (int[] adjustments in set.Adjustments.Values)
            {
                adjustments.AsSpan(first, values.Length).Clear();
            }

            set.ChangeTime = Now;
            set.Changed.WakeAll();
            return Errno.None;
        }
    }

    /// <summary>Changes owner and permissions (IPC_SET).</summary>
    /// <returns>EINVAL for no such set; EPERM.</returns>
    public Errno Change(UserThread caller, int id, in IpcPermissions wanted)
    {
        using (Lock.Enter())
        {
            if (FindOwned(caller, id).TryGet(out SemaphoreSet? set, out Errno error))
            {
                set.Permissions = set.Permissions.Replaced(wanted);
                set.ChangeTime = Now;
            }

            return error;
        }
    }

    /// <summary>Removes a set; those who wait for it give up.</summary>
    /// <returns>EINVAL for no such set; EPERM.</returns>
    public Errno Remove(UserThread caller, int id)
    {
        using (Lock.Enter())
        {
            if (FindOwned(caller, id).TryGet(out SemaphoreSet? set, out Errno error))
            {
                ForgetKey(set);
                Remove(set);
                _total -= set.Semaphores.Length;
                _adjustments -= set.Semaphores.Length * set.Adjustments.Count;
                set.IsRemoved = true;
                set.Changed.WakeAll();
            }

            return error;
        }
    }

    /// <summary>A process ends: what it did with SEM_UNDO is undone, as far as values allow.</summary>
    public void Undo(Process process)
    {
        using (Lock.Enter())
        {
            foreach (SemaphoreSet set in All)
            {
                if (set.Adjustments.Remove(process, out int[]? adjustments))
                {
                    _adjustments -= adjustments.Length;
                    for (int i = 0; i < adjustments.Length; i++)
                    {
                        if (adjustments[i] != 0)
                        {
                            set.Semaphores[i].Value = Math.Clamp(set.Semaphores[i].Value + adjustments[i], 0, SemaphoreSet.MaximumValue);
                            set.Semaphores[i].LastProcess = process.ProcessId;
                        }
                    }

                    set.OperationTime = Now;
                    set.Changed.WakeAll();
                }
            }
        }
    }

    private static bool Changes(ReadOnlySpan<SemaphoreOperation> operations)
    {
        foreach (SemaphoreOperation operation in operations)
        {
            if (operation.Change != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static void Count(SemaphoreSet set, SemaphoreOperation operation, int step)
    {
        ref Semaphore semaphore = ref set.Semaphores[operation.Number];
        semaphore.WaitingForZero += operation.Change == 0 ? step : 0;
        semaphore.WaitingForMore += operation.Change == 0 ? 0 : step;
    }

    /// <summary>Does all operations, or none.</summary>
    /// <returns>EAGAIN where one, <paramref name="blocking"/>, has to wait; ERANGE; ENOSPC where there is no room to remember what to undo.</returns>
    private Errno TryOperate(UserThread caller, SemaphoreSet set, ReadOnlySpan<SemaphoreOperation> operations, out int blocking)
    {
        int[]? adjustments = null;
        Errno error = Errno.None;
        for (blocking = 0; blocking < operations.Length && error == Errno.None; blocking++)
        {
            SemaphoreOperation operation = operations[blocking];
            ref int value = ref set.Semaphores[operation.Number].Value;
            int result = value + operation.Change;
            bool mustWait = operation.Change == 0 ? value != 0 : result < 0;
            bool isUndone = (operation.Flags & SEM_UNDO) != 0 && operation.Change != 0;
            adjustments = isUndone ? adjustments ?? AdjustmentsOf(caller.Process, set) : adjustments;
            int adjustment = isUndone && adjustments is not null ? adjustments[operation.Number] - operation.Change : 0;
            error = isUndone && adjustments is null ? Errno.ENOSPC
                : mustWait ? Errno.EAGAIN
                : result > SemaphoreSet.MaximumValue || adjustment is > SemaphoreSet.MaximumValue or < -SemaphoreSet.MaximumValue - 1 ? Errno.ERANGE
                : Errno.None;
            if (error == Errno.None)
            {
                value = result;
                if (isUndone)
                {
                    adjustments![operation.Number] = adjustment;
                }
            }
        }

        if (error != Errno.None)
        {
            blocking--;
            Revert(set, operations[..blocking], adjustments);
            return error;
        }

        foreach (SemaphoreOperation operation in operations)
        {
            set.Semaphores[operation.Number].LastProcess = caller.Process.ProcessId;
        }

        set.OperationTime = Now;
        if (Changes(operations))
        {
            set.Changed.WakeAll();
        }

        return Errno.None;
    }

    private static void Revert(SemaphoreSet set, ReadOnlySpan<SemaphoreOperation> done, int[]? adjustments)
    {
        foreach (SemaphoreOperation operation in done)
        {
            set.Semaphores[operation.Number].Value -= operation.Change;
            if ((operation.Flags & SEM_UNDO) != 0 && operation.Change != 0)
            {
                adjustments![operation.Number] += operation.Change;
            }
        }
    }

    private int[]? AdjustmentsOf(Process process, SemaphoreSet set)
    {
        if (!set.Adjustments.TryGetValue(process, out int[]? adjustments))
        {
            if (_adjustments + set.Semaphores.Length > MaximumAdjustments)
            {
                return null;
            }

            _adjustments += set.Semaphores.Length;
            adjustments = new int[set.Semaphores.Length];
            set.Adjustments.Add(process, adjustments);
            process.UndoesSemaphores = true;
        }

        return adjustments;
    }
}
