using System.Runtime;
using System.Runtime.CompilerServices;

namespace Levitate.Floor.Runtime;

/// <summary>The routines of Memory.S.</summary>
internal static unsafe class CMemory
{
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "memcpy")]
    internal static extern void* Copy(void* destination, void* source, nuint length);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "memset")]
    internal static extern void* Set(void* destination, int value, nuint length);
}
