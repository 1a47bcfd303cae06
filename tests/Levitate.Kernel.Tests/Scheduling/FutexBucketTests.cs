using System.Threading.Tasks;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

public sealed class FutexBucketTests
{
    private readonly FutexBucket[] _buckets = [new(), new()];

    [Fact]
    public void A_thread_that_sees_itself_woken_may_wait_again_at_once()
    {
        var waiter = new HastyWaiter(this);
        Wait(waiter, 0);
        Assert.True(Wake(0));
        waiter.Look();
        Assert.True(Wake(1), "the second wait was lost");
    }

    [Fact]
    public async Task A_waiter_that_is_moved_is_in_one_of_the_buckets_all_the_time()
    {
        FutexWaiter waiter = NewWaiter();
        _buckets[0].Add(waiter);
        Task mover = Task.Run(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                _buckets[i & 1].MoveTo(_buckets[(i & 1) ^ 1], waiter);
            }
        });
        while (!mover.IsCompleted)
        {
            Assert.NotNull(waiter.Bucket);
        }

        await mover;
        Assert.Same(waiter, _buckets[0].First);
        Assert.Null(_buckets[1].First);
    }

    private static FutexWaiter NewWaiter() => new(new SimulatedParker(new SimulatedClock()));

    private FutexKey KeyOf(int wait) => new(this, 1, (ulong)wait * sizeof(uint));

    private void Wait(FutexWaiter waiter, int wait)
    {
        FutexBucket bucket = _buckets[wait & 1];
        using (bucket.Lock.Enter())
        {
            waiter.Key = KeyOf(wait);
            waiter.Bits = FutexTable.AllBits;
            bucket.Add(waiter);
        }
    }

    private bool Wake(int wait)
    {
        FutexBucket bucket = _buckets[wait & 1];
        using (bucket.Lock.Enter())
        {
            return bucket.Wake(KeyOf(wait), 1, FutexTable.AllBits) == 1;
        }
    }

    /// <summary>Its thread looks just before the waker clears the key, and where it sees itself woken then, waits for the next futex.</summary>
    private sealed class HastyWaiter(FutexBucketTests test) : FutexWaiter(new SimulatedParker(new SimulatedClock()))
    {
        private bool _waitsAgain;

        internal override FutexKey Key
        {
            get => base.Key;
            set
            {
                if (value.Owner is null)
                {
                    Look();
                }

                base.Key = value;
            }
        }

        internal void Look()
        {
            if (Bucket is null && !_waitsAgain)
            {
                _waitsAgain = true;
                test.Wait(this, 1);
            }
        }
    }
}
