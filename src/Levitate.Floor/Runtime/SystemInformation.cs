using System.Runtime;
using System.Runtime.InteropServices;

namespace Levitate.Floor.Runtime;

/// <summary>What the runtime asks of the system: its limits, memory, processors and settings.</summary>
internal static unsafe class SystemInformation
{
    private const int PageBytes = 4096;
    private const int _SC_PAGESIZE = 30;
    private const int _SC_NPROCESSORS_CONF = 83;
    private const int _SC_NPROCESSORS_ONLN = 84;
    private const int _SC_PHYS_PAGES = 85;
    private const int _SC_AVPHYS_PAGES = 86;
    private const int _SC_LEVEL1_DCACHE_SIZE = 188;
    private const int _SC_LEVEL2_CACHE_SIZE = 194;
    private const int _SC_LEVEL3_CACHE_SIZE = 197;
    private const int _SC_LEVEL4_CACHE_SIZE = 200;
    private const ulong RLIM_INFINITY = ulong.MaxValue;

    /// <summary>The kernel is the only process that the runtime knows. It is not 0, which means "the caller" in many places.</summary>
    private const int ProcessId = 1;

    [RuntimeExport("sysconf")]
    internal static long GetConfiguration(int name)
    {
        switch (name)
        {
            case _SC_PAGESIZE:
                return PageBytes;
            case _SC_NPROCESSORS_CONF:
            case _SC_NPROCESSORS_ONLN:
                return Processors.Count;
            case _SC_PHYS_PAGES:
                return FrameAllocator.TotalFrames;
            case _SC_AVPHYS_PAGES:
                return FrameAllocator.FreeFrames;
            case _SC_LEVEL1_DCACHE_SIZE:
            case _SC_LEVEL2_CACHE_SIZE:
            case _SC_LEVEL3_CACHE_SIZE:
            case _SC_LEVEL4_CACHE_SIZE:
                // The collector would size generation 0 by it; getenv says more precisely what it shall be.
                return 256 * 1024;
            default:
                return CError.Fail(CError.EINVAL);
        }
    }

    [RuntimeExport("getpid")]
    internal static int GetProcessId() => ProcessId;

    [RuntimeExport("sched_getaffinity")]
    internal static int GetAffinity(int process, nuint bytes, byte* set)
    {
        CMemory.Set(set, 0, bytes);
        for (int processor = 0; processor < Processors.Count; processor++)
        {
            set[processor / 8] |= (byte)(1 << (processor % 8));
        }

        return 0;
    }

    [RuntimeExport("sched_getcpu")]
    internal static int GetProcessor() => Processors.Current;

    [RuntimeExport("__sched_cpucount")]
    internal static int CountProcessors(nuint bytes, byte* set)
    {
        int count = 0;
        for (nuint index = 0; index < bytes; index++)
        {
            for (int bits = set[index]; bits != 0; bits &= bits - 1)
            {
                count++;
            }
        }

        return count;
    }

    [RuntimeExport("__sched_cpualloc")]
    internal static void* AllocateProcessorSet(nuint count) => Malloc.AllocateZeroed((count + 63) / 64, 8);

    [RuntimeExport("__sched_cpufree")]
    internal static void FreeProcessorSet(void* set) => Malloc.Free(set);

    /// <summary>struct rlimit is two numbers, the soft and the hard limit. Nothing is limited but by the machine.</summary>
    [RuntimeExport("getrlimit64")]
    internal static int GetLimit(int resource, ulong* limits)
    {
        limits[0] = RLIM_INFINITY;
        limits[1] = RLIM_INFINITY;
        return 0;
    }

    [RuntimeExport("sysinfo")]
    internal static int GetInformation(SystemStatus* status)
    {
        *status = default;
        status->UptimeSeconds = Clock.Nanoseconds / 1_000_000_000;
        status->TotalMemory = (ulong)FrameAllocator.TotalFrames * PageBytes;
        status->FreeMemory = (ulong)FrameAllocator.FreeFrames * PageBytes;
        status->Processes = 1;
        status->UnitBytes = 1;
        return 0;
    }

    /// <summary>struct rusage is 144 bytes; nobody keeps the kernel's own account.</summary>
    [RuntimeExport("getrusage")]
    internal static int GetUsage(int who, void* usage)
    {
        CMemory.Set(usage, 0, 144);
        return 0;
    }

    /// <summary>struct sysinfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SystemStatus
    {
        internal long UptimeSeconds;
        internal fixed ulong Loads[3];
        internal ulong TotalMemory;
        internal ulong FreeMemory;
        internal ulong SharedMemory;
        internal ulong BufferMemory;
        internal ulong TotalSwap;
        internal ulong FreeSwap;
        internal ushort Processes;
        internal ulong TotalHighMemory;
        internal ulong FreeHighMemory;
        internal uint UnitBytes;
    }
}
