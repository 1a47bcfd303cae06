using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Files;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Processes;

/// <summary>A process: what its threads share.</summary>
public sealed partial class Process
{
    private readonly List<UserThread> _threads = [];
    private KernelLock _stateLock = new(LockOrder.Process);
    private ProcessSignals? _signals;

    /// <summary>
    /// Guards the threads, the signals (actions, pending ones, masks), stopping and the decision to exit. Order: after
    /// <see cref="FamilyLock"/>, before every wait queue. Never held while blocking.
    /// </summary>
    internal ref KernelLock StateLock => ref _stateLock;

    /// <summary>The kernel that this process runs in.</summary>
    public required KernelSystem Kernel { get; init; }

    /// <summary>The machine below.</summary>
    public IMachine Machine => Kernel.Machine;

    /// <summary>The process ID (its thread group's leader's thread ID).</summary>
    public required int ProcessId { get; init; }

    /// <summary>The parent; the kernel's init (process 1) has none. Changed with all of the family lock held.</summary>
    public Process? Parent { get; set; }

    /// <summary>Its memory. Replaced by execve through <see cref="ReplaceAddressSpace"/>.</summary>
    public required AddressSpace AddressSpace { get; set; }

    /// <summary>Its open files.</summary>
    public required FileTable Files { get; set; }

    /// <summary>Root, working directory, umask.</summary>
    public required FileSystemContext FileSystem { get; set; }

    /// <summary>User and group IDs, capabilities.</summary>
    public required Credentials Credentials { get; set; }

    /// <summary>Limits (setrlimit).</summary>
    public required ResourceLimits Limits { get; init; }

    /// <summary>The program's name, at most 15 bytes, for /proc/[pid]/stat (comm).</summary>
    public byte[] Name { get; set; } = [];

    /// <summary>Where the argument and environment strings lie in memory (first byte, first byte past), for /proc/[pid]/cmdline and environ.</summary>
    public (UserAddress Start, UserAddress End) ArgumentArea { get; set; }

    /// <inheritdoc cref="ArgumentArea"/>
    public (UserAddress Start, UserAddress End) EnvironmentArea { get; set; }

    /// <summary>The auxiliary vector as the program got it, for /proc/[pid]/auxv.</summary>
    public byte[] AuxiliaryVector { get; set; } = [];

    /// <summary>The process group's ID. Changed with all of the family lock held (<see cref="ProcessTable.Move"/>).</summary>
    public int ProcessGroupId { get; internal set; }

    /// <summary>The session's ID. Likewise.</summary>
    public int SessionId { get; internal set; }

    /// <summary>How many live threads there are; a moment's view, which takes no lock.</summary>
    public int ThreadCount => _threads.Count;

    /// <summary>The live threads; a snapshot.</summary>
    public IReadOnlyList<UserThread> Threads
    {
        get
        {
            using (StateLock.Enter())
            {
                return _threads.ToArray();
            }
        }
    }

    /// <summary>Its signals.</summary>
    internal ProcessSignals Signals => _signals ?? CreateSignals();

    /// <summary>Adds a thread. False when the process is ending, or <paramref name="creator"/> is.</summary>
    internal bool TryAddThread(UserThread thread, UserThread? creator = null)
    {
        using (StateLock.Enter())
        {
            if (IsExiting || creator is { MustExit: true })
            {
                return false;
            }

            _threads.Add(thread);
            if (_threads.Count > 1)
            {
                Files.BeginSharing();
            }

            if (Signals.IsStopping)
            {
                thread.AddOwnWork(ThreadWork.Signal);
            }

            return true;
        }
    }

    /// <summary>The thread that has the process's ID; null once it has ended.</summary>
    internal UserThread? FindLeader()
    {
        using (StateLock.Enter())
        {
            return _threads.Find(thread => thread.ThreadId == ProcessId);
        }
    }

    /// <summary>Takes back a thread that could not be started.</summary>
    internal void RemoveUnborn(UserThread thread)
    {
        using (StateLock.Enter())
        {
            _threads.Remove(thread);
            Signals.HandOver();
        }

        ThreadEnded.WakeAll();
    }

    /// <summary>The live threads, without a copy; the caller holds <see cref="StateLock"/>.</summary>
    internal List<UserThread> ThreadList => _threads;

    private ProcessSignals CreateSignals() => Interlocked.CompareExchange(ref _signals, new ProcessSignals(this), null) ?? _signals;
}
