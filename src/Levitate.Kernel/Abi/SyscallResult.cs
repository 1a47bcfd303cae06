namespace Levitate.Kernel.Abi;

/// <summary>What a system call leaves in rax: a value, or an error number negated.</summary>
public readonly struct SyscallResult
{
    /// <summary>The register's content.</summary>
    public long Value { get; }

    private SyscallResult(long value) => Value = value;

    /// <summary>Success with nothing to say.</summary>
    public static SyscallResult Success => default;

    /// <summary>Whether the register holds an error (-4095 to -1).</summary>
    public bool IsError => (ulong)Value > unchecked((ulong)-4096L);

    /// <summary>The error, or <see cref="Errno.None"/>.</summary>
    public Errno Error => IsError ? (Errno)(-Value) : Errno.None;

    /// <summary>A value.</summary>
    public static implicit operator SyscallResult(long value) => new(value);

    /// <summary>A value.</summary>
    public static implicit operator SyscallResult(int value) => new(value);

    /// <summary>A value.</summary>
    public static implicit operator SyscallResult(uint value) => new(value);

    /// <summary>A value.</summary>
    public static implicit operator SyscallResult(ulong value) => new((long)value);

    /// <summary>An error; <see cref="Errno.None"/> is success with 0.</summary>
    public static implicit operator SyscallResult(Errno error) => new(-(long)error);
}
