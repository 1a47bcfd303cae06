using System.Numerics;
using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>
/// malloc for the .NET runtime's native parts: blocks of powers of two from 32 bytes to half a page on free lists, and
/// whole pages above. Before each block stand 16 bytes with its size, so that blocks are 16-byte aligned.
/// </summary>
internal static unsafe class Malloc
{
    private const int HeaderBytes = 16;
    private const int SmallestShift = 5;
    private const int LargestShift = 15;
    private const int ChunkBytes = 64 * 1024;
    private const int PROT_READ_WRITE = 3;
    private const int MAP_ANONYMOUS_PRIVATE = 0x22;

    /// <summary>Guards what is below. Never held while mapping memory.</summary>
    private static SpinLock s_lock;
    private static FreeLists s_lists;
    private static byte* s_chunk;
    private static nuint s_chunkRemaining;

    [RuntimeExport("malloc")]
    internal static void* Allocate(nuint size)
    {
        if (size > int.MaxValue)
        {
            CError.Fail(CError.ENOMEM);
            return null;
        }

        nuint total = size + HeaderBytes;
        int shift = total <= 1 << SmallestShift ? SmallestShift : BitOperations.Log2((ulong)total - 1) + 1;
        byte* block = shift <= LargestShift ? AllocateSmall(shift) : MapPages(total);
        if (block == null)
        {
            CError.Fail(CError.ENOMEM);
            return null;
        }

        *(nuint*)block = shift <= LargestShift ? (nuint)1 << shift : total;
        return block + HeaderBytes;
    }

    [RuntimeExport("free")]
    internal static void Free(void* memory)
    {
        if (memory == null)
        {
            return;
        }

        byte* block = (byte*)memory - HeaderBytes;
        nuint total = *(nuint*)block;
        if (total > 1 << LargestShift)
        {
            VirtualMemory.Unmap((ulong)block, total);
            return;
        }

        int list = BitOperations.Log2((ulong)total) - SmallestShift;
        ulong flags = s_lock.Acquire(LockRank.Malloc);
        *(ulong*)block = s_lists.Heads[list];
        s_lists.Heads[list] = (ulong)block;
        s_lock.Release(flags);
    }

    [RuntimeExport("calloc")]
    internal static void* AllocateZeroed(nuint count, nuint size)
    {
        if (size != 0 && count > int.MaxValue / size)
        {
            CError.Fail(CError.ENOMEM);
            return null;
        }

        void* memory = Allocate(count * size);
        if (memory != null)
        {
            CMemory.Set(memory, 0, count * size);
        }

        return memory;
    }

    [RuntimeExport("realloc")]
    internal static void* Reallocate(void* memory, nuint size)
    {
        if (memory == null)
        {
            return Allocate(size);
        }

        nuint capacity = *(nuint*)((byte*)memory - HeaderBytes) - HeaderBytes;
        if (size <= capacity)
        {
            return memory;
        }

        void* larger = Allocate(size);
        if (larger != null)
        {
            CMemory.Copy(larger, memory, capacity);
            Free(memory);
        }

        return larger;
    }

    private static byte* AllocateSmall(int shift)
    {
        nuint size = (nuint)1 << shift;
        while (true)
        {
            ulong flags = s_lock.Acquire(LockRank.Malloc);
            byte* block = (byte*)s_lists.Heads[shift - SmallestShift];
            if (block != null)
            {
                s_lists.Heads[shift - SmallestShift] = *(ulong*)block;
            }
            else if (s_chunkRemaining >= size)
            {
                block = s_chunk;
                s_chunk += size;
                s_chunkRemaining -= size;
            }

            s_lock.Release(flags);
            if (block != null)
            {
                return block;
            }

            byte* chunk = MapPages(ChunkBytes);
            if (chunk == null)
            {
                return null;
            }

            // What is left of the old chunk, or a chunk that another thread has brought meanwhile, is given up: less than
            // one block of the largest size.
            flags = s_lock.Acquire(LockRank.Malloc);
            s_chunk = chunk;
            s_chunkRemaining = ChunkBytes;
            s_lock.Release(flags);
        }
    }

    private static byte* MapPages(nuint size)
    {
        nint address = VirtualMemory.Map(0, size, PROT_READ_WRITE, MAP_ANONYMOUS_PRIVATE, -1, 0);
        return address == -1 ? null : (byte*)address;
    }

    private struct FreeLists
    {
        internal fixed ulong Heads[LargestShift - SmallestShift + 1];
    }
}
