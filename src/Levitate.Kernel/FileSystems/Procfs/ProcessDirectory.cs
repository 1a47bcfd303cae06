using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>/proc/[pid], or /proc/[pid]/task/[tid].</summary>
internal sealed class ProcessDirectory : ProcDirectory, IProcessInode
{
    private const uint EveryoneReads = 0x124;
    private const uint OwnerReads = 0x100;
    private const uint OwnerWrites = EveryoneReads | 0x80;

    private readonly FileSystem _fileSystem;
    private readonly Process _process;
    private ulong _lastNumber;

    /// <summary>The directory of a process, or of one of its threads.</summary>
    /// <param name="fileSystem">The file system.</param>
    /// <param name="process">The process.</param>
    /// <param name="thread">The thread; null for a process, and for a leader that has ended.</param>
    /// <param name="isThread">Whether it is a thread's.</param>
    public ProcessDirectory(ProcFileSystem fileSystem, Process process, UserThread? thread, bool isThread)
        : base(fileSystem, NumberOf(thread?.ThreadId ?? process.ProcessId, isThread), 0x16d, process.Credentials.EffectiveUserId, process.Credentials.EffectiveGroupId)
    {
        _fileSystem = fileSystem;
        _process = process;
        SignalTarget = isThread ? null : process;
        _lastNumber = Number;
        var status = new ProcessStatusFiles(process, thread, isThread);
        var memory = new ProcessMemoryFiles(process);
        Add("auxv", OwnerReads, memory.WriteAuxiliaryVector);
        Add("cmdline", EveryoneReads, memory.WriteCommandLine);
        Add("comm", OwnerWrites, status.WriteName, reader: status.ReadName, takesBytes: true);
        AddLink("cwd", () => (thread ?? process.FindLeader())?.FileSystem.WorkingDirectory);
        Add("environ", OwnerReads, memory.WriteEnvironment);
        AddLink("exe", () => (process.AddressSpace.ProgramFile as FileDescription)?.Location);
        Add("fd", new DescriptorDirectory(fileSystem, NextNumber(), process, isInfo: false));
        Add("fdinfo", new DescriptorDirectory(fileSystem, NextNumber(), process, isInfo: true));
        Add("io", OwnerReads, status.WriteIo);
        Add("limits", EveryoneReads, status.WriteLimits);
        Add("maps", EveryoneReads, memory.WriteMappings, isGuarded: true);
        Add("mountinfo", EveryoneReads, MountFiles.WriteMountInfo);
        Add("mounts", EveryoneReads, MountFiles.WriteMounts);
        Add("net", new NetworkDirectory(fileSystem, NextNumber()));
        _lastNumber += NetworkDirectory.Numbers - 1;
        Add("ns", new NamespaceDirectory(fileSystem, NextNumber(), process));
        _lastNumber += NamespaceDirectory.Numbers - 1;
        var memoryScore = new OutOfMemoryFiles(process);
        Add("oom_adj", OwnerWrites, memoryScore.WriteOldAdjustment, reader: memoryScore.ReadOldAdjustment);
        Add("oom_score", EveryoneReads, memoryScore.WriteScore);
        Add("oom_score_adj", OwnerWrites, memoryScore.WriteAdjustment, reader: memoryScore.ReadAdjustment);
        AddLink("root", () => (thread ?? process.FindLeader())?.FileSystem.Root);
        Add("schedstat", EveryoneReads, status.WriteHistory);
        Add("smaps", new ProcFile(fileSystem, NextNumber(), EveryoneReads, UserId, GroupId, memory.WritePages) { Guard = caller => ProcAccess.Check(process, caller) });
        Add("smaps_rollup", EveryoneReads, memory.WritePageSums, isGuarded: true);
        Add("stat", EveryoneReads, status.WriteStat);
        Add("statm", EveryoneReads, memory.WriteSizes);
        Add("status", EveryoneReads, status.WriteStatus);
        Add("wchan", EveryoneReads, status.WriteWaitChannel);
        if (!isThread)
        {
            Add("task", new TaskDirectory(fileSystem, NextNumber(), process));
        }
    }

    /// <inheritdoc/>
    public Process? SignalTarget { get; }

    /// <summary>The inode number of a process's or thread's directory; those of what is in it follow.</summary>
    public static ulong NumberOf(int id, bool isThread = false) => ((ulong)(uint)id << 32) | (isThread ? 1u << 31 : 0);

    private ulong NextNumber() => ++_lastNumber;

    private void Add(string name, uint permissions, ProcWriter writer, bool isGuarded = false, ProcReader? reader = null, bool takesBytes = false)
    {
        bool guards = isGuarded || permissions == OwnerReads;
        Add(name, new ProcFile(_fileSystem, NextNumber(), permissions, UserId, GroupId, writer)
        {
            Reader = reader,
            TakesBytes = takesBytes,
            Guard = guards ? caller => ProcAccess.Check(_process, caller) : null,
        });
    }

    private void AddLink(string name, Func<Location?> place) =>
        Add(name, new ProcFileLink(_fileSystem, NextNumber(), FileMode.S_IRWXUGO, _process, () => _process.IsZombie ? null : place()));

    private sealed class TaskDirectory(ProcFileSystem fileSystem, ulong number, Process process)
        : ProcDirectory(fileSystem, number, 0x16d, process.Credentials.EffectiveUserId, process.Credentials.EffectiveGroupId)
    {
        /// <summary>Whether it was not waited for yet.</summary>
        private bool IsKnown => ReferenceEquals(process.Kernel.Processes.Find(process.ProcessId), process);

        protected override Inode? FindMore(ReadOnlySpan<byte> name, UserThread? caller)
        {
            if (!TryParseNumber(name, out int id))
            {
                return null;
            }

            foreach (UserThread thread in process.Threads)
            {
                if (thread.ThreadId == id)
                {
                    return new ProcessDirectory(fileSystem, process, thread, isThread: true);
                }
            }

            // A leader is there as long as its process is, though it ended before the others.
            return id == process.ProcessId && IsKnown ? new ProcessDirectory(fileSystem, process, null, isThread: true) : null;
        }

        protected override bool ReadMore(ref long position, out DirectoryEntry entry, UserThread? caller)
        {
            int next = process.ProcessId >= position && IsKnown ? process.ProcessId : int.MaxValue;
            foreach (UserThread thread in process.Threads)
            {
                if (thread.ThreadId >= position)
                {
                    next = Math.Min(next, thread.ThreadId);
                }
            }

            entry = new DirectoryEntry(NumberName(next), NumberOf(next, isThread: true), FileMode.S_IFDIR);
            position = next + 1L;
            return next != int.MaxValue;
        }
    }
}
