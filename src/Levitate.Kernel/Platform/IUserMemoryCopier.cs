using System;

namespace Levitate.Kernel.Platform;

/// <summary>
/// Copies between the kernel and the user memory of the address space that the calling thread runs in
/// (<see cref="UserContext.Activate"/>). Ranges were checked with <see cref="UserLayout.IsUserRange"/> by the caller, and
/// are checked here again. A page fault ends the copy early; it is not resolved here.
/// </summary>
public interface IUserMemoryCopier
{
    /// <summary>Copies in; returns how many bytes were copied before the first byte that faults.</summary>
    int CopyFromUser(Span<byte> destination, UserAddress source);

    /// <summary>Copies out; returns how many bytes were copied before the first byte that faults.</summary>
    int CopyToUser(UserAddress destination, ReadOnlySpan<byte> source);

    /// <summary>Stores zeros; returns how many bytes were cleared before the first byte that faults.</summary>
    int ClearUser(UserAddress destination, int length);

    /// <summary>Atomically loads an aligned 32-bit word; false on a fault.</summary>
    bool TryLoad(UserAddress address, out uint value);

    /// <summary>Atomically compares and exchanges an aligned 32-bit word; false on a fault.</summary>
    bool TryCompareExchange(UserAddress address, uint expected, uint replacement, out uint previous);
}
