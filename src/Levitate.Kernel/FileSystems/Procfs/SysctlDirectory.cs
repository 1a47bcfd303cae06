using System;
using System.Collections.Generic;
using System.Text;
using Levitate.Kernel.Abi;
using Levitate.Kernel.FileSystems.Mqueue;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Inotify;
using Levitate.Kernel.Files.Pipes;
using Levitate.Kernel.Ipc;
using Levitate.Kernel.Memory;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>/proc/sys: what can be read of the kernel's settings. All are read-only here.</summary>
/// <remarks>Linux: Documentation/admin-guide/sysctl.</remarks>
internal sealed class SysctlDirectory : ProcDirectory
{
    private readonly FileSystem _fileSystem;
    private readonly KernelSystem? _kernel;

    /// <summary>/proc/sys.</summary>
    public SysctlDirectory(ProcFileSystem fileSystem)
        : this((FileSystem)fileSystem)
    {
        _kernel = fileSystem.Kernel;
    }

    private SysctlDirectory(FileSystem fileSystem)
        : base(fileSystem, fileSystem.NextNumber(), 0x16d, 0, 0)
    {
        _fileSystem = fileSystem;
    }

    /// <inheritdoc/>
    protected override IEnumerable<(string Name, Inode Inode)> FixedEntries() => _kernel is not { } kernel ? [] :
    [
        ("fs", OfFiles()),
        ("kernel", OfKernel(kernel)),
        ("vm", OfMemory()),
    ];

    private SysctlDirectory OfKernel(KernelSystem kernel)
    {
        string bootId = NewUuid(kernel.Machine);
        var random = new SysctlDirectory(_fileSystem);
        random.AddText("boot_id", () => Encoding.ASCII.GetBytes(bootId));
        random.AddText("uuid", () => Encoding.ASCII.GetBytes(NewUuid(kernel.Machine)));

        var general = new SysctlDirectory(_fileSystem);
        general.AddText("ostype", () => SystemNames.KernelName);
        general.AddText("osrelease", () => SystemNames.Release);
        general.AddText("version", () => SystemNames.Version);
        general.AddText("hostname", () => kernel.Names.HostName);
        general.AddText("domainname", () => kernel.Names.DomainName);
        general.AddNumber("pid_max", ProcessTable.MaximumId);
        general.AddNumber("threads-max", kernel.Processes.MaximumThreads);
        general.AddNumber("cap_last_cap", (long)Capability.CAP_CHECKPOINT_RESTORE);
        general.AddNumber("ngroups_max", CredentialSyscalls.MaximumGroups);

        // A program's place, its stack and its mappings are where they were the last time.
        general.AddNumber("randomize_va_space", 0);

        // What the floor leaves to others, of each second.
        general.AddNumber("sched_rt_period_us", kernel.Machine.RealTimeShare.Period / 1000);
        general.AddNumber("sched_rt_runtime_us", kernel.Machine.RealTimeShare.Limit / 1000);
        general.Add("random", random);
        general.AddNumber("dmesg_restrict", 1);
        general.AddText("printk", () => Encoding.ASCII.GetBytes($"{kernel.Log.ConsoleLevel}\t4\t1\t7"));
        general.AddText("sem", () => Encoding.ASCII.GetBytes($"{SemaphoreSets.MaximumPerSet}\t{SemaphoreSets.MaximumTotal}\t{SemaphoreSyscalls.MaximumOperations}\t{SemaphoreSets.MaximumCount}"));
        general.AddText("shmall", () => Encoding.ASCII.GetBytes($"{SharedSegments.MaximumSize}"));
        general.AddText("shmmax", () => Encoding.ASCII.GetBytes($"{SharedSegments.MaximumSize}"));
        general.AddNumber("shmmni", SharedSegments.MaximumCount);
        general.AddNumber("msgmax", MessageQueues.MaximumMessage);
        general.AddNumber("msgmnb", MessageQueues.DefaultMaximumBytes);
        general.AddNumber("msgmni", MessageQueues.MaximumCount);
        return general;
    }

    private SysctlDirectory OfFiles()
    {
        var files = new SysctlDirectory(_fileSystem);
        files.AddNumber("nr_open", FileTable.Maximum);
        files.AddNumber("pipe-max-size", Pipe.MaximumCapacity);
        var watchers = new SysctlDirectory(_fileSystem);
        watchers.AddNumber("max_queued_events", InotifyDescription.MaximumEvents);
        watchers.AddNumber("max_user_instances", InotifyLimits.MaximumWatchers);
        watchers.AddNumber("max_user_watches", InotifyLimits.MaximumWatches);
        files.Add("inotify", watchers);

        // Who is not to be looked into does not dump core either.
        files.AddNumber("suid_dumpable", 0);

        var queues = new SysctlDirectory(_fileSystem);
        queues.AddNumber("queues_max", MqueueFileSystem.MaximumCount);
        queues.AddNumber("msg_max", MqueueAttributes.LargestMessages);
        queues.AddNumber("msgsize_max", MqueueAttributes.LargestBytes);
        queues.AddNumber("msg_default", MqueueAttributes.LargestMessages);
        queues.AddNumber("msgsize_default", MqueueAttributes.LargestBytes);
        files.Add("mqueue", queues);
        return files;
    }

    private SysctlDirectory OfMemory()
    {
        var memory = new SysctlDirectory(_fileSystem);
        memory.AddNumber("max_map_count", AddressSpace.MaximumMappings);
        memory.AddNumber("mmap_min_addr", (long)UserLayout.MinimumAddress);

        // The heuristic: what is asked for at once is refused where it exceeds all memory.
        memory.AddNumber("overcommit_memory", 0);
        return memory;
    }

    private void AddNumber(string name, long value) => AddText(name, () => NumberName(value));

    private void AddText(string name, Func<byte[]> value) => Add(name, new ProcFile(_fileSystem, _fileSystem.NextNumber(), 0x124, 0, 0, (text, _) =>
    {
        text.Add(value()).Add("\n"u8);
        return Errno.None;
    }));

    /// <summary>A random UUID (version 4).</summary>
    private static string NewUuid(IMachine machine)
    {
        Span<byte> bytes = stackalloc byte[16];
        machine.FillRandom(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
