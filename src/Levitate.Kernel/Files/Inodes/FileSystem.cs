using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Files;

/// <summary>What statfs(2) says of a file system.</summary>
/// <param name="BlockSize">Bytes in a block.</param>
/// <param name="Blocks">All blocks; 0 where there is no limit.</param>
/// <param name="FreeBlocks">Free blocks.</param>
/// <param name="AvailableBlocks">Those of them that may be had: others may have the memory.</param>
/// <param name="Files">Inodes; 0 where there is no limit.</param>
/// <param name="FreeFiles">Free inodes.</param>
public readonly record struct FileSystemUsage(long BlockSize, long Blocks, long FreeBlocks, long AvailableBlocks, long Files, long FreeFiles);

/// <summary>A file system: one tree of inodes.</summary>
public abstract class FileSystem
{
    private static int s_lastMinor;
    private long _lastNumber;
    private int _mounts;
    private int _watches;

    /// <summary>A file system on a machine.</summary>
    protected FileSystem(IMachine machine)
    {
        Machine = machine;
        Device = new DeviceNumber(0, (uint)Interlocked.Increment(ref s_lastMinor));
    }

    /// <summary>The machine: its clock dates changes, its frames hold content.</summary>
    public IMachine Machine { get; }

    /// <summary>st_dev of all its files: an anonymous device of its own.</summary>
    public DeviceNumber Device { get; }

    /// <summary>The name in /proc/filesystems.</summary>
    public abstract string TypeName { get; }

    /// <summary>f_type (linux/magic.h).</summary>
    public abstract uint Magic { get; }

    /// <summary>The root directory's name.</summary>
    public abstract Dentry Root { get; }

    /// <summary>Sizes for statfs(2).</summary>
    public virtual FileSystemUsage Usage => new(PageSize.Bytes, 0, 0, 0, 0, 0);

    /// <summary>What the pages of its files count against; null: nothing.</summary>
    public virtual PageBudget? Budget => null;

    /// <summary>Its own options as /proc/mounts shows them, each behind a comma.</summary>
    public virtual string OptionsText => string.Empty;

    /// <summary>Changes its own options (MS_REMOUNT); EINVAL for what it does not know, or cannot change.</summary>
    internal virtual Errno Reconfigure(ReadOnlySpan<byte> options) => options.IsEmpty ? Errno.None : Errno.EINVAL;

    /// <summary>The time of day in nanoseconds since 1970-01-01 UTC, which dates what happens to files.</summary>
    public long Now => Machine.Clock.RealTimeOffset + Machine.Clock.MonotonicNanoseconds;

    /// <summary>Whether anybody watches a file of it (inotify).</summary>
    internal bool IsWatched => Volatile.Read(ref _watches) > 0;

    /// <summary>Watches came or went.</summary>
    internal void AddWatches(int count) => Interlocked.Add(ref _watches, count);

    /// <summary>Whether its files have extended attributes.</summary>
    internal virtual bool HasExtendedAttributes => false;

    /// <summary>By which name the files behind its own keep an extended attribute (an overlay has some for itself).</summary>
    internal virtual byte[] BackingAttributeName(byte[] name) => name;

    /// <summary>Which extended attributes it shows where the files behind its own have these.</summary>
    internal virtual byte[][] ShownAttributeNames(byte[][] ofBacking) => ofBacking;

    /// <summary>Whether no mount of it can be written to.</summary>
    internal virtual bool IsReadOnly => false;

    /// <summary>Makes bytes of the kernel's heap count that a program has it keep; negative ones are given back. False: there is no room.</summary>
    internal virtual bool TryCharge(long bytes) => false;

    /// <summary>The last reference to an inode is gone, its content disposed of.</summary>
    internal virtual void OnInodeGone(Inode inode)
    {
    }

    /// <summary>It was mounted once more.</summary>
    internal void AddMount() => Interlocked.Increment(ref _mounts);

    /// <summary>It was unmounted once, and nothing of that mount is in use any more.</summary>
    internal void RemoveMount()
    {
        if (Interlocked.Decrement(ref _mounts) == 0)
        {
            OnUnmounted();
        }
    }

    /// <summary>Lets go of it where it could not be mounted.</summary>
    internal void DropIfUnmounted()
    {
        AddMount();
        RemoveMount();
    }

    /// <summary>It is mounted nowhere, and nothing of it is in use but files that are open by other means than a name.</summary>
    protected virtual void OnUnmounted()
    {
    }

    /// <summary>A fresh inode number.</summary>
    internal ulong NextNumber() => (ulong)Interlocked.Increment(ref _lastNumber);
}
