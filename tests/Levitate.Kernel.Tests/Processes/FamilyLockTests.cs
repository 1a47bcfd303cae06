using System;
using System.Threading;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Tests.Simulation;
using Xunit;

namespace Levitate.Kernel.Tests.Processes;

public sealed class FamilyLockTests : IDisposable
{
    private readonly SimulatedKernel _kernel = new();
    private readonly FamilyLock _families = new();
    private readonly Process _first;
    private readonly Process _second;
    private readonly Process _child;

    public FamilyLockTests()
    {
        _first = _kernel.CreateProcess().Process;
        _second = _kernel.CreateProcess().Process;
        _child = _kernel.CreateProcess().Process;
        _child.Parent = _first;
    }

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void All_parts_include_each_and_are_not_taken_with_one_held()
    {
        using (_families.EnterAll())
        {
            using (_families.EnterAll())
            {
                _families.Enter(_first).Dispose();
                _families.EnterOfParent(_child).Dispose();
            }

            _families.AssertAllHeld();
        }

        using (_families.Enter(_first))
        {
            AssertBreach(() => _families.EnterAll().Dispose());
            AssertBreach(() => _families.Enter(_second).Dispose());
            AssertBreach(() => _families.AssertHeld(_second));
            AssertBreach(_families.AssertAllHeld);
            _families.AssertHeld(_first);
        }

        AssertBreach(() => _families.AssertHeld(_first));
    }

    [Fact]
    public void A_child_that_gets_another_parent_meanwhile_is_guarded_by_that_ones_part()
    {
        Exception? failure = null;
        var other = new Thread(() =>
        {
            try
            {
                using (_families.EnterOfParent(_child))
                {
                    _families.AssertHeld(_second);
                }
            }
            catch (InvalidOperationException exception)
            {
                failure = exception;
            }
        });
        using (_families.EnterAll())
        {
            other.Start();
            Assert.True(SpinWait.SpinUntil(() => (other.ThreadState & ThreadState.WaitSleepJoin) != 0, TimeSpan.FromSeconds(30)), "the other thread does not wait");
            _child.Parent = _second;
        }

        other.Join();
        Assert.Null(failure);
    }

    private static void AssertBreach(Action action) => Assert.Throws<InvalidOperationException>(action);
}
