using System;
using System.Threading;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>
/// Makes races likely: at each of the machine's points (a frame, a page table, a user copy, a park, user mode), and before each lock of the kernel's, the thread
/// that comes by may have to let others go first, as chance has it. The chances are those of a seed and of the order in which
/// threads first come by, so that a seed that found something will soon find it again.
/// </summary>
public class Disturbance(int seed)
{
    [ThreadStatic]
    private static Disturbance? t_ofThread;

    private readonly ThreadLocal<Random> _random = new();
    private int _threads;

    /// <summary>What holds the calling thread up before it takes a lock; null: nothing.</summary>
    public static Disturbance? OfThread
    {
        get => t_ofThread;
        set => t_ofThread = value;
    }

    /// <summary>Numbers that are the calling thread's own.</summary>
    public Random Random => _random.Value ??= new Random((seed * 1000) + Interlocked.Increment(ref _threads));

    /// <summary>A place where the calling thread may be held up.</summary>
    public virtual void Point()
    {
        int chance = Random.Next(64);
        if (chance < 8)
        {
            Thread.Yield();
        }
        else if (chance < 12)
        {
            Thread.SpinWait(Random.Next(2000));
        }
        else if (chance == 12)
        {
            Thread.Sleep(0);
        }
    }
}
