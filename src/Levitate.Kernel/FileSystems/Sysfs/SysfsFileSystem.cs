using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.FileSystems.Procfs;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.FileSystems.Sysfs;

/// <summary>/sys: what the kernel says of its machine, as far as programs ask for it: the processors.</summary>
/// <remarks>Linux: sysfs(5); Documentation/ABI/stable/sysfs-devices-system-cpu.</remarks>
internal sealed class SysfsFileSystem : FileSystem
{
    /// <summary>The /sys of a machine.</summary>
    public SysfsFileSystem(IMachine machine)
        : base(machine)
    {
        Root = new Dentry(null, [], new Folder(this, () => [("devices", CreateDevices())]));
    }

    /// <inheritdoc/>
    public override string TypeName => "sysfs";

    /// <inheritdoc/>
    public override uint Magic => 0x62656572;

    /// <inheritdoc/>
    public override Dentry Root { get; }

    private Folder CreateDevices()
    {
        var processors = new Folder(this);
        foreach (string name in (string[])["online", "possible", "present"])
        {
            processors.AddText(name, () => Range(Machine.Processors.Count));
        }

        processors.AddText("offline", static () => string.Empty);
        processors.AddText("kernel_max", () => FormattableString.Invariant($"{Machine.Processors.Count - 1}"));
        for (int i = 0; i < Machine.Processors.Count; i++)
        {
            processors.AddFolder(FormattableString.Invariant($"cpu{i}"), CreateProcessor(i));
        }

        var system = new Folder(this);
        system.AddFolder("cpu", processors);
        var devices = new Folder(this);
        devices.AddFolder("system", system);
        return devices;
    }

    /// <summary>A processor: QEMU's are cores of one package, without siblings.</summary>
    private Folder CreateProcessor(int index)
    {
        string number = FormattableString.Invariant($"{index}");
        string mask = FormattableString.Invariant($"{1UL << index:x8}");
        var topology = new Folder(this);
        topology.AddText("core_id", () => number);
        topology.AddText("physical_package_id", static () => "0");
        topology.AddText("thread_siblings", () => mask);
        topology.AddText("thread_siblings_list", () => number);
        topology.AddText("core_siblings", () => FormattableString.Invariant($"{(1UL << Machine.Processors.Count) - 1:x8}"));
        topology.AddText("core_siblings_list", () => Range(Machine.Processors.Count));
        var processor = new Folder(this);
        processor.AddFolder("topology", topology);
        if (index > 0)
        {
            processor.AddText("online", static () => "1");
        }

        return processor;
    }

    private static string Range(int count) => ProcessorList.Of((1UL << count) - 1);

    private sealed class Folder(SysfsFileSystem fileSystem, Func<IEnumerable<(string Name, Inode Inode)>>? entries = null)
        : ProcDirectory(fileSystem, fileSystem.NextNumber(), 0x1ed, 0, 0)
    {
        private readonly SysfsFileSystem _fileSystem = fileSystem;

        protected override IEnumerable<(string Name, Inode Inode)> FixedEntries() => entries?.Invoke() ?? [];

        public void AddFolder(string name, Folder folder) => Add(name, folder);

        public void AddText(string name, Func<string> value) => Add(name, new ProcFile(_fileSystem, _fileSystem.NextNumber(), 0x124, 0, 0, (text, _) =>
        {
            text.AddLine(value());
            return Errno.None;
        }));
    }
}
