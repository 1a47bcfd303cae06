using System;
using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Ipc;

/// <summary>
/// What messages under way may take of the kernel's heap, POSIX and System V together: a sixteenth of memory, so that a
/// program that sends without end meets ENOMEM before the heap is full.
/// </summary>
internal sealed class MessageMemory(IMachine machine)
{
    /// <summary>About what a message takes beside its bytes.</summary>
    private const int Overhead = 128;
    private const long SmallestLimit = 1 << 20;
    private readonly long _limit = Math.Max(machine.Frames.TotalFrames * PageSize.Bytes / 16, SmallestLimit);
    private long _used;

    /// <summary>Makes a message of that length count, before its bytes are made; false: there is no room.</summary>
    public bool TryCharge(int length)
    {
        long used = Volatile.Read(ref _used);
        while (used + length + Overhead <= _limit)
        {
            long seen = Interlocked.CompareExchange(ref _used, used + length + Overhead, used);
            if (seen == used)
            {
                return true;
            }

            used = seen;
        }

        return false;
    }

    /// <summary>A message that counted is gone.</summary>
    public void Release(int length) => Interlocked.Add(ref _used, -(length + Overhead));
}
