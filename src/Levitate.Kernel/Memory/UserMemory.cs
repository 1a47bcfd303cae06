using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Memory;

/// <summary>
/// User memory of the calling thread's address space as system calls use it: every range is checked, faults are
/// resolved and the copy goes on. All return EFAULT for what is not user memory. OWNER: memory.
/// </summary>
public readonly struct UserMemory(IMachine machine, AddressSpace space)
{
    /// <summary>Copies in.</summary>
    public Errno Read(UserAddress source, Span<byte> destination) => throw new NotImplementedException($"{machine} {space}");

    /// <summary>Copies out.</summary>
    public Errno Write(UserAddress destination, ReadOnlySpan<byte> source) => throw new NotImplementedException();

    /// <summary>Copies in as far as memory is there; returns the count (partial reads and writes of Linux).</summary>
    public int ReadPartial(UserAddress source, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>Copies out as far as memory is there; returns the count.</summary>
    public int WritePartial(UserAddress destination, ReadOnlySpan<byte> source) => throw new NotImplementedException();

    /// <summary>Stores zeros as far as memory is there; returns the count.</summary>
    public long ClearPartial(UserAddress destination, long length) => throw new NotImplementedException();

    /// <summary>Reads a structure (blittable, sequential layout).</summary>
    public Result<T> Read<T>(UserAddress source) where T : unmanaged => throw new NotImplementedException();

    /// <summary>Writes a structure (blittable, sequential layout).</summary>
    public Errno Write<T>(UserAddress destination, in T value) where T : unmanaged => throw new NotImplementedException();

    /// <summary>Reads a NUL-terminated string without its NUL; <paramref name="tooLong"/> where there is no NUL in <paramref name="maximumLength"/> bytes.</summary>
    public Result<byte[]> ReadString(UserAddress source, int maximumLength, Errno tooLong) => throw new NotImplementedException();

    /// <summary>A path: ENAMETOOLONG from 4096 bytes on.</summary>
    public Result<byte[]> ReadPath(UserAddress source) => ReadString(source, 4096, Errno.ENAMETOOLONG);
}
