using System;
using System.Threading;
using System.Threading.Tasks;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

public sealed class FutexBucketTests
{
    private readonly FutexBucket[] _buckets = [new(), new()];
    private readonly FutexWaiter _waiter = new(new SimulatedParker(new SimulatedClock()));

    [Fact]
    public async Task A_thread_that_sees_itself_woken_may_wait_again_at_once()
    {
        const int Waits = 20_000;
        Task owner = Task.Run(() =>
        {
            for (int i = 0; i < Waits; i++)
            {
                FutexBucket bucket = _buckets[i & 1];
                using (bucket.Lock.Enter())
                {
                    _waiter.Key = KeyOf(i);
                    _waiter.Bits = FutexTable.AllBits;
                    bucket.Append(_waiter);
                }

                while (_waiter.Bucket is not null)
                {
                    Thread.Yield();
                }
            }
        });

        // A waker that still had to do with the waiter would take the next wait's key from it, and nobody would find it.
        for (int i = 0; i < Waits; i++)
        {
            Assert.True(SpinWait.SpinUntil(() => Wake(i), TimeSpan.FromSeconds(30)), $"wait {i} was lost");
        }

        await owner;
    }

    [Fact]
    public async Task A_waiter_that_is_moved_is_in_one_of_the_buckets_all_the_time()
    {
        _buckets[0].Append(_waiter);
        Task mover = Task.Run(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                _buckets[i & 1].MoveTo(_buckets[(i & 1) ^ 1], _waiter);
            }
        });
        while (!mover.IsCompleted)
        {
            Assert.NotNull(_waiter.Bucket);
        }

        await mover;
        Assert.Same(_waiter, _buckets[0].First);
        Assert.Null(_buckets[1].First);
    }

    private FutexKey KeyOf(int wait) => new(this, (ulong)wait * sizeof(uint));

    private bool Wake(int wait)
    {
        FutexBucket bucket = _buckets[wait & 1];
        using (bucket.Lock.Enter())
        {
            return bucket.Wake(KeyOf(wait), 1, FutexTable.AllBits) == 1;
        }
    }
}
