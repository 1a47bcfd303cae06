using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Levitate.Kernel.Files;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>What a thread must see to before it enters user mode again.</summary>
[System.Flags]
internal enum ThreadWork
{
    None = 0,

    /// <summary>A signal may be deliverable, or the process stops.</summary>
    Signal = 1,

    /// <summary>The thread ends: its process exits, or another thread of it executes a program.</summary>
    Exit = 2,

    /// <summary>A mask that a temporary one stands for must be put back.</summary>
    RestoreMask = 4,

    /// <summary>The registers are those that rt_sigreturn put there: what looks like a result of a call is none.</summary>
    NoRestart = 8,

    /// <summary>Where and how long the thread runs has changed: it tells the machine itself.</summary>
    Terms = 16,

    /// <summary>The area for restartable sequences does not know yet what became of the thread.</summary>
    Sequence = 32,

    /// <summary>A call of the thread's took frames out of the kernel's reserve: a process has to make room.</summary>
    Room = 64,
}

/// <summary>A user thread: a kernel thread that enters user mode in a loop.</summary>
public sealed partial class UserThread
{
    [ThreadStatic]
    private static UserThread? t_current;

    private Waiter? _waiter;
    private FutexWaiter? _futexWaiter;
    private int _work;
    private int _borrowedFrames;
    private RestartableSequence _sequence;
    private byte[]? _name;
    private UserAccount? _account;

    /// <summary>Root, working directory and umask where they are not the process's, with a reference.</summary>
    private FileSystemContext? _fileSystem;

    /// <summary>The identity of a thread that is not the leader; null: the process's.</summary>
    private Credentials? _credentials;

    /// <summary>The process it belongs to.</summary>
    public required Process Process { get; init; }

    /// <summary>The kernel.</summary>
    public KernelSystem Kernel => Process.Kernel;

    /// <summary>The thread ID. Changes once in the life of a thread at most: when one that is not the leader executes a program.</summary>
    public required int ThreadId { get; set; }

    /// <summary>Registers, and the door to user mode.</summary>
    public required UserContext Context { get; init; }

    /// <summary>What it blocks on.</summary>
    public required ThreadParker Parker { get; init; }

    /// <summary>What it waits on queues with.</summary>
    public Waiter Waiter => _waiter ??= new Waiter(Parker, this);

    /// <summary>Its place in the table of futexes.</summary>
    internal FutexWaiter FutexWaiter => _futexWaiter ??= new FutexWaiter(Parker);

    /// <summary>User memory as this thread sees it.</summary>
    public UserMemory Memory
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Process.AddressSpace);
    }

    /// <summary>Open files.</summary>
    public FileTable Files => Process.Files;

    /// <summary>Root, working directory, umask.</summary>
    public FileSystemContext FileSystem => _fileSystem ?? Process.FileSystem;

    /// <summary>Identity. That of the leader is the process's. Only the thread itself changes it.</summary>
    public Credentials Credentials
    {
        get => _credentials ?? Process.Credentials;
        internal set
        {
            if (_credentials is null)
            {
                Process.Credentials = value;
            }
            else
            {
                _credentials = value;
            }
        }
    }

    /// <summary>Has root, working directory and umask for itself from now on (unshare); the thread itself.</summary>
    internal void UnshareFileSystem()
    {
        FileSystemContext shared = FileSystem;
        FileSystemContext own = shared.Clone();
        if (_fileSystem is null && Process.ThreadCount > 1)
        {
            // The other threads go on with the process's.
            _fileSystem = own;
            return;
        }

        if (_fileSystem is null)
        {
            Process.FileSystem = own;
        }
        else
        {
            _fileSystem = own;
        }

        shared.Release();
    }

    /// <summary>Shares with its creator what that has for itself; before it runs.</summary>
    internal void ShareFileSystem(UserThread creator)
    {
        creator._fileSystem?.AddReference();
        _fileSystem = creator._fileSystem;
    }

    /// <summary>Gives up root, working directory and umask of its own, for the process to have where it is the only thread left.</summary>
    internal void ReleaseFileSystem(bool passesOn = false)
    {
        if (_fileSystem is not { } own)
        {
            return;
        }

        _fileSystem = null;
        FileSystemContext released = own;
        if (passesOn)
        {
            released = Process.FileSystem;
            Process.FileSystem = own;
        }

        released.Release();
    }

    /// <summary>Root, working directory and umask of a thread of another process, where they are its own.</summary>
    internal FileSystemContext? OwnFileSystem => _fileSystem;

    /// <summary>Has its own identity from now on, as its creator's; before it runs.</summary>
    internal void InheritCredentials(UserThread creator) => _credentials = creator.Credentials;

    /// <summary>Becomes the leader, with its identity.</summary>
    internal void TakeCredentialsToProcess()
    {
        Process.Credentials = Credentials;
        _credentials = null;
    }

    /// <summary>Where the thread is counted among its user's; null: it is not. <see cref="UserAccounts"/> changes it.</summary>
    internal ref UserAccount? Account => ref _account;

    /// <summary>Whether it became a user who had more threads than RLIMIT_NPROC already: execve is refused as long as there are.</summary>
    /// <remarks>Linux: execve(2), EAGAIN; PF_NPROC_EXCEEDED. A change of user does not fail, as many a program does not look.</remarks>
    internal bool IsPastThreadLimit { get; private set; }

    /// <summary>The thread has another real user, and is counted there by now.</summary>
    internal void NoteThreadLimit() =>
        IsPastThreadLimit = Credentials.RealUserId != 0 && Volatile.Read(ref _account) is { } account && IsPastLimit(account.Threads - 1);

    /// <summary>execve: EAGAIN where the thread's user had too many threads when it became him, and still has; after that it is not asked again.</summary>
    internal Abi.Errno CheckThreadLimit()
    {
        if (IsPastThreadLimit && Volatile.Read(ref _account) is { } account && IsPastLimit(account.Threads))
        {
            return Abi.Errno.EAGAIN;
        }

        IsPastThreadLimit = false;
        return Abi.Errno.None;
    }

    /// <summary>A fork was within the limit.</summary>
    internal void ForgetThreadLimit() => IsPastThreadLimit = false;

    private bool IsPastLimit(int threads) => (ulong)System.Math.Max(threads, 0) > Process.Limits[ResourceLimitKind.RLIMIT_NPROC].Soft;

    /// <summary>The thread's own name (PR_SET_NAME, /proc/[pid]/task/[tid]/comm), at most 15 bytes.</summary>
    public byte[] Name
    {
        get => _name ?? Process.Name;
        set
        {
            _name = value;
            if (ThreadId == Process.ProcessId)
            {
                Process.Name = value;
            }
        }
    }

    /// <summary>What restart_syscall goes on with.</summary>
    internal System.Func<UserThread, Abi.SyscallResult>? RestartBlock { get; set; }

    /// <summary>Whether a blocking call should end with EINTR or a restart: an unblocked signal is pending, or the process is ending or stopping.</summary>
    public bool HasPendingSignal => (Volatile.Read(ref _work) & (int)(ThreadWork.Signal | ThreadWork.Exit)) != 0;

    /// <summary>Whether the thread is to end as soon as it can.</summary>
    internal bool MustExit => (Volatile.Read(ref _work) & (int)ThreadWork.Exit) != 0;

    /// <summary>The area for restartable sequences (rseq). Only the thread itself uses it.</summary>
    internal ref RestartableSequence Sequence => ref _sequence;

    /// <summary>The thread's share in signals.</summary>
    internal ThreadSignals Signals { get; } = new();

    /// <summary>Gives the thread something to see to before it enters user mode again. A sleeping thread wakes, a running one leaves user mode soon.</summary>
    internal void AddWork(ThreadWork work)
    {
        Interlocked.Or(ref _work, (int)work);
        Parker.Unpark();
        Context.RequestExit();
    }

    /// <summary>Like <see cref="AddWork"/>, by the thread itself.</summary>
    internal void AddOwnWork(ThreadWork work) => Interlocked.Or(ref _work, (int)work);

    /// <summary>Who runs on the calling kernel thread; null: no user thread does. For where it is not passed on; it takes longer than that.</summary>
    internal static UserThread? Current => t_current;

    /// <summary>Whether the thread may take another page's frame out of the kernel's reserve; room is to be made for it then.</summary>
    internal bool TryBorrowFrame()
    {
        const int MostBorrowedFrames = 64;
        if (_borrowedFrames == MostBorrowedFrames)
        {
            return false;
        }

        _borrowedFrames++;
        AddOwnWork(ThreadWork.Room);
        return true;
    }

    /// <summary>Makes room for what was borrowed.</summary>
    private void GiveBackFrames()
    {
        _borrowedFrames = 0;
        Kernel.OutOfMemory.Refill(this);
    }

    /// <summary>Says that a kind of work is done.</summary>
    internal void ClearWork(ThreadWork work) => Interlocked.And(ref _work, ~(int)work);
}
