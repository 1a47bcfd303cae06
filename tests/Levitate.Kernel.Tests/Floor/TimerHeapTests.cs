using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Levitate.Floor;
using Xunit;

namespace Levitate.Kernel.Tests.Floor;

public sealed unsafe class TimerHeapTests : IDisposable
{
    private const int Threads = 300;

    private readonly KernelThread* _threads = (KernelThread*)NativeMemory.AllocZeroed(Threads, (nuint)sizeof(KernelThread));

    public void Dispose() => NativeMemory.Free(_threads);

    [Fact]
    public void The_earliest_of_those_that_are_in_it_is_on_top_whatever_came_and_went()
    {
        var random = new Random(7);
        var inside = new HashSet<int>();
        KernelThread* top = null;
        for (int step = 0; step < 50_000; step++)
        {
            int number = random.Next(Threads);
            if (inside.Add(number))
            {
                _threads[number].Deadline = random.Next(1000);
                TimerHeap.Add(ref top, _threads + number);
            }
            else
            {
                inside.Remove(number);
                TimerHeap.Remove(ref top, _threads + number);
            }

            Assert.Equal(inside.Count == 0, top == null);
            Assert.True(top == null || top->Deadline == inside.Min(DeadlineOf));
        }
    }

    [Fact]
    public void Taken_from_the_top_they_come_in_the_order_of_their_deadlines()
    {
        var random = new Random(8);
        KernelThread* top = null;
        for (int number = 0; number < Threads; number++)
        {
            _threads[number].Deadline = random.Next(100);
            TimerHeap.Add(ref top, _threads + number);
        }

        var order = new List<long>();
        while (top != null)
        {
            order.Add(top->Deadline);
            TimerHeap.Remove(ref top, top);
        }

        Assert.Equal(Enumerable.Range(0, Threads).Select(DeadlineOf).Order(), order);
    }

    private long DeadlineOf(int number) => _threads[number].Deadline;
}
