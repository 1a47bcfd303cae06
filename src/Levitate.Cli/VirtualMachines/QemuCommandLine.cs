using System.Collections.Generic;
using System.Globalization;
using Levitate.Cli.Host;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Says to QEMU what a VM is made of.</summary>
internal static class QemuCommandLine
{
    /// <summary>The program.</summary>
    public const string Program = "qemu-system-x86_64";

    // QEMU's isa-debug-exit device: a write to it ends QEMU at once.
    private const string ExitPort = "0xf4";

    /// <summary>The request's name among the items that the guest reads from fw_cfg.</summary>
    public const string RequestItem = "opt/levitate/request";

    /// <summary>The overlay archive's name there.</summary>
    public const string OverlayItem = "opt/levitate/overlay";

    /// <summary>The arguments for a VM with these ports and fw_cfg items.</summary>
    public static List<string> Build(MachineOptions options, GuestPorts ports, IReadOnlyList<(string Name, Descriptor File)> items)
    {
        bool isMicrovm = options.Machine == MachineKind.Microvm;
        bool isKvm = AcceleratorChoice.Resolve(options.Accelerator) == Accelerator.Kvm;
        string bus = isMicrovm ? "device" : "pci";
        List<string> arguments =
        [
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-M", isMicrovm ? "microvm,acpi=off,pit=on,pic=on,rtc=on,isa-serial=on,auto-kernel-cmdline=off" : "q35",
            "-accel", isKvm ? "kvm" : "tcg",
            "-cpu", "max",
            "-smp", Number(options.Cpus),
            "-m", Number(options.Memory) + "B",
            "-kernel", options.Kernel,
            "-initrd", options.Initramfs,
            "-append", $"exit-port={ExitPort} {options.KernelCommandLine}".TrimEnd(),
            "-device", $"isa-debug-exit,iobase={ExitPort},iosize=4",
            "-device", $"virtio-rng-{bus}",
            "-device", $"virtio-serial-{bus},max_ports=8",
            "-chardev", $"socket,id=log,fd={Number(ports.Log.InheritedNumber)}",
            "-serial", "chardev:log",
        ];
        if (options.CountsInstructions)
        {
            arguments.AddRange(["-icount", "shift=0"]);
        }

        if (options.Plugin is { } plugin)
        {
            arguments.AddRange(["-plugin", plugin]);
        }

        int port = 1;
        foreach ((string name, GuestPort end) in ports.Virtio)
        {
            arguments.AddRange(["-chardev", $"socket,id={name},fd={Number(end.InheritedNumber)}"]);
            arguments.AddRange(["-device", $"virtserialport,chardev={name},name=org.levitate.{name},nr={Number(port++)}"]);
        }

        foreach ((string name, Descriptor file) in items)
        {
            arguments.AddRange(["-fw_cfg", $"name={name},file=/dev/fd/{Number(file.Number)}"]);
        }

        return arguments;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
