using System;
using System.Runtime.InteropServices;
using Levitate.Floor;

namespace Levitate.Machine.Processors;

/// <summary>
/// Kernel threads for managed code: the floor's threads, which the runtime comes to know when they enter managed code. One
/// from <see cref="System.Threading.Thread"/> would have twice as many objects for the collector to look after, and its
/// start would wait until the new thread has begun.
/// </summary>
internal static unsafe class ManagedThreads
{
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
        body();
    }
}
