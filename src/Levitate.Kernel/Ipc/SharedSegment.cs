using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Ipc;

/// <summary>A segment of System V shared memory: the file behind the mappings that shmat makes.</summary>
/// <remarks>Linux: shmget(2).</remarks>
internal sealed class SharedSegment : IMappableFile, IIpcObject
{
    private readonly SharedSegments _owner;
    private int _references = 1;

    /// <summary>Zeros, with one reference: the table's.</summary>
    public SharedSegment(SharedSegments owner, IFrameAllocator frames, int id, long size, in IpcPermissions permissions)
    {
        _owner = owner;
        Id = id;
        Size = size;
        Permissions = permissions;
        Pages = new PageCache(frames);
        Pages.SetLength((size + PageSize.Bytes - 1) & ~(long)(PageSize.Bytes - 1));
    }

    /// <summary>Its number.</summary>
    public int Id { get; }

    /// <summary>The size in bytes that was asked for.</summary>
    public long Size { get; }

    /// <summary>Whose it is. The table's lock guards it and what follows.</summary>
    public IpcPermissions Permissions { get; set; }

    /// <summary>IPC_RMID was asked for: it goes with the last mapping.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>SHM_LOCK.</summary>
    public bool IsLocked { get; set; }

    /// <summary>The times of the last shmat, shmdt and change in seconds since 1970, and the processes that made it and used it last.</summary>
    public SegmentHistory History { get; set; }

    /// <summary>How many mappings there are.</summary>
    public int Attachments => Volatile.Read(ref _references) - 1;

    /// <inheritdoc/>
    public PageCache Pages { get; }

    /// <summary>As Linux shows it.</summary>
    public byte[] MapsPath => Encoding.ASCII.GetBytes($"/SYSV{Permissions.Key:x8} (deleted)");

    /// <inheritdoc/>
    public (ulong Device, ulong Inode) Identity => (1, (ulong)Id);

    /// <inheritdoc/>
    public void Acquire() => Interlocked.Increment(ref _references);

    /// <inheritdoc/>
    public void Release()
    {
        switch (Interlocked.Decrement(ref _references))
        {
            case 1 when IsRemoved:
                _owner.Reap(this);
                break;
            case 0:
                Pages.Dispose();
                break;
        }
    }
}

/// <summary>What happened to a segment when.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SegmentHistory(long AttachTime, long DetachTime, long ChangeTime, int Creator, int LastUser);
