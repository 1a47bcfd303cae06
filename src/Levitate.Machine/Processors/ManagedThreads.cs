using System;
using System.Runtime.InteropServices;
using Levitate.Floor;
using Levitate.Kernel.Scheduling;

namespace Levitate.Machine.Processors;

/// <summary>
/// Kernel threads for managed code: the floor's threads, which the runtime comes to know when they enter managed code. One
/// from <see cref="System.Threading.Thread"/> would have twice as many objects for the collector to look after, and its
/// start would wait until the new thread has begun.
/// </summary>
internal static unsafe class ManagedThreads
{
    private const long RetryNanoseconds = 1_000_000;

    /// <summary>Starts a thread. False when there is no memory for one. An exception that leaves the body ends the kernel.</summary>
    internal static bool TryStart(Action body)
    {
        GCHandle handle = GCHandle.Alloc(body);
        delegate* unmanaged<void*, void> run = &Run;
        if (!Threads.TryStart(run, (void*)GCHandle.ToIntPtr(handle)))
        {
            handle.Free();
            return false;
        }

        return true;
    }

    [UnmanagedCallersOnly]
    private static void Run(void* argument)
    {
        var handle = GCHandle.FromIntPtr((nint)argument);
        var body = (Action)handle.Target!;
        handle.Free();
        while (!TryPrepare())
        {
            // Whoever filled the heap meets its end first, and is ended: a thread that has begun has nobody to tell.
            BlockingCalls.Park(Clock.Nanoseconds + RetryNanoseconds);
        }

        body();
    }

    /// <summary>Has the runtime make what the thread needs to take locks. False when there is no memory.</summary>
    private static bool TryPrepare()
    {
        try
        {
            KernelLock.PrepareThread();
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }
}
