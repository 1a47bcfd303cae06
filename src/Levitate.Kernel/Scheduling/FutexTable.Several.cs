using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.Scheduling;

/// <summary>A futex of several that a thread waits for.</summary>
/// <param name="Address">The word.</param>
/// <param name="Expected">What it must hold.</param>
/// <param name="IsPrivate">Whether only this address space uses it.</param>
internal readonly record struct AwaitedFutex(UserAddress Address, uint Expected, bool IsPrivate);

/// <content>Waiting for one of several.</content>
internal sealed partial class FutexTable
{
    /// <summary>Sleeps while all words hold their values.</summary>
    /// <returns>The index of one that was woken; EAGAIN when a word holds another value; ETIMEDOUT; ERESTARTSYS; EINVAL; EFAULT.</returns>
    internal SyscallResult WaitForAny(UserThread caller, ReadOnlySpan<AwaitedFutex> futexes, long deadline)
    {
        // All at first: where the heap is full, nobody is left in a bucket.
        var waiters = new FutexWaiter[futexes.Length];
        for (int i = 0; i < waiters.Length; i++)
        {
            waiters[i] = new FutexWaiter(caller.Parker);
        }

        for (int i = 0; i < futexes.Length; i++)
        {
            AwaitedFutex futex = futexes[i];
            Errno error = Errno.None;
            if (TryGetKey(caller, futex.Address, futex.IsPrivate).TryGet(out FutexKey key, out error))
            {
                error = Enqueue(caller, BucketOf(key), waiters[i], key, futex.Address, futex.Expected, AllBits);
            }

            if (error != Errno.None)
            {
                // Who was woken already did wait, whatever the others hold.
                return WithdrawAll(waiters.AsSpan(0, i), out int early) ? early : error;
            }
        }

        while (true)
        {
            bool isWoken = Array.Exists(waiters, static waiter => waiter.Bucket is null);
            Errno error = isWoken ? Errno.None
                : caller.HasPendingSignal ? Errno.ERESTARTSYS
                : caller.Parker.Park(deadline) ? Errno.None
                : Errno.ETIMEDOUT;
            if (isWoken || error != Errno.None)
            {
                return WithdrawAll(waiters, out int woken) ? woken : error;
            }
        }
    }

    /// <summary>Takes all waiters off; whether one was woken before, and the last such.</summary>
    private static bool WithdrawAll(ReadOnlySpan<FutexWaiter> waiters, out int woken)
    {
        woken = -1;
        for (int i = 0; i < waiters.Length; i++)
        {
            woken = Withdraw(waiters[i]) ? woken : i;
        }

        return woken >= 0;
    }
}
