using System;
using System.Runtime.InteropServices;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>Which futex: a place in an address space, or in a file's pages that several address spaces share.</summary>
/// <param name="Owner">The <see cref="AddressSpace"/>, or the <see cref="PageCache"/> of a shared mapping.</param>
/// <param name="OwnerNumber">The number that the table gave the owner.</param>
/// <param name="Offset">The address, or the offset in the file.</param>
internal readonly record struct FutexKey(object Owner, uint OwnerNumber, ulong Offset)
{
    /// <summary>Whether both are the same futex.</summary>
    public bool Equals(FutexKey other) => ReferenceEquals(Owner, other.Owner) && Offset == other.Offset;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(OwnerNumber, Offset);
}

/// <summary>A thread's place in the table; each thread has one, as it waits for one futex at a time.</summary>
internal class FutexWaiter(ThreadParker parker)
{
    /// <summary>
    /// The bucket it waits in; null once it was woken. Changed with that bucket's lock held, and to null as the last of all
    /// that is done to the waiter: its thread looks without the lock, and may wait for the next futex from then on.
    /// </summary>
    internal volatile FutexBucket? Bucket;

    /// <summary>The futex that it waits for. A test looks on when it is changed.</summary>
    internal virtual FutexKey Key { get; set; }

    internal uint Bits { get; set; }

    /// <summary>The real-time priority that its thread had when it came.</summary>
    internal int Priority { get; set; }

    internal FutexWaiter? Next { get; set; }

    internal FutexWaiter? Previous { get; set; }

    internal ThreadParker Parker => parker;
}

/// <summary>Waiters whose keys share a hash: those with the higher real-time priority first, others in the order of their coming.</summary>
internal sealed class FutexBucket
{
    private KernelLock _lock = new(LockOrder.FutexBucket);

    /// <summary>
    /// Guards the waiters. Order: buckets by their index; after the locks of address spaces (none is held here), before
    /// nothing but parkers. Never held while blocking: the user's word is read with the copier, whose faults end the attempt.
    /// </summary>
    internal ref KernelLock Lock => ref _lock;

    internal FutexWaiter? First { get; private set; }

    private FutexWaiter? Last { get; set; }

    internal void Add(FutexWaiter waiter)
    {
        FutexWaiter? previous = Last;
        while (previous is not null && previous.Priority < waiter.Priority)
        {
            previous = previous.Previous;
        }

        FutexWaiter? next = previous is null ? First : previous.Next;
        waiter.Bucket = this;
        waiter.Previous = previous;
        waiter.Next = next;
        if (previous is null)
        {
            First = waiter;
        }
        else
        {
            previous.Next = waiter;
        }

        if (next is null)
        {
            Last = waiter;
        }
        else
        {
            next.Previous = waiter;
        }
    }

    /// <summary>Takes a waiter off for good.</summary>
    internal void Remove(FutexWaiter waiter)
    {
        Unlink(waiter);
        waiter.Key = default;
        waiter.Bucket = null;
    }

    /// <summary>Gives a waiter to another bucket, whose lock is held too. It is in one of them all the time.</summary>
    internal void MoveTo(FutexBucket target, FutexWaiter waiter)
    {
        Unlink(waiter);
        target.Add(waiter);
    }

    private void Unlink(FutexWaiter waiter)
    {
        if (waiter.Previous is null)
        {
            First = waiter.Next;
        }
        else
        {
            waiter.Previous.Next = waiter.Next;
        }

        if (waiter.Next is null)
        {
            Last = waiter.Previous;
        }
        else
        {
            waiter.Next.Previous = waiter.Previous;
        }

        waiter.Next = null;
        waiter.Previous = null;
    }

    /// <summary>Wakes up to <paramref name="count"/> waiters of a futex that wait for one of the bits.</summary>
    internal int Wake(in FutexKey key, int count, uint bits)
    {
        int woken = 0;
        FutexWaiter? waiter = First;
        while (waiter is not null && woken < count)
        {
            FutexWaiter? next = waiter.Next;
            if ((waiter.Bits & bits) != 0 && waiter.Key.Equals(key))
            {
                ThreadParker parker = waiter.Parker;
                Remove(waiter);
                parker.Unpark();
                woken++;
            }

            waiter = next;
        }

        return woken;
    }
}

/// <summary>All futexes that someone waits for.</summary>
/// <remarks>Linux: futex(2).</remarks>
internal sealed partial class FutexTable
{
    /// <summary>FUTEX_BITSET_MATCH_ANY.</summary>
    internal const uint AllBits = uint.MaxValue;

    private const int BucketBits = 6;
    private const int BucketCount = 1 << BucketBits;

    // Of an address in a key: without FUTEX_PRIVATE_FLAG it is another futex than with it, as on Linux. Futexes are aligned.
    private const ulong SharedBit = 2;

    // An odd factor, of the machine's chance: which futexes share a bucket is nobody's choice, and yet the same each time
    // where a test's machine has the same chance.
    private readonly ulong _factor;

    private readonly FutexBucket[] _buckets = new FutexBucket[BucketCount];
    private int _lastOwner;

    internal FutexTable(IMachine machine)
    {
        ulong random = 0;
        machine.FillRandom(MemoryMarshal.AsBytes(new Span<ulong>(ref random)));
        _factor = random | 1;
        for (int i = 0; i < BucketCount; i++)
        {
            _buckets[i] = new FutexBucket();
        }
    }

    /// <summary>Sleeps while the word holds the value.</summary>
    /// <param name="caller">The thread.</param>
    /// <param name="address">The word, aligned to 4 bytes.</param>
    /// <param name="expected">The value.</param>
    /// <param name="bits">Which wake-ups count.</param>
    /// <param name="deadline">Monotonic nanoseconds.</param>
    /// <param name="isPrivate">Whether only this address space uses it.</param>
    /// <returns>None when woken; EAGAIN when the word holds another value; ETIMEDOUT; ERESTARTSYS; EINVAL; EFAULT.</returns>
    internal Errno Wait(UserThread caller, UserAddress address, uint expected, uint bits, long deadline, bool isPrivate)
    {
        if (!TryGetKey(caller, address, isPrivate).TryGet(out FutexKey key, out Errno error))
        {
            return error;
        }

        FutexWaiter waiter = caller.FutexWaiter;
        FutexBucket bucket = BucketOf(key);
        error = Enqueue(caller, bucket, waiter, key, address, expected, bits);
        if (error != Errno.None)
        {
            return error;
        }

        while (waiter.Bucket is not null)
        {
            error = caller.HasPendingSignal ? Errno.ERESTARTSYS : caller.Parker.Park(deadline) ? Errno.None : Errno.ETIMEDOUT;
            if (error != Errno.None)
            {
                return Withdraw(waiter) ? error : Errno.None;
            }
        }

        return Errno.None;
    }

    /// <summary>Wakes waiters; returns how many, or EINVAL, EFAULT.</summary>
    internal SyscallResult Wake(UserThread caller, UserAddress address, int count, uint bits, bool isPrivate)
    {
        if (!TryGetKey(caller, address, isPrivate).TryGet(out FutexKey key, out Errno error))
        {
            return error;
        }

        FutexBucket bucket = BucketOf(key);
        using (bucket.Lock.Enter())
        {
            return bucket.Wake(key, count, bits);
        }
    }

    /// <summary>Wakes some and moves others to a second futex (FUTEX_REQUEUE, FUTEX_CMP_REQUEUE).</summary>
    /// <param name="caller">The thread.</param>
    /// <param name="source">The first futex.</param>
    /// <param name="wakeCount">How many to wake.</param>
    /// <param name="target">The second.</param>
    /// <param name="moveCount">How many to move.</param>
    /// <param name="expected">What the first word must hold, else EAGAIN; null: anything.</param>
    /// <param name="isPrivate">Whether only this address space uses them.</param>
    /// <returns>Woken and moved waiters together (REQUEUE: woken only, by the caller's choice of <paramref name="expected"/>).</returns>
    internal SyscallResult Requeue(UserThread caller, UserAddress source, int wakeCount, UserAddress target, int moveCount, uint? expected, bool isPrivate)
    {
        if (!TryGetKey(caller, source, isPrivate).TryGet(out FutexKey sourceKey, out Errno error)
            || !TryGetKey(caller, target, isPrivate).TryGet(out FutexKey targetKey, out error))
        {
            return error;
        }

        FutexBucket from = BucketOf(sourceKey);
        FutexBucket to = BucketOf(targetKey);
        while (true)
        {
            using (Lower(from, to).Lock.Enter())
            {
                using (Higher(from, to).Lock.Enter())
                {
                    if (expected is null)
                    {
                        return from.Wake(sourceKey, wakeCount, AllBits) + Move(from, sourceKey, to, targetKey, moveCount);
                    }

                    if (caller.Process.Machine.UserMemory.TryLoad(source, out uint value))
                    {
                        return value != expected ? Errno.EAGAIN : from.Wake(sourceKey, wakeCount, AllBits) + Move(from, sourceKey, to, targetKey, moveCount);
                    }
                }
            }

            error = caller.FaultIn(source, PageAccess.Read);
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>FUTEX_WAKE_OP: changes the second word by an operation, wakes waiters of the first, and of the second if its old value compares.</summary>
    internal SyscallResult WakeOperation(UserThread caller, UserAddress first, int firstCount, UserAddress second, int secondCount, FutexOperation operation, bool isPrivate)
    {
        if (!TryGetKey(caller, first, isPrivate).TryGet(out FutexKey firstKey, out Errno error)
            || !TryGetKey(caller, second, isPrivate).TryGet(out FutexKey secondKey, out error))
        {
            return error;
        }

        FutexBucket a = BucketOf(firstKey);
        FutexBucket b = BucketOf(secondKey);
        IUserMemoryCopier memory = caller.Process.Machine.UserMemory;
        while (true)
        {
            using (Lower(a, b).Lock.Enter())
            {
                using (Higher(a, b).Lock.Enter())
                {
                    bool changed = memory.TryLoad(second, out uint old);
                    while (changed)
                    {
                        changed = memory.TryCompareExchange(second, old, operation.Apply(old), out uint previous);
                        if (changed && previous == old)
                        {
                            if (!operation.HasKnownComparison)
                            {
                                return Errno.ENOSYS;
                            }

                            int woken = a.Wake(firstKey, firstCount, AllBits);
                            return operation.Compare(old) ? woken + b.Wake(secondKey, secondCount, AllBits) : woken;
                        }

                        old = previous;
                    }
                }
            }

            error = caller.FaultIn(second, PageAccess.Write);
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    private static Errno Enqueue(UserThread caller, FutexBucket bucket, FutexWaiter waiter, in FutexKey key, UserAddress address, uint expected, uint bits)
    {
        while (true)
        {
            using (bucket.Lock.Enter())
            {
                if (caller.Process.Machine.UserMemory.TryLoad(address, out uint value))
                {
                    if (value != expected)
                    {
                        return Errno.EAGAIN;
                    }

                    waiter.Key = key;
                    waiter.Bits = bits;
                    waiter.Priority = caller.Scheduling.Priority;
                    bucket.Add(waiter);
                    return Errno.None;
                }
            }

            Errno error = caller.FaultIn(address, PageAccess.Read);
            if (error != Errno.None)
            {
                return error;
            }
        }
    }

    /// <summary>Takes a waiter off that stops waiting. False when it was woken meanwhile.</summary>
    private static bool Withdraw(FutexWaiter waiter)
    {
        while (true)
        {
            FutexBucket? bucket = waiter.Bucket;
            if (bucket is null)
            {
                return false;
            }

            using (bucket.Lock.Enter())
            {
                // A requeue may have moved it between the look and the lock.
                if (waiter.Bucket == bucket)
                {
                    bucket.Remove(waiter);
                    return true;
                }
            }
        }
    }

    private static int Move(FutexBucket from, in FutexKey sourceKey, FutexBucket to, in FutexKey targetKey, int count)
    {
        int moved = 0;
        FutexWaiter? waiter = from.First;
        while (waiter is not null && moved < count)
        {
            FutexWaiter? next = waiter.Next;
            if (waiter.Key.Equals(sourceKey))
            {
                moved++;
                waiter.Key = targetKey;
                if (from != to)
                {
                    from.MoveTo(to, waiter);
                }
            }

            waiter = next;
        }

        return moved;
    }

    private Result<FutexKey> TryGetKey(UserThread caller, UserAddress address, bool isPrivate)
    {
        if ((address.Value & 3) != 0)
        {
            return Errno.EINVAL;
        }

        if (!UserLayout.IsUserRange(address.Value, sizeof(uint)))
        {
            return Errno.EFAULT;
        }

        AddressSpace space = caller.Process.AddressSpace;
        if (isPrivate)
        {
            return new FutexKey(space, NumberOf(ref space.FutexNumber), address.Value);
        }

        Errno error = space.FindShared(address, out PageCache? pages, out ulong offset);
        return error != Errno.None ? error
            : pages is not null ? new FutexKey(pages, NumberOf(ref pages.FutexNumber), offset)
            : new FutexKey(space, NumberOf(ref space.FutexNumber), address.Value | SharedBit);
    }

    /// <summary>An owner's number, which it gets with its first futex.</summary>
    private uint NumberOf(ref int number)
    {
        int known = Volatile.Read(ref number);
        if (known == 0)
        {
            int fresh = Interlocked.Increment(ref _lastOwner);
            known = Interlocked.CompareExchange(ref number, fresh, 0);
            known = known == 0 ? fresh : known;
        }

        return (uint)known;
    }

    /// <summary>By the highest bits of a product (multiplicative hashing): futexes are aligned, so the lowest bits say nothing.</summary>
    private FutexBucket BucketOf(in FutexKey key)
    {
        ulong mixed = unchecked((key.Offset ^ ((ulong)key.OwnerNumber << 32)) * _factor);
        return _buckets[mixed >> (64 - BucketBits)];
    }

    private FutexBucket Lower(FutexBucket left, FutexBucket right) => Array.IndexOf(_buckets, left) <= Array.IndexOf(_buckets, right) ? left : right;

    private FutexBucket Higher(FutexBucket left, FutexBucket right) => Lower(left, right) == left ? right : left;
}
