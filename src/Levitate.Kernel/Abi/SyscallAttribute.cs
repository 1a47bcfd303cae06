using System;

namespace Levitate.Kernel.Abi;

/// <summary>
/// Marks a static method as the handler of a Linux system call. Levitate.Generators makes the dispatch switch, the
/// trace's decoder and docs/syscalls.md from these. The trace shows a UserAddress parameter whose name ends in "path" or
/// "name" as the string it points to, and an int whose name contains "directory" with AT_FDCWD by name.
/// </summary>
/// <param name="number">The x86-64 number (asm/unistd_64.h).</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SyscallAttribute(int number) : Attribute
{
    /// <summary>The x86-64 number.</summary>
    public int Number { get; } = number;

    /// <summary>Linux's name, where the method's name lower-cased is not it ("rt_sigaction").</summary>
    public string? Name { get; init; }

    /// <summary>What of the call is not supported and how that is refused, for docs/syscalls.md ("MREMAP_DONTUNMAP: EINVAL").</summary>
    public string? Unsupported { get; init; }

    /// <summary>Whether success is an address, which the trace shows in hexadecimal.</summary>
    public bool ReturnsAddress { get; init; }
}
