using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Levitate.Machine.Virtio;

namespace Levitate.Machine.Tests;

/// <summary>Device memory on the host: physical addresses are the process's own.</summary>
internal sealed unsafe class HostMemory : IDmaAllocator, IDisposable
{
    private readonly List<nint> _blocks = [];

    public bool TryAllocate(int bytes, out DmaRegion region)
    {
        byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 4096);
        _blocks.Add((nint)block);
        region = new DmaRegion(block, (ulong)block, bytes);
        region.Bytes.Clear();
        return true;
    }

    public static Span<byte> At(ulong address, int length) => new((byte*)address, length);

    public void Dispose()
    {
        foreach (nint block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }
    }
}
