using System;
using System.Collections.Generic;
using System.Linq;
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

/// <summary>How an object is meant: by its number, or (IPC_STAT's kin for ipcs) by its place in the table, with or without the right to read it.</summary>
internal enum IpcLookup
{
    ById,
    ByPlace,
    ByPlaceForAnyone,
}

/// <summary>
/// All objects of one kind, each at a place. A number is the place and above it how often places were used again, so that
/// one that is old does not mean another object.
/// </summary>
internal abstract class IpcTable<TObject>(KernelSystem kernel, int maximumCount)
    where TObject : class, IIpcObject
{
    private const int PlaceBits = 15;
    private const int PlaceMask = (1 << PlaceBits) - 1;
    private const int SequenceMask = int.MaxValue >> PlaceBits;
    private readonly List<TObject?> _places = [];
    private readonly Dictionary<int, TObject> _byKey = [];
    private KernelLock _lock = new(LockOrder.Ipc);
    private int _count;
    private int _sequence;
    private int _lastPlace = -1;

    /// <summary>No place below this one is free.</summary>
    private int _firstPossiblyFree;

    /// <summary>Guards the table, and its objects' own fields. A leaf but for wait queues: nothing is released under it.</summary>
    protected ref KernelLock Lock => ref _lock;

    /// <summary>The kernel.</summary>
    protected KernelSystem Kernel { get; } = kernel;

    /// <summary>All objects in the order of their places; the lock is held.</summary>
    protected IEnumerable<TObject> All
    {
        get
        {
            foreach (TObject? item in _places)
            {
                if (item is not null)
                {
                    yield return item;
                }
            }
        }
    }

    /// <summary>How many there are; the lock is held.</summary>
    protected int ObjectCount => _count;

    /// <summary>The highest place in use, or 0: what the commands for ipcs answer. The lock is held.</summary>
    protected int HighestPlace => Math.Max(_places.FindLastIndex(static item => item is not null), 0);

    /// <summary>The seconds since 1970.</summary>
    protected long Now => Kernel.RealClock.Nanoseconds / 1_000_000_000;

    /// <summary>The numbers of all; a snapshot.</summary>
    internal int[] Ids
    {
        get
        {
            using (Lock.Enter())
            {
                return [.. All.Select(static item => item.Id)];
            }
        }
    }

    /// <summary>Calls for each object, under the lock.</summary>
    internal void ForEach(Action<TObject> action)
    {
        using (Lock.Enter())
        {
            foreach (TObject item in All)
            {
                action(item);
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

            return _count < maximumCount ? Add(key, make) : Errno.ENOSPC;
        }
    }

    /// <summary>An object that a thread may use so; the lock is held.</summary>
    /// <returns>EINVAL for no such object; EIDRM where its place is another's by now; EACCES.</returns>
    protected Result<TObject> Find(UserThread caller, int number, uint wanted, IpcLookup lookup = IpcLookup.ById)
    {
        if (!Find(number, lookup).TryGet(out TObject? found, out Errno error))
        {
            return error;
        }

        error = lookup == IpcLookup.ByPlaceForAnyone ? Errno.None : found.Permissions.Check(caller.Credentials, wanted);
        return error != Errno.None ? error : found;
    }

    /// <summary>An object that a thread may change; the lock is held.</summary>
    /// <returns>EINVAL for no such object; EIDRM where its place is another's by now; EPERM.</returns>
    protected Result<TObject> FindOwned(UserThread caller, int id)
    {
        if (!Find(id, IpcLookup.ById).TryGet(out TObject? found, out Errno error))
        {
            return error;
        }

        error = found.Permissions.CheckOwner(caller.Credentials);
        return error != Errno.None ? error : found;
    }

    /// <summary>Takes the key from an object; the lock is held.</summary>
    protected void ForgetKey(TObject owned)
    {
        _byKey.Remove(owned.Permissions.Key);
        owned.Permissions = owned.Permissions with { Key = IpcFlags.IPC_PRIVATE };
    }

    /// <summary>Takes an object out; false where it is out. The lock is held.</summary>
    protected bool Remove(TObject owned)
    {
        int place = owned.Id & PlaceMask;
        if (!ReferenceEquals(_places[place], owned))
        {
            return false;
        }

        _places[place] = null;
        _count--;
        _firstPossiblyFree = Math.Min(_firstPossiblyFree, place);
        return true;
    }

    private Result<TObject> Find(int number, IpcLookup lookup)
    {
        int place = lookup == IpcLookup.ById ? number & PlaceMask : number;
        if (number < 0 || place >= _places.Count || _places[place] is not { } found)
        {
            return Errno.EINVAL;
        }

        return lookup == IpcLookup.ById && found.Id != number ? Errno.EIDRM : found;
    }

    /// <summary>Makes an object at the lowest free place.</summary>
    private Result<int> Add(int key, Func<int, Result<TObject>> make)
    {
        int place = _firstPossiblyFree;
        while (place < _places.Count && _places[place] is not null)
        {
            place++;
        }

        int sequence = place <= _lastPlace ? (_sequence + 1) & SequenceMask : _sequence;
        if (!make((sequence << PlaceBits) | place).TryGet(out TObject? made, out Errno error))
        {
            return error;
        }

        if (place == _places.Count)
        {
            _places.Add(null);
        }

        _places[place] = made;
        _count++;
        (_sequence, _lastPlace, _firstPossiblyFree) = (sequence, place, place + 1);
        if (key != IpcFlags.IPC_PRIVATE)
        {
            _byKey.Add(key, made);
        }

        return made.Id;
    }
}
