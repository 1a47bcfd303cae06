using System;
using System.Threading;
using System.Threading.Tasks;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

public sealed class WaitQueueTests
{
    [Fact]
    public async Task No_wake_up_is_lost_between_many_producers_and_consumers()
    {
        const int Workers = 3;
        const int Items = 2000;
        var clock = new SimulatedClock(isReal: true);
        var queue = new WaitQueue();
        int available = 0;
        int consumed = 0;
        bool TryTake()
        {
            int seen = Volatile.Read(ref available);
            while (seen > 0)
            {
                int found = Interlocked.CompareExchange(ref available, seen - 1, seen);
                if (found == seen)
                {
                    return true;
                }

                seen = found;
            }

            return false;
        }

        void Consume()
        {
            var waiter = new Waiter(new SimulatedParker(clock), thread: null);
            for (int i = 0; i < Items; i++)
            {
                using var wait = new WaitScope(waiter);
                wait.Add(queue, exclusive: true);
                while (!TryTake())
                {
                    wait.Sleep();
                }

                Interlocked.Increment(ref consumed);
            }
        }

        void Produce()
        {
            for (int i = 0; i < Items; i++)
            {
                Interlocked.Increment(ref available);
                queue.WakeOne();
            }
        }

        var tasks = new Task[2 * Workers];
        for (int i = 0; i < Workers; i++)
        {
            tasks[i] = Task.Factory.StartNew(Consume, TaskCreationOptions.LongRunning);
            tasks[Workers + i] = Task.Factory.StartNew(Produce, TaskCreationOptions.LongRunning);
        }

        await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Workers * Items, consumed);
        Assert.False(queue.HasWaiters);
    }

    [Fact]
    public void A_wake_up_that_comes_while_its_waiter_takes_something_else_goes_to_the_next()
    {
        var queue = new WaitQueue();
        var clock = new SimulatedClock(isReal: true);
        Waiter first = new(new SimulatedParker(clock), thread: null), second = new(new SimulatedParker(clock), thread: null);
        var next = new WaitScope(second);
        using (var wait = new WaitScope(first))
        {
            wait.Add(queue, exclusive: true);
            next.Add(queue, exclusive: true);

            // The first finds an item that came before it waited; now another comes, and it is told of it.
            queue.WakeOne();
        }

        Assert.True(second.Parker.Park(0));
        next.Dispose();
        Assert.False(queue.HasWaiters);
    }

    [Fact]
    public void A_wake_up_that_ended_a_sleep_wakes_nobody_else()
    {
        var queue = new WaitQueue();
        var clock = new SimulatedClock(isReal: true);
        Waiter first = new(new WokenParker(queue.WakeOne), thread: null), second = new(new SimulatedParker(clock), thread: null);
        var next = new WaitScope(second);
        var wait = new WaitScope(first);
        wait.Add(queue, exclusive: true);
        next.Add(queue, exclusive: true);
        Assert.Equal(Errno.None, wait.Sleep());
        wait.Dispose();
        Assert.False(second.Parker.Park(0));
        next.Dispose();
    }

    [Fact]
    public void A_deadline_ends_a_wait_and_the_queue_is_left()
    {
        var queue = new WaitQueue();
        var waiter = new Waiter(new SimulatedParker(new SimulatedClock(isReal: true)), thread: null);
        using (var wait = new WaitScope(waiter))
        {
            wait.Add(queue);
            Assert.True(queue.HasWaiters);
            Assert.Equal(Errno.ETIMEDOUT, wait.Sleep(deadline: 1));
        }

        Assert.False(queue.HasWaiters);
    }

    [Fact]
    public void A_wake_up_between_the_look_and_the_sleep_is_not_lost()
    {
        var queue = new WaitQueue();
        var waiter = new Waiter(new SimulatedParker(new SimulatedClock()), thread: null);
        using var wait = new WaitScope(waiter);
        wait.Add(queue);
        queue.WakeAll();
        Assert.Equal(Errno.None, wait.Sleep());
    }

    [Fact]
    public void A_pending_signal_ends_a_wait()
    {
        using var kernel = new SimulatedKernel();
        kernel.Caller.AddOwnWork(Levitate.Kernel.Processes.ThreadWork.Signal);
        using var wait = new WaitScope(kernel.Caller);
        wait.Add(new WaitQueue());
        Assert.Equal(Errno.ERESTARTSYS, wait.Sleep());
    }

    [Fact]
    public void Timers_fire_in_the_order_of_their_deadlines()
    {
        var machine = new SimulatedMachine();
        var timers = new TimerQueue(machine);
        var order = new System.Collections.Concurrent.ConcurrentQueue<int>();
        const long Start = 1_000_000;
        var random = new Random(3);
        var cancelled = new OrderTimer(-1, order);
        timers.Set(cancelled, Start);
        int[] numbers = [.. System.Linq.Enumerable.Range(0, 50)];
        random.Shuffle(numbers);
        foreach (int number in numbers)
        {
            timers.Set(new OrderTimer(number, order), Start + number);
        }

        timers.Cancel(cancelled);
        Assert.Empty(order);
        machine.SimulatedClock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(SpinWait.SpinUntil(() => order.Count == numbers.Length, TimeSpan.FromSeconds(30)));
        Assert.Equal(System.Linq.Enumerable.Range(0, 50), order);
    }

    [Theory]
    [InlineData(0x0_0_005_000u, 9u, 5u, false)]
    [InlineData(0x1_0_003_009u, 9u, 12u, true)]
    [InlineData(0x2_1_006_009u, 9u, 15u, false)]
    [InlineData(0x3_2_001_00au, 9u, 8u, true)]
    [InlineData(0x4_5_fff_fffu, 9u, 0xffff_fff6u, true)]
    [InlineData(0x8_4_004_008u, 9u, 16u, true)]
    public void Wake_operations_change_and_compare_as_Linux_does(uint encoded, uint old, uint changed, bool compares)
    {
        var operation = new FutexOperation(encoded);
        Assert.True(operation.IsKnown && operation.HasKnownComparison);
        Assert.Equal(changed, operation.Apply(old));
        Assert.Equal(compares, operation.Compare(old));
    }

    private sealed class OrderTimer(int number, System.Collections.Concurrent.ConcurrentQueue<int> order) : KernelTimer
    {
        protected internal override void OnFire() => order.Enqueue(number);
    }

    /// <summary>A parker whose owner is woken as it falls asleep.</summary>
    private sealed class WokenParker(Action wake) : ThreadParker
    {
        public override void Unpark()
        {
        }

        protected override bool Wait(long deadline)
        {
            wake();
            return true;
        }
    }
}
