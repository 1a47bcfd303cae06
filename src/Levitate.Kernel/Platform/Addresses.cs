using System;
using System.Runtime.CompilerServices;

namespace Levitate.Kernel.Platform;

/// <summary>An address in user space as a program gave it: unchecked, any 64-bit value.</summary>
/// <param name="Value">The address in bytes.</param>
public readonly record struct UserAddress(ulong Value) : IComparable<UserAddress>
{
    /// <summary>The null pointer.</summary>
    public static UserAddress Null => default;

    /// <summary>Whether this is the null pointer.</summary>
    public bool IsNull => Value == 0;

    /// <summary>The start of the page that holds this address.</summary>
    public UserAddress PageStart => new(Value & ~(ulong)(PageSize.Bytes - 1));

    /// <summary>The byte's place in its page.</summary>
    public int PageOffset => (int)(Value & (PageSize.Bytes - 1));

    /// <inheritdoc/>
    public int CompareTo(UserAddress other) => Value.CompareTo(other.Value);

    /// <summary>Moves by bytes, wrapping as the hardware does: check the range before use.</summary>
    public static UserAddress operator +(UserAddress address, ulong bytes) => new(unchecked(address.Value + bytes));

    /// <summary>Moves by bytes, wrapping as the hardware does: check the range before use.</summary>
    public static UserAddress operator -(UserAddress address, ulong bytes) => new(unchecked(address.Value - bytes));

    /// <summary>The distance in bytes.</summary>
    public static ulong operator -(UserAddress left, UserAddress right) => unchecked(left.Value - right.Value);

    /// <summary>Orders by value.</summary>
    public static bool operator <(UserAddress left, UserAddress right) => left.Value < right.Value;

    /// <summary>Orders by value.</summary>
    public static bool operator >(UserAddress left, UserAddress right) => left.Value > right.Value;

    /// <summary>Orders by value.</summary>
    public static bool operator <=(UserAddress left, UserAddress right) => left.Value <= right.Value;

    /// <summary>Orders by value.</summary>
    public static bool operator >=(UserAddress left, UserAddress right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => $"0x{Value:x}";
}

/// <summary>The number of a physical page frame: its physical address divided by the page size.</summary>
/// <param name="Value">The number.</param>
public readonly record struct FrameNumber(uint Value);

/// <summary>The one page size of the kernel.</summary>
public static class PageSize
{
    /// <summary>Bytes in a page or frame.</summary>
    public const int Bytes = 4096;

    /// <summary>log2 of <see cref="Bytes"/>.</summary>
    public const int Shift = 12;
}

/// <summary>Where things lie in a user address space; see docs/architecture.md.</summary>
public static class UserLayout
{
    /// <summary>The lowest address that may be mapped (Linux: vm.mmap_min_addr).</summary>
    public const ulong MinimumAddress = 0x1_0000;

    /// <summary>The first address past user space (Linux: TASK_SIZE_MAX, one page short of the canonical half).</summary>
    public const ulong End = 0x7fff_ffff_f000;

    /// <summary>Start of the kernel's window in the lower half, which holds the GC heap. Never user memory, never a valid user pointer.</summary>
    public const ulong KernelWindowStart = 0x6000_0000_0000;

    /// <summary>End (exclusive) of the kernel's window in the lower half: one page-table root slot, 512 GiB.</summary>
    public const ulong KernelWindowEnd = 0x6080_0000_0000;

    /// <summary>Where the interpreter (dynamic linker) is loaded.</summary>
    public const ulong InterpreterBase = 0x7f00_0000_0000;

    /// <summary>Where a position-independent main program is loaded.</summary>
    public const ulong ProgramBase = 0x5555_5555_4000;

    /// <summary>mmap places mappings top-down below this address.</summary>
    public const ulong MappingTop = 0x7fff_b000_0000;

    /// <summary>The first address past the initial stack.</summary>
    public const ulong StackTop = 0x7fff_ffff_f000;

    /// <summary>
    /// Whether every byte of [start, start + length) may be user memory: no wrap-around, below <see cref="End"/>, and
    /// outside the kernel's window. Says nothing of whether something is mapped there. Length 0 checks the start only.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUserRange(ulong start, ulong length)
    {
        // A sum that wraps around is less than the start.
        ulong end = unchecked(start + length);
        return end >= start && end <= End && (start >= KernelWindowEnd || end <= KernelWindowStart);
    }
}
