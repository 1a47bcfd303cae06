using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Epoll;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Locks;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.Files;

/// <summary>Where lseek counts from.</summary>
public enum SeekFrom
{
    SEEK_SET = 0,
    SEEK_CUR = 1,
    SEEK_END = 2,
    SEEK_DATA = 3,
    SEEK_HOLE = 4,
}

/// <summary>
/// An open file description: flags, position and the file behind. Counted: one reference a descriptor, mapping, and call
/// in progress; the last one closes. Made with one reference, and with one on its inode, which closing gives back.
/// </summary>
public abstract class FileDescription
{
    /// <summary>What fcntl(F_SETFL) changes.</summary>
    public const OpenFlags SettableFlags = OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT | OpenFlags.O_NOATIME;

    private const OpenFlags CreationFlags = OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC;

    /// <summary>False where it was opened just as its mount went: its inode is all that it keeps.</summary>
    private readonly bool _holdsMount;
    private KernelLock _positionLock = new(LockOrder.FilePosition);
    private int _references = 1;
    private int _flags;
    private long _position;
    private EpollWatchers? _watchers;
    private FileOwner? _owner;

    /// <summary>Opens. Takes over the caller's reference on the inode.</summary>
    protected FileDescription(Location location, OpenFlags flags, bool hasPosition = false)
    {
        Location = location;
        _holdsMount = location.Mount.TryAcquire();
        _flags = (int)(flags & ~CreationFlags);
        OpenFlags access = flags & (OpenFlags.O_ACCMODE | OpenFlags.O_PATH);
        CanRead = access is OpenFlags.O_RDONLY or OpenFlags.O_RDWR;
        CanWrite = access is OpenFlags.O_WRONLY or OpenFlags.O_RDWR;
        HasPosition = hasPosition;
    }

    /// <summary>The name it was opened by.</summary>
    public Location Location { get; }

    /// <summary>The file.</summary>
    public Inode Inode => Location.Inode;

    /// <summary>Access mode and status flags, as fcntl(F_GETFL) shows them.</summary>
    public OpenFlags Flags => (OpenFlags)Volatile.Read(ref _flags);

    /// <summary>Whether it is open for reading.</summary>
    public bool CanRead { get; }

    /// <summary>Whether it is open for writing.</summary>
    public bool CanWrite { get; }

    /// <summary>O_NONBLOCK.</summary>
    public bool IsNonBlocking => (Flags & OpenFlags.O_NONBLOCK) != 0;

    /// <summary>Whether reads and writes have a position (else it is a stream: lseek and pread64 are ESPIPE).</summary>
    public bool HasPosition { get; }

    /// <summary>Held by a call while it uses and moves <see cref="Position"/>, its copies included. Order: before every other lock.</summary>
    public ref KernelLock PositionLock => ref _positionLock;

    /// <summary>The position in bytes; <see cref="PositionLock"/> guards it.</summary>
    public long Position
    {
        get => Volatile.Read(ref _position);
        set => Volatile.Write(ref _position, value);
    }

    /// <summary>fcntl(F_SETFL): replaces <see cref="SettableFlags"/>.</summary>
    public void SetFlags(OpenFlags flags)
    {
        int old = Volatile.Read(ref _flags);
        while (true)
        {
            int seen = Interlocked.CompareExchange(ref _flags, (old & ~(int)SettableFlags) | (int)(flags & SettableFlags), old);
            if (seen == old)
            {
                return;
            }

            old = seen;
        }
    }

    /// <summary>What poll says: by default that neither reads nor writes wait.</summary>
    public virtual PollEvents Readiness => PollEvents.Readable | PollEvents.Writable;

    /// <summary>Woken when a read may no longer wait; null where none ever waits.</summary>
    public virtual WaitQueue? ReadQueue => null;

    /// <summary>Woken when a write may no longer wait; null where none ever waits.</summary>
    public virtual WaitQueue? WriteQueue => null;

    /// <summary>What poll says to a caller: <see cref="Readiness"/>, but for files that differ from one caller to the next (signalfd).</summary>
    public virtual PollEvents GetReadiness(UserThread caller) => Readiness;

    /// <summary>The queue for a caller's reads: <see cref="ReadQueue"/>, but for the same files.</summary>
    public virtual WaitQueue? GetReadQueue(UserThread caller) => ReadQueue;

    /// <summary>Who watches it by epoll.</summary>
    internal EpollWatchers Watchers => _watchers ?? LazyInitializer.EnsureInitialized(ref _watchers, static () => new EpollWatchers());

    /// <summary>Whether an epoll watches it; a moment's view.</summary>
    internal bool IsWatchedByEpoll => Volatile.Read(ref _watchers) is { IsEmpty: false };

    /// <summary>The epolls that watch it, once for each descriptor by which they do.</summary>
    internal EpollDescription[] WatchingEpolls() => Volatile.Read(ref _watchers)?.Owners() ?? [];

    /// <summary>Who is told by signals when it is ready.</summary>
    internal FileOwner Owner => _owner ?? LazyInitializer.EnsureInitialized(ref _owner, () => new FileOwner(this));

    /// <summary>Whether signals can tell of its readiness (O_ASYNC): pipes, sockets, terminals, inotify; not files of other kinds.</summary>
    internal virtual bool CanSignal => false;

    /// <summary>Who owns it where nobody was said to; ID 0: nobody.</summary>
    private protected virtual FileOwnerName DefaultOwner(UserThread caller) => default;

    /// <summary>Sets or clears O_ASYNC; the owner is told from then on, or no more. Of no effect where <see cref="CanSignal"/> is not set.</summary>
    /// <returns>ENOMEM.</returns>
    internal Errno SetAsynchronous(UserThread caller, int descriptor, bool isOn)
    {
        if (!CanSignal || isOn == ((Flags & OpenFlags.O_ASYNC) != 0))
        {
            return Errno.None;
        }

        if (!isOn)
        {
            Interlocked.And(ref _flags, ~(int)OpenFlags.O_ASYNC);
            Owner.End();
            return Errno.None;
        }

        if (Owner.Name.Id == 0 && DefaultOwner(caller) is { Id: not 0 } name)
        {
            _ = Owner.SetName(caller, name);
        }

        Errno error = Owner.Begin(caller, descriptor);
        if (error == Errno.None)
        {
            Interlocked.Or(ref _flags, (int)OpenFlags.O_ASYNC);
        }

        return error;
    }

    /// <summary>Notes that the content was read: st_atime, unless the file was opened with O_NOATIME or the mount wants none.</summary>
    internal void MarkAccessed()
    {
        if ((Flags & OpenFlags.O_NOATIME) == 0)
        {
            Location.MarkAccessed();
        }
    }

    /// <summary>Reads. The caller checked <see cref="CanRead"/>.</summary>
    /// <param name="caller">Who reads; null in the kernel's own reads, which never block.</param>
    /// <param name="cursor">Where to.</param>
    /// <param name="offset">Where in the file, where <see cref="HasPosition"/>; not negative.</param>
    /// <returns>The bytes read: <c>cursor.Result</c>; 0 at the end of file.</returns>
    public virtual Result<long> Read(UserThread? caller, ref IoCursor cursor, long offset) => Errno.EINVAL;

    /// <summary>Writes. The caller checked <see cref="CanWrite"/>.</summary>
    /// <param name="caller">Who writes.</param>
    /// <param name="cursor">Where from.</param>
    /// <param name="offset">Where in the file, where <see cref="HasPosition"/>; set to where the writing began (O_APPEND).</param>
    /// <returns>The bytes written: <c>cursor.Result</c>.</returns>
    public virtual Result<long> Write(UserThread? caller, ref IoCursor cursor, ref long offset) => Errno.EINVAL;

    /// <summary>Computes a new position; does not set it. The caller holds <see cref="PositionLock"/>.</summary>
    public virtual Result<long> Seek(UserThread caller, long offset, SeekFrom from) => Errno.ESPIPE;

    /// <summary>Reads one directory entry, "." and ".." included, at <see cref="Position"/>; moves it.</summary>
    /// <returns>False at the end; ENOTDIR.</returns>
    public virtual Result<bool> ReadEntry(ref long position, UserThread caller, out DirectoryEntry entry)
    {
        entry = default;
        return Errno.ENOTDIR;
    }

    /// <summary>ioctl(2).</summary>
    /// <returns>ENOTTY for what the file knows nothing of.</returns>
    public virtual SyscallResult Control(UserThread caller, uint request, ulong argument) => Errno.ENOTTY;

    /// <summary>What mmap(2) maps: the file, or null for memory of zeros (/dev/zero).</summary>
    /// <returns>ENODEV.</returns>
    public virtual Result<IMappableFile?> GetMappable() => Errno.ENODEV;

    /// <summary>Truncates or extends. The caller checked <see cref="CanWrite"/>.</summary>
    public virtual Errno SetLength(long length) => Inode.SetLength(length);

    /// <summary>fallocate(2). The caller checked <see cref="CanWrite"/> and the range.</summary>
    public virtual Errno Allocate(uint mode, long offset, long length) => Errno.ENODEV;

    /// <summary>Writes what /proc/[pid]/fdinfo shows of such files besides what it shows of all.</summary>
    internal virtual void WriteDetails(ProcText text)
    {
    }

    /// <summary>Writes a part of the same, where there may be much of it.</summary>
    /// <param name="text">Takes it.</param>
    /// <param name="place">Where the part begins, as the file counts, at first 0.</param>
    /// <returns>Where the next one does; 0: there is none.</returns>
    internal virtual ulong WriteDetails(ProcText text, ulong place)
    {
        WriteDetails(text);
        return 0;
    }

    /// <summary>Adds a reference.</summary>
    public void Acquire() => Interlocked.Increment(ref _references);

    /// <summary>Adds a reference where there is one yet, for who found the description without holding one.</summary>
    public bool TryAcquire()
    {
        int references = Volatile.Read(ref _references);
        while (references > 0)
        {
            int before = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (before == references)
            {
                return true;
            }

            references = before;
        }

        return false;
    }

    /// <summary>How many references there are; a moment's view.</summary>
    internal int ReferenceCount => Volatile.Read(ref _references);

    /// <summary>Drops a reference; the last one closes.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Close();
        }
    }

    /// <summary>A descriptor of a table was closed, which need not be the last reference.</summary>
    internal virtual void OnDescriptorClosed(FileTable files)
    {
    }

    /// <summary>The last reference is gone; the inode's is dropped afterwards.</summary>
    protected virtual void OnClosed()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Close()
    {
        Volatile.Read(ref _watchers)?.Drop();
        Volatile.Read(ref _owner)?.End();
        FileEvents.OfFile(this, CanWrite ? InotifyMask.IN_CLOSE_WRITE : InotifyMask.IN_CLOSE_NOWRITE);
        Inode.LocksIfAny?.Drop(this);
        Inode.RecordLocksIfAny?.Drop(this);
        LockedFiles.Forget(Inode);
        OnClosed();
        Inode.Release();
        if (_holdsMount)
        {
            Location.Mount.Release();
        }
    }
}
