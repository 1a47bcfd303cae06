using System;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Scheduling;

public sealed class LockOrderTests
{
    private readonly KernelLock _outer = new(LockOrder.Pipe);
    private readonly KernelLock _inner = new(LockOrder.FileTable);

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

    [Fact]
    public void All_parts_of_the_family_lock_include_each_and_are_not_taken_with_one_held()
    {
        var families = new FamilyLock();
        using var kernel = new SimulatedKernel();
        Process first = kernel.Caller.Process;
        Process second = kernel.CreateProcess().Process;
        using (families.EnterAll())
        {
            using (families.EnterAll())
            {
                families.Enter(first).Dispose();
                families.Enter(second).Dispose();
            }
        }

        using (families.Enter(first))
        {
            AssertBreach(() => families.EnterAll().Dispose(), "with one held", "ProcessFamily held");
            AssertBreach(() => families.Enter(second).Dispose(), "ProcessFamily is taken with ProcessFamily held");
        }

        second.AddressSpace.Release();
    }

    private static void AssertBreach(Action action, params string[] messages)
    {
        InvalidOperationException breach = Assert.Throws<InvalidOperationException>(action);
        Assert.Contains(messages, message => breach.Message.Contains(message, StringComparison.Ordinal));
    }
}
