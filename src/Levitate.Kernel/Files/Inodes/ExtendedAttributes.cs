using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Files;

/// <summary>What a file has besides its content: values by name. What they take counts against the file system's memory.</summary>
/// <remarks>Linux: xattr(7).</remarks>
internal sealed class ExtendedAttributes(FileSystem fileSystem)
{
    /// <summary>About what an attribute takes of the kernel's heap besides its bytes.</summary>
    private const long EntryBytes = 128;

    /// <summary>Guards the fields below. A leaf.</summary>
    private KernelLock _lock = new(LockOrder.ExtendedAttributes);
    private readonly SortedList<byte[], byte[]> _values = new(Comparer<byte[]>.Create(static (one, other) => other.AsSpan().SequenceCompareTo(one)));
    private long _charged;

    /// <summary>What counts against the file system's memory, in bytes.</summary>
    public long Charged => Volatile.Read(ref _charged);

    /// <summary>Sets a value.</summary>
    /// <returns>EEXIST and ENODATA where <paramref name="flags"/> forbid; ENOSPC.</returns>
    public Errno Set(byte[] name, byte[] value, AttributeFlags flags)
    {
        using (_lock.Enter())
        {
            bool exists = _values.TryGetValue(name, out byte[]? old);
            if (exists ? (flags & AttributeFlags.XATTR_CREATE) != 0 : (flags & AttributeFlags.XATTR_REPLACE) != 0)
            {
                return exists ? Errno.EEXIST : Errno.ENODATA;
            }

            long added = value.Length - (old?.Length ?? 0) + (exists ? 0 : name.Length + EntryBytes);
            if (!fileSystem.TryCharge(added))
            {
                return Errno.ENOSPC;
            }

            _values[name] = value;
            _charged += added;
            return Errno.None;
        }
    }

    /// <summary>A value; ENODATA.</summary>
    public Result<byte[]> Get(byte[] name)
    {
        using (_lock.Enter())
        {
            return _values.TryGetValue(name, out byte[]? value) ? value : Errno.ENODATA;
        }
    }

    /// <summary>Removes a value; ENODATA.</summary>
    public Errno Remove(byte[] name)
    {
        using (_lock.Enter())
        {
            if (!_values.Remove(name, out byte[]? value))
            {
                return Errno.ENODATA;
            }

            long freed = value.Length + name.Length + EntryBytes;
            _ = fileSystem.TryCharge(-freed);
            _charged -= freed;
            return Errno.None;
        }
    }

    /// <summary>The names, in Linux's order: the last first.</summary>
    public byte[][] GetNames()
    {
        using (_lock.Enter())
        {
            return [.. _values.Keys];
        }
    }
}

/// <summary>Flags of setxattr(2).</summary>
[Flags]
internal enum AttributeFlags
{
    None = 0,

    /// <summary>It must not be there.</summary>
    XATTR_CREATE = 1,

    /// <summary>It must be there.</summary>
    XATTR_REPLACE = 2,
}
