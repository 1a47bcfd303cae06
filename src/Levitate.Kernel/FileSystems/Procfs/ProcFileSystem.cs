using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>/proc: what the kernel says of its processes and of itself.</summary>
/// <remarks>Linux: proc(5).</remarks>
internal sealed class ProcFileSystem : FileSystem
{
    private Namespaces? _namespaces;

    /// <summary>The /proc of a kernel.</summary>
    public ProcFileSystem(KernelSystem kernel)
        : base(kernel.Machine)
    {
        Kernel = kernel;
        Root = new Dentry(null, [], new RootDirectory(this));
    }

    /// <summary>The kernel.</summary>
    public KernelSystem Kernel { get; }

    /// <summary>What /proc/[pid]/ns leads to; made when it is first looked at.</summary>
    public Namespaces Namespaces => LazyInitializer.EnsureInitialized(ref _namespaces, () => new Namespaces(Machine));

    /// <inheritdoc/>
    public override string TypeName => "proc";

    /// <inheritdoc/>
    public override uint Magic => 0x9fa0;

    /// <inheritdoc/>
    public override Dentry Root { get; }

    private sealed class RootDirectory(ProcFileSystem fileSystem) : ProcDirectory(fileSystem, 1, 0x16d, 0, 0)
    {
        private readonly ProcFileSystem _fileSystem = fileSystem;

        protected override IEnumerable<(string Name, Inode Inode)> FixedEntries()
        {
            yield return ("self", new ProcTextLink(_fileSystem, _fileSystem.NextNumber(), static caller => caller is null ? null : NumberName(caller.Process.ProcessId)));
            yield return ("thread-self", new ProcTextLink(_fileSystem, _fileSystem.NextNumber(), static caller =>
                caller is null ? null : Encoding.ASCII.GetBytes($"{caller.Process.ProcessId}/task/{caller.ThreadId}")));
            yield return ("mounts", new ProcTextLink(_fileSystem, _fileSystem.NextNumber(), static _ => "self/mounts"u8.ToArray()));
            yield return ("net", new ProcTextLink(_fileSystem, _fileSystem.NextNumber(), static _ => "self/net"u8.ToArray()));
            yield return ("sysvipc", new IpcFiles(_fileSystem));
            yield return ("sys", new SysctlDirectory(_fileSystem));
            yield return ("locks", new ProcFile(_fileSystem, _fileSystem.NextNumber(), 0x124, 0, 0, LockFiles.WriteAll));
            foreach ((string name, ProcWriter writer) in new SystemFiles(_fileSystem.Kernel).All)
            {
                yield return (name, new ProcFile(_fileSystem, _fileSystem.NextNumber(), 0x124, 0, 0, writer));
            }
        }

        protected override Inode? FindMore(ReadOnlySpan<byte> name, UserThread? caller)
        {
            if (!TryParseNumber(name, out int id))
            {
                return null;
            }

            if (_fileSystem.Kernel.Processes.Find(id) is { } process)
            {
                return new ProcessDirectory(_fileSystem, process, null, isThread: false);
            }

            // Linux finds a thread by its ID too, though no listing shows it.
            return _fileSystem.Kernel.Processes.FindThread(id) is { } thread ? new ProcessDirectory(_fileSystem, thread.Process, null, isThread: false) : null;
        }

        protected override bool ReadMore(ref long position, out DirectoryEntry entry, UserThread? caller)
        {
            IReadOnlyList<Process> all = _fileSystem.Kernel.Processes.All;
            foreach (Process process in all)
            {
                if (process.ProcessId >= position)
                {
                    position = process.ProcessId + 1L;
                    entry = new DirectoryEntry(NumberName(process.ProcessId), ProcessDirectory.NumberOf(process.ProcessId), FileMode.S_IFDIR);
                    return true;
                }
            }

            entry = default;
            return false;
        }
    }
}
