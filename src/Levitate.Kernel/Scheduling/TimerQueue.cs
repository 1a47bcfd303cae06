using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Scheduling;

/// <summary>Something that is to happen at a time. Belongs to one <see cref="TimerQueue"/>.</summary>
public abstract class KernelTimer
{
    /// <summary>Its place in the queue's heap; -1: not armed. The queue's lock guards it.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>When, in monotonic nanoseconds.</summary>
    internal long Deadline { get; set; }

    /// <summary>Called at the time on the timers' thread, without locks; the timer is no longer armed and may be armed again. Must not block.</summary>
    protected internal abstract void OnFire();
}

/// <summary>Timers, fired by a kernel thread of their own that starts with the first of them.</summary>
/// <param name="machine">The machine.</param>
/// <param name="contain">Takes what a timer threw; the others go on. Null: it is thrown on.</param>
public sealed class TimerQueue(IMachine machine, Action<Exception>? contain = null)
{
    /// <summary>Guards the heap. Order: a leaf but for the parker. Never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.TimerQueue);

    private readonly List<KernelTimer> _heap = [];
    private ThreadParker? _parker;

    /// <summary>Arms a timer, or moves an armed one. False when the thread could not be started for want of memory.</summary>
    public bool Set(KernelTimer timer, long deadline)
    {
        ThreadParker? parker;
        using (_lock.Enter())
        {
            if (_parker is null && !TryStart())
            {
                return false;
            }

            // Where there is no memory for that, nothing was done yet.
            _heap.EnsureCapacity(_heap.Count + 1);
            RemoveLocked(timer);
            timer.Deadline = deadline;
            timer.Index = _heap.Count;
            _heap.Add(timer);
            SiftUp(timer.Index);
            parker = timer.Index == 0 ? _parker : null;
        }

        parker?.Unpark();
        return true;
    }

    /// <summary>Disarms a timer. It may be firing just now.</summary>
    public void Cancel(KernelTimer timer)
    {
        using (_lock.Enter())
        {
            RemoveLocked(timer);
        }
    }

    /// <summary>Nanoseconds until it fires, at least 1; 0 when it is not armed.</summary>
    public long Remaining(KernelTimer timer)
    {
        using (_lock.Enter())
        {
            return timer.Index < 0 ? 0 : Math.Max(timer.Deadline - machine.Clock.MonotonicNanoseconds, 1);
        }
    }

    private bool TryStart()
    {
        ThreadParker parker = machine.CreateParker();
        if (!machine.TryStartThread("timers", () => Run(parker)))
        {
            return false;
        }

        _parker = parker;
        return true;
    }

    private void Run(ThreadParker parker)
    {
        // The thread is started by who arms the first timer, and all wait for it.
        machine.SetThreadTerms(new ThreadTerms(ulong.MaxValue, machine.UsualSliceNanoseconds, ThreadTerms.Kernel));
        while (true)
        {
            KernelTimer? due = null;
            long deadline = ThreadParker.NoDeadline;
            using (_lock.Enter())
            {
                if (_heap.Count > 0)
                {
                    deadline = _heap[0].Deadline;
                    if (deadline <= machine.Clock.MonotonicNanoseconds)
                    {
                        due = _heap[0];
                        RemoveLocked(due);
                    }
                }
            }

            if (due is not null)
            {
                try
                {
                    due.OnFire();
                }
                catch (Exception exception) when (contain is not null)
                {
                    contain(exception);
                }
            }
            else
            {
                parker.Park(deadline);
            }
        }
    }

    private void RemoveLocked(KernelTimer timer)
    {
        int index = timer.Index;
        if (index < 0)
        {
            return;
        }

        KernelTimer last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        timer.Index = -1;
        if (last != timer)
        {
            Place(last, index);
            SiftUp(index);
            SiftDown(last.Index);
        }
    }

    private void SiftUp(int index)
    {
        KernelTimer timer = _heap[index];
        while (index > 0 && _heap[(index - 1) / 2].Deadline > timer.Deadline)
        {
            Place(_heap[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        Place(timer, index);
    }

    private void SiftDown(int index)
    {
        KernelTimer timer = _heap[index];
        while (true)
        {
            int child = (2 * index) + 1;
            if (child >= _heap.Count)
            {
                break;
            }

            if (child + 1 < _heap.Count && _heap[child + 1].Deadline < _heap[child].Deadline)
            {
                child++;
            }

            if (_heap[child].Deadline >= timer.Deadline)
            {
                break;
            }

            Place(_heap[child], index);
            index = child;
        }

        Place(timer, index);
    }

    private void Place(KernelTimer timer, int index)
    {
        _heap[index] = timer;
        timer.Index = index;
    }
}
