using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Threading;
using Levitate.Floor;

namespace Levitate.Machine.Memory;

/// <summary>
/// When the collector runs, as far as it does not know by itself.
/// <para>Left alone it looks at the whole heap by what has become old since the last time, which is little in a kernel's
/// small heap: the five hundredth thread that is made would stop the world for all of them. So it is told not to, unless
/// memory is short, and the whole heap is looked at when it has doubled.</para>
/// <para>What is made at power-on stays. The first collection waits until a program has made something, too.</para>
/// </summary>
internal sealed class CollectionPolicy
{
    private const long Megabyte = 1 << 20;
    private const long SmallestLimit = Megabyte;
    private const long LargestLimit = 8 * Megabyte;

    /// <summary>Of what part of memory the heap may be in any case.</summary>
    private const long SmallPart = 64;

    /// <summary>Bytes that are allocated before the first collection: what a small program takes from power-on to its end.</summary>
    private const long FirstBudget = 208 << 10;

    /// <summary>As many threads at least are made between two collections.</summary>
    private const int ThreadsInOneStop = 32;

    /// <summary>The part of all threads that is made between two collections where there are many: each looks at all their stacks.</summary>
    private const int PartInOneStop = 16;

    private static long s_limit;
    private static int s_newThreads;

    private CollectionPolicy()
    {
    }

    /// <summary>Looks after every collection of young objects. The runtime's finalizer thread does it, when the world goes on.</summary>
    ~CollectionPolicy()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) > s_limit)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            SetLimit();
        }

        try
        {
            Watch();
        }
        catch (OutOfMemoryException)
        {
            // This object will do, though it is older: it is found dead when its generation is looked at.
            GC.ReRegisterForFinalize(this);
        }
    }

    /// <summary>Begins.</summary>
    public static void Begin()
    {
        GCSettings.LatencyMode = GCLatencyMode.LowLatency;
        SetLimit();
        Watch();
        _ = GC.TryStartNoGCRegion(FirstBudget);
    }

    /// <summary>
    /// A kernel thread was made, and not one that was kept taken again. A burst of them leaves nothing but objects in use, and
    /// all of what two collections find so can come into one stop: so there are more of them, with less each.
    /// </summary>
    /// <param name="threads">How many there are.</param>
    public static void NoteThread(int threads)
    {
        int most = Math.Max(ThreadsInOneStop, threads / PartInOneStop);
        if (Interlocked.Increment(ref s_newThreads) >= most && Interlocked.Exchange(ref s_newThreads, 0) >= most)
        {
            GC.Collect(1, GCCollectionMode.Forced, blocking: true);
        }
    }

    private static void SetLimit()
    {
        long small = Math.Clamp((long)FrameAllocator.TotalFrames * 4096 / SmallPart, SmallestLimit, LargestLimit);
        s_limit = Math.Max(2 * GC.GetTotalMemory(forceFullCollection: false), small);
    }

    /// <summary>A young object that nobody holds: the next collection finds it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Watch() => _ = new CollectionPolicy();
}
