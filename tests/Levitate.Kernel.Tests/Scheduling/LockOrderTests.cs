using System;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

public sealed class LockOrderTests
{
    private KernelLock _outer = new(LockOrder.Pipe);
    private KernelLock _inner = new(LockOrder.FileTable);

    [Fact]
    public void A_lock_that_is_taken_under_a_later_one_is_an_exception_that_names_both()
    {
        using (_outer.Enter())
        {
            using (_inner.Enter())
            {
            }
        }

        using (_inner.Enter())
        {
            AssertBreach(() => _outer.Enter().Dispose(), "Pipe is taken with FileTable held");
        }
    }

    [Fact]
    public void A_second_lock_of_a_kind_is_an_exception_and_the_same_lock_again_is_not()
    {
        var other = new KernelLock(LockOrder.Pipe);
        using (_outer.Enter())
        {
            using (_outer.Enter())
            {
                AssertBreach(() => other.Enter().Dispose(), "Pipe is taken with Pipe held");
            }
        }
    }

    [Fact]
    public void Sleeping_with_a_lock_held_is_an_exception()
    {
        var wait = new Waiter(new SimulatedParker(new SimulatedClock()), thread: null);
        using (_inner.Enter())
        {
            AssertBreach(() => new WaitScope(wait).Sleep(deadline: 0), "a thread sleeps with FileTable held");
        }
    }

    private static void AssertBreach(Action action, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(action).Message, StringComparison.Ordinal);
}
