using System;
using System.Linq;
using System.Threading;
using Levitate.Kernel.Scheduling;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

/// <summary>Locks that many threads want at once: each gets its turn, and no wake-up is lost.</summary>
public sealed class KernelLockTests
{
    private const int Threads = 8;
    private const int Rounds = 1000;
    // Each round gives the processor to whoever else wants it, on a busy host for milliseconds.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Who_waits_gets_its_turn_and_is_alone(int lockCount)
    {
        Guarded[] all = [.. Enumerable.Range(0, lockCount).Select(static _ => new Guarded())];
        Run(number =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                all[(number + round) % lockCount].Add(givesWay: round % 7 == 0);
            }
        });
        Assert.Equal(Threads * Rounds, all.Sum(static guarded => guarded.Count));
        Assert.All(all, static guarded => Assert.False(guarded.WasShared));
    }

    [Fact]
    public void Who_has_it_takes_it_again_while_others_wait()
    {
        var guarded = new Guarded();
        Run(_ =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                guarded.AddTwice();
            }
        });
        Assert.Equal(2 * Threads * Rounds, guarded.Count);
        Assert.False(guarded.WasShared);
    }

    /// <summary>A lock whose waiters stand behind those of another one in the same queue is given to them all the same.</summary>
    [Fact]
    public void The_waiters_of_a_lock_are_found_among_those_of_others()
    {
        // More locks than there are queues.
        Guarded[] all = [.. Enumerable.Range(0, 100).Select(static _ => new Guarded())];
        foreach (Guarded guarded in all)
        {
            // Each gets its number when somebody waits for the first time.
            guarded.HoldWhileAnotherWaits();
        }

        Run(number =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                // 64 apart: their numbers, and so their queues, are alike.
                all[(round + number) % 2 * 64].Add(givesWay: true);
            }
        });
        Assert.Equal(Threads * Rounds, all[0].Count + all[64].Count);
    }

    private static void Run(Action<int> body)
    {
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            try
            {
                body(number);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        })
        { IsBackground = true })];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        Assert.All(threads, static thread => Assert.True(thread.Join(s_patience), "a thread waits for ever"));
        Assert.Null(failure);
    }

    private sealed class Guarded
    {
        private KernelLock _lock = new(LockOrder.Pipe);
        private bool _isInside;

        internal int Count { get; private set; }

        internal bool WasShared { get; private set; }

        internal void Add(bool givesWay)
        {
            using (_lock.Enter())
            {
                WasShared |= _isInside;
                _isInside = true;
                int count = Count;
                if (givesWay)
                {
                    Thread.Yield();
                }

                Count = count + 1;
                _isInside = false;
            }
        }

        internal void AddTwice()
        {
            using (_lock.Enter())
            {
                Add(givesWay: true);
                Add(givesWay: false);
            }
        }

        internal void HoldWhileAnotherWaits()
        {
            Thread other;
            using (_lock.Enter())
            {
                other = new Thread(() => _lock.Enter().Dispose()) { IsBackground = true };
                other.Start();
                SpinWait.SpinUntil(() => (other.ThreadState & ThreadState.WaitSleepJoin) != 0, s_patience);
            }

            Assert.True(other.Join(s_patience));
        }
    }
}
