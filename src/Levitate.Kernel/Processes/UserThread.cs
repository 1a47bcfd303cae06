using Levitate.Kernel.Files;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Processes;

/// <summary>A user thread: a kernel thread that enters user mode in a loop. OWNER: processes. Members named here are the contract.</summary>
public sealed class UserThread
{
    /// <summary>The process it belongs to.</summary>
    public required Process Process { get; init; }

    /// <summary>The kernel.</summary>
    public KernelSystem Kernel => Process.Kernel;

    /// <summary>The thread ID.</summary>
    public required int ThreadId { get; init; }

    /// <summary>Registers, and the door to user mode.</summary>
    public required UserContext Context { get; init; }

    /// <summary>What it blocks on.</summary>
    public required ThreadParker Parker { get; init; }

    /// <summary>User memory as this thread sees it.</summary>
    public UserMemory Memory => new(Process.Machine, Process.AddressSpace);

    /// <summary>Open files.</summary>
    public FileTable Files => Process.Files;

    /// <summary>Root, working directory, umask.</summary>
    public FileSystemContext FileSystem => Process.FileSystem;

    /// <summary>Identity.</summary>
    public Credentials Credentials => Process.Credentials;

    /// <summary>Whether a blocking call should end with EINTR or a restart: an unblocked signal is pending, or the process is ending.</summary>
    public bool HasPendingSignal => throw new System.NotImplementedException();
}
