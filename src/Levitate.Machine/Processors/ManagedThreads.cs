using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Levitate.Floor;
using Levitate.Kernel.Scheduling;
using Levitate.Machine.Memory;

namespace Levitate.Machine.Processors;

/// <summary>
/// Kernel threads for managed code: the floor's threads, which the runtime comes to know when they enter managed code. One
/// from <see cref="System.Threading.Thread"/> would have twice as many objects for the collector to look after, and its
/// start would wait until the new thread has begun. One whose work has ended is kept for the next work, some for each
/// processor: then a start takes none of the locks on stacks, thread structures and the runtime's list of threads, which
/// all processors share.
/// </summary>
internal static unsafe class ManagedThreads
{
    private const long RetryNanoseconds = 1_000_000;

    /// <summary>How many threads are kept for each processor.</summary>
    private const int SparesOfOne = 4;

    /// <summary>Places a processor: a cache line of them, of which <see cref="SparesOfOne"/> are used.</summary>
    private const int Stride = 8;

    /// <summary>The threads that wait for work. No lock: each place is taken and filled by one atomic exchange.</summary>
    private static readonly ManagedThread?[] s_spares = new ManagedThread?[Floor.Processors.MaximumCount * Stride];

    /// <summary>How many threads there are, those that wait for work included.</summary>
    private static int s_count;

    /// <summary>Starts a thread. False when there is no memory for one. An exception that leaves the body ends the kernel.</summary>
    internal static bool TryStart(Action body)
    {
        if (TryTakeSpare() is { } spare)
        {
            spare.Resume(body);
            return true;
        }

        CollectionPolicy.NoteThread(Interlocked.Increment(ref s_count));
        GCHandle handle = GCHandle.Alloc(new ManagedThread(body));
        delegate* unmanaged<void*, void> run = &Run;
        if (!Threads.TryStart(run, (void*)GCHandle.ToIntPtr(handle)))
        {
            handle.Free();
            Interlocked.Decrement(ref s_count);
            return false;
        }

        return true;
    }

    [UnmanagedCallersOnly]
    private static void Run(void* argument)
    {
        var handle = GCHandle.FromIntPtr((nint)argument);
        var thread = (ManagedThread)handle.Target!;
        handle.Free();
        while (!TryPrepare(thread))
        {
            // Whoever filled the heap meets its end first, and is ended: a thread that has begun has nobody to tell.
            BlockingCalls.Park(Clock.Nanoseconds + RetryNanoseconds);
        }

        thread.RunBody();
        while (TryKeep(thread))
        {
            thread.WaitForBody();
            thread.RunBody();
        }

        Interlocked.Decrement(ref s_count);
    }

    /// <summary>Has the runtime make what the thread needs to take locks. False when there is no memory.</summary>
    private static bool TryPrepare(ManagedThread thread)
    {
        try
        {
            KernelLock.PrepareThread(thread);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    /// <summary>A thread that waits for work: one of this processor's, else any; null: there is none.</summary>
    private static ManagedThread? TryTakeSpare()
    {
        int own = Floor.Processors.Current;
        for (int step = 0; step < Floor.Processors.Count; step++)
        {
            foreach (ref ManagedThread? place in PlacesOf((own + step) % Floor.Processors.Count))
            {
                if (Volatile.Read(ref place) is not null && Interlocked.Exchange(ref place, null) is { } spare)
                {
                    return spare;
                }
            }
        }

        return null;
    }

    /// <summary>Offers the calling thread for more work; false: there are enough already, so it ends.</summary>
    private static bool TryKeep(ManagedThread thread)
    {
        Threads.Renew();
        int own = Floor.Processors.Current;
        for (int step = 0; step < Floor.Processors.Count; step++)
        {
            foreach (ref ManagedThread? place in PlacesOf((own + step) % Floor.Processors.Count))
            {
                if (Volatile.Read(ref place) is null && Interlocked.CompareExchange(ref place, thread, null) is null)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>How many threads are kept; a moment's view.</summary>
    internal static int SpareCount
    {
        get
        {
            int count = 0;
            for (int processor = 0; processor < Floor.Processors.Count; processor++)
            {
                foreach (ref ManagedThread? place in PlacesOf(processor))
                {
                    count += Volatile.Read(ref place) is null ? 0 : 1;
                }
            }

            return count;
        }
    }

    private static Span<ManagedThread?> PlacesOf(int processor) => s_spares.AsSpan(processor * Stride, SparesOfOne);

    /// <summary>A thread and what it is to do next. It waits for locks with this same object.</summary>
    private sealed class ManagedThread(Action? body) : HardwareLockWaiter
    {
        private KernelThread* _thread;

        /// <summary>Set by who starts the work, cleared by the thread.</summary>
        private Action? _body = body;

        /// <summary>Has the waiting thread run something. By who took it from the spares.</summary>
        internal void Resume(Action body)
        {
            Volatile.Write(ref _body, body);
            Threads.Resume(_thread);
        }

        /// <summary>On the thread: waits until there is something to do.</summary>
        internal void WaitForBody()
        {
            while (Volatile.Read(ref _body) is null)
            {
                BlockingCalls.Park(long.MaxValue);
            }
        }

        /// <summary>On the thread. In a frame of its own, of which nothing stays for the collector to find while the thread waits.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        internal void RunBody()
        {
            _thread = Threads.Current;
            Threads.BeginBody();
            Action body = _body!;
            _body = null;
            body();
        }
    }
}
