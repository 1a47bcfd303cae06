using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.Processes;

/// <summary>A process as a file (pidfd): it stays that process, whoever gets its number later.</summary>
/// <remarks>Linux: pidfd_open(2).</remarks>
internal sealed class ProcessFileDescription(Process process, Location location, OpenFlags flags) : FileDescription(location, flags)
{
    /// <summary>The process.</summary>
    public Process Process => process;

    /// <summary>Readable once the process has ended.</summary>
    public override PollEvents Readiness => process.IsZombie ? PollEvents.Readable : PollEvents.None;

    /// <inheritdoc/>
    public override WaitQueue? ReadQueue => process.Ended;

    /// <inheritdoc/>
    internal override void WriteDetails(ProcText text)
    {
        // -1 once it was waited for: the number may be another's by now.
        int id = process.Kernel.Processes.Find(process.ProcessId) == process ? process.ProcessId : -1;
        text.AddLine($"Pid:\t{id}").AddLine($"NSpid:\t{id}");
    }

    /// <summary>Makes the file of a process.</summary>
    public static ProcessFileDescription Create(Process process, OpenFlags flags)
    {
        AnonymousFileSystem fileSystem = process.Kernel.Files.Anonymous;
        return new ProcessFileDescription(process, fileSystem.Place(new AnonymousInode(fileSystem), "anon_inode:[pidfd]"u8), OpenFlags.O_RDWR | flags);
    }
}
