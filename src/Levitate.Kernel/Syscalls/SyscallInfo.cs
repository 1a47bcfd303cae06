using System.Collections.Immutable;

namespace Levitate.Kernel.Syscalls;

/// <summary>How an argument is held in its register.</summary>
internal enum SyscallParameterKind
{
    /// <summary>The low 32 bits, signed.</summary>
    Int32,

    /// <summary>The low 32 bits.</summary>
    UInt32,

    /// <summary>The register, signed.</summary>
    Int64,

    /// <summary>The register.</summary>
    UInt64,

    /// <summary>A pointer into user memory.</summary>
    Address,

    /// <summary>A constant or a set of flags.</summary>
    Enumeration,
}

/// <summary>The names of an enumeration's values.</summary>
/// <param name="IsFlags">Whether the values are bits.</param>
/// <param name="Is32Bit">Whether only the low half of the register counts.</param>
/// <param name="Members">Names and values in declaration order.</param>
internal sealed record EnumerationNames(bool IsFlags, bool Is32Bit, ImmutableArray<(string Name, ulong Value)> Members);

/// <summary>A parameter of a system call, as its handler declares it.</summary>
internal sealed record SyscallParameter(string Name, SyscallParameterKind Kind, EnumerationNames? Names);

/// <summary>A supported system call.</summary>
internal sealed record SyscallInfo(int Number, string Name, bool ReturnsAddress, ImmutableArray<SyscallParameter> Parameters);
