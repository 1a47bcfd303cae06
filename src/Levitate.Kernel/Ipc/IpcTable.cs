using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Ipc;

/// <summary>A System V object: found by its number, or by the key that programs agree on.</summary>
internal interface IIpcObject
{
    /// <summary>Its number.</summary>
    int Id { get; }

    /// <summary>Whose it is. The table's lock guards it.</summary>
    IpcPermissions Permissions { get; set; }
}

/// <summary>All objects of one kind.</summary>
internal abstract class IpcTable<TObject>(KernelSystem kernel, int maximumCount)
    where TObject : class, IIpcObject
{
    private readonly Dictionary<int, TObject> _byId = [];
    private readonly Dictionary<int, TObject> _byKey = [];
    private KernelLock _lock = new(LockOrder.Ipc);
    private int _nextId;

    /// <summary>Guards the table, and its objects' own fields. A leaf but for wait queues: nothing is released under it.</summary>
    protected ref KernelLock Lock => ref _lock;

    /// <summary>The kernel.</summary>
    protected KernelSystem Kernel { get; } = kernel;

    /// <summary>All objects; the lock is held.</summary>
    protected IEnumerable<TObject> All => _byId.Values;

    /// <summary>The seconds since 1970.</summary>
    protected long Now => Kernel.RealClock.Nanoseconds / 1_000_000_000;

    /// <summary>The numbers of all; a snapshot.</summary>
    internal int[] Ids
    {
        get
        {
            using (Lock.Enter())
            {
                return [.. _byId.Keys];
            }
        }
    }

    /// <summary>Finds the object of a key, or makes one.</summary>
    /// <param name="caller">For whom.</param>
    /// <param name="key">The key, or IPC_PRIVATE.</param>
    /// <param name="flags">IPC_CREAT, IPC_EXCL and permissions.</param>
    /// <param name="fits">Whether what was found is what was asked for.</param>
    /// <param name="make">Makes one with a number.</param>
    /// <returns>Its number; ENOENT, EEXIST, EINVAL where it does not fit, EACCES, ENOSPC.</returns>
    protected Result<int> Get(UserThread caller, int key, uint flags, Func<TObject, bool> fits, Func<int, Result<TObject>> make)
    {
        using (Lock.Enter())
        {
            if (key != IpcFlags.IPC_PRIVATE && _byKey.TryGetValue(key, out TObject? found))
            {
                const uint Exclusively = IpcFlags.IPC_CREAT | IpcFlags.IPC_EXCL;
                Errno refused = (flags & Exclusively) == Exclusively ? Errno.EEXIST
                    : !fits(found) ? Errno.EINVAL
                    : found.Permissions.Check(caller.Credentials, flags);
                return refused != Errno.None ? refused : found.Id;
            }

            if (key != IpcFlags.IPC_PRIVATE && (flags & IpcFlags.IPC_CREAT) == 0)
            {
                return Errno.ENOENT;
            }

            while (_byId.ContainsKey(_nextId))
            {
                _nextId = (_nextId + 1) & int.MaxValue;
            }

            if (!make(_nextId).TryGet(out TObject? made, out Errno error))
            {
                return error;
            }

            if (_byId.Count >= maximumCount)
            {
                return Errno.ENOSPC;
            }

            _nextId = (_nextId + 1) & int.MaxValue;
            _byId.Add(made.Id, made);
            if (key != IpcFlags.IPC_PRIVATE)
            {
                _byKey.Add(key, made);
            }

            return made.Id;
        }
    }

    /// <summary>An object that a thread may use so; the lock is held.</summary>
    /// <returns>EINVAL for no such object; EACCES.</returns>
    protected Result<TObject> Find(UserThread caller, int id, uint wanted)
    {
        if (!_byId.TryGetValue(id, out TObject? found))
        {
            return Errno.EINVAL;
        }

        Errno error = found.Permissions.Check(caller.Credentials, wanted);
        return error != Errno.None ? error : found;
    }

    /// <summary>An object that a thread may change; the lock is held.</summary>
    /// <returns>EINVAL for no such object; EPERM.</returns>
    protected Result<TObject> FindOwned(UserThread caller, int id)
    {
        if (!_byId.TryGetValue(id, out TObject? found))
        {
            return Errno.EINVAL;
        }

        Errno error = found.Permissions.CheckOwner(caller.Credentials);
        return error != Errno.None ? error : found;
    }

    /// <summary>Takes the key from an object; the lock is held.</summary>
    protected void ForgetKey(TObject owned)
    {
        _byKey.Remove(owned.Permissions.Key);
        owned.Permissions = owned.Permissions with { Key = IpcFlags.IPC_PRIVATE };
    }

    /// <summary>Takes an object out; false where it is out. The lock is held.</summary>
    protected bool Remove(TObject owned) => _byId.Remove(owned.Id);
}
