namespace Levitate.Floor;

/// <summary>The stacks of kernel threads: whole pages, mapped at once, above a page that is never mapped.</summary>
internal static unsafe class KernelStacks
{
    /// <summary>Bytes of a stack. Managed exception handling alone wants some ten KiB.</summary>
    internal const ulong Bytes = 128 * 1024;

    private const ulong Stride = Bytes * 2;
    private const int CacheCapacity = 16;

    private struct Cache
    {
        internal fixed ulong Stacks[CacheCapacity];
    }

    private static Cache s_cache;
    private static int s_cached;
    private static ulong s_next;

    /// <summary>Guards the fields above. Interrupts off; before KernelPageTables' lock.</summary>
    private static SpinLock s_lock;

    /// <summary>A stack's top; 0 when there is no memory.</summary>
    internal static ulong TryAllocate()
    {
        ulong flags = s_lock.Acquire();
        if (s_cached > 0)
        {
            ulong cached = s_cache.Stacks[--s_cached];
            s_lock.Release(flags);
            return cached;
        }

        ulong bottom = KernelPageTables.StacksStart + s_next + Stride - Bytes;
        s_next += Stride;
        s_lock.Release(flags);
        for (ulong offset = 0; offset < Bytes; offset += 4096)
        {
            if (!FrameAllocator.TryAllocateForUser(out uint frame))
            {
                Unmap(bottom, offset);
                return 0;
            }

            if (!KernelPageTables.TryMap(bottom + offset, frame))
            {
                FrameAllocator.Release(frame);
                Unmap(bottom, offset);
                return 0;
            }
        }

        return bottom + Bytes;
    }

    /// <summary>Takes back a stack on which nothing runs any more.</summary>
    internal static void Free(ulong top)
    {
        ulong flags = s_lock.Acquire();
        if (s_cached < CacheCapacity)
        {
            s_cache.Stacks[s_cached++] = top;
            s_lock.Release(flags);
            return;
        }

        s_lock.Release(flags);
        Unmap(top - Bytes, Bytes);
    }

    /// <summary>Whether an address is in the unmapped part under a stack.</summary>
    internal static bool IsGuard(ulong address) =>
        address >= KernelPageTables.StacksStart && address < KernelPageTables.StacksStart + s_next
        && (address - KernelPageTables.StacksStart) % Stride < Stride - Bytes;

    private static void Unmap(ulong bottom, ulong bytes)
    {
        for (ulong offset = 0; offset < bytes; offset += 4096)
        {
            if (KernelPageTables.TryUnmap(bottom + offset, out uint frame))
            {
                FrameAllocator.Release(frame);
            }
        }
    }
}
