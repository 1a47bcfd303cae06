using System.Threading;

namespace Levitate.Floor;

/// <summary>The machine's processors. The floor starts one of them.</summary>
internal static unsafe class Processors
{
    /// <summary>How many run.</summary>
    internal static int Count => 1;

    /// <summary>The one that runs the caller, who may be on another by the time it looks.</summary>
    internal static int Current => Asm.ThisCpu()->Index;

    /// <summary>Orders the memory accesses of all processors against the caller's.</summary>
    internal static void MemoryBarrier() => Interlocked.MemoryBarrier();
}
