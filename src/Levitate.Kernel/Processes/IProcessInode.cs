namespace Levitate.Kernel.Processes;

/// <summary>An inode of a file system that stands for a process.</summary>
internal interface IProcessInode
{
    /// <summary>Whom pidfd_send_signal by a descriptor of it reaches; null: nobody.</summary>
    Process? SignalTarget { get; }
}
