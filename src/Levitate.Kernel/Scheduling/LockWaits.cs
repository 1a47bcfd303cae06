using System;
using System.Runtime.Intrinsics.X86;
using System.Threading;

namespace Levitate.Kernel.Scheduling;

/// <summary>Where those wait who found a <see cref="KernelLock"/> taken: few places for all locks, since few are ever waited for.</summary>
internal static class LockWaits
{
    private static readonly object[] s_places = CreatePlaces(64);

    private static int s_lastPlace;

    /// <summary>How often a lock that is taken is looked at before its holder is slept for; on one processor the holder does not run meanwhile.</summary>
    internal static readonly int Spins = Environment.ProcessorCount > 1 ? 100 : 0;

    /// <summary>For tests in which threads take turns: lets another one run instead of waiting; false: this thread takes no turns.</summary>
    internal static Func<bool>? LetOthersRun { get; set; }

    /// <summary>Lets a moment pass.</summary>
    internal static void Pause()
    {
        if (X86Base.IsSupported)
        {
            X86Base.Pause();
        }
    }

    /// <summary>Waits until the lock is free, and takes it.</summary>
    /// <param name="owner">Its owner; negative while somebody may be waiting.</param>
    /// <param name="place">Where its waiters wait; 0 until there was one.</param>
    /// <param name="self">What the owner is to become: negative, since others may be waiting, too.</param>
    internal static void Wait(ref long owner, ref int place, long self)
    {
        while (LetOthersRun is { } letOthersRun && letOthersRun())
        {
            if (Interlocked.CompareExchange(ref owner, self, 0) == 0)
            {
                return;
            }
        }

        if (Volatile.Read(ref place) == 0)
        {
            Interlocked.CompareExchange(ref place, (Interlocked.Increment(ref s_lastPlace) & int.MaxValue) + 1, 0);
        }

        object here = PlaceOf(place);
        lock (here)
        {
            while (true)
            {
                long seen = Volatile.Read(ref owner);
                if (seen == 0)
                {
                    if (Interlocked.CompareExchange(ref owner, self, 0) == 0)
                    {
                        return;
                    }
                }
                else if (seen < 0 || Interlocked.CompareExchange(ref owner, seen | long.MinValue, seen) == seen)
                {
                    // Who gives the lock back from now on sees that it is awaited, and comes for this place's lock first.
                    Monitor.Wait(here);
                }
            }
        }
    }

    /// <summary>Lets those who wait at a place look again.</summary>
    internal static void WakeAll(int place)
    {
        object here = PlaceOf(place);
        lock (here)
        {
            Monitor.PulseAll(here);
        }
    }

    private static object PlaceOf(int place) => s_places[(uint)place % (uint)s_places.Length];

    private static object[] CreatePlaces(int count)
    {
        var places = new object[count];
        for (int i = 0; i < count; i++)
        {
            places[i] = new object();
        }

        return places;
    }
}
