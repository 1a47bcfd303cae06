using System.Runtime;

namespace Levitate.Floor.Runtime;

/// <summary>The system calls that the runtime makes without a C function of their own, and randomness.</summary>
internal static unsafe class SystemCalls
{
    private const int SYS_gettid = 186;
    private const int SYS_getrandom = 318;
    private const int SYS_membarrier = 324;
    private const int MEMBARRIER_CMD_QUERY = 0;
    private const int MEMBARRIER_CMD_PRIVATE_EXPEDITED = 8;
    private const int MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 16;

    /// <summary>drand48's state; races only make it more random.</summary>
    private static ulong s_random;

    /// <summary>Anything else is ENOSYS, as for the NUMA calls (237 to 239) on a kernel without NUMA.</summary>
    [RuntimeExport("syscall")]
    internal static long Call(long number, long first, long second, long third)
    {
        switch (number)
        {
            case SYS_gettid:
                return Threads.Current->Id;
            case SYS_getrandom:
                return FillRandom((byte*)first, (nuint)second);
            case SYS_membarrier:
                return Barrier((int)first);
            default:
                return CError.Fail(CError.ENOSYS);
        }
    }

    [RuntimeExport("srand48")]
    internal static void SeedRandom(long seed) => s_random = ((ulong)(uint)seed << 16) | 0x330e;

    /// <summary>The C standard's linear congruential generator of 48 bits; gives 31 bits.</summary>
    [RuntimeExport("lrand48")]
    internal static long NextRandom()
    {
        s_random = ((s_random * 0x5deece66d) + 11) & 0xffff_ffff_ffff;
        return (long)(s_random >> 17);
    }

    private static long FillRandom(byte* buffer, nuint length)
    {
        nuint index = 0;
        for (; length - index >= 8; index += 8)
        {
            *(ulong*)(buffer + index) = CpuEntropy.Next64();
        }

        ulong last = CpuEntropy.Next64();
        for (; index < length; index++, last >>= 8)
        {
            buffer[index] = (byte)last;
        }

        return (long)length;
    }

    /// <summary>The collector orders its stores against those of all running threads by it.</summary>
    private static long Barrier(int command)
    {
        switch (command)
        {
            case MEMBARRIER_CMD_QUERY:
                return MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
            case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
                return 0;
            case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
                Processors.MemoryBarrier();
                return 0;
            default:
                return CError.Fail(CError.EINVAL);
        }
    }
}
