namespace Levitate.Cli.VirtualMachines;

/// <summary>QEMU's machine types that the kernel boots on.</summary>
internal enum MachineKind
{
    /// <summary>virtio-mmio, no PCI, starts fastest.</summary>
    Microvm,

    /// <summary>A PC with PCI Express.</summary>
    Q35,
}

/// <summary>What a virtual machine is made of.</summary>
internal sealed record MachineOptions
{
    /// <summary>The smallest memory that a VM can be asked to have, in bytes.</summary>
    public const long MinimumMemory = 24L << 20;

    /// <summary>The memory of a VM that nothing was said about, in bytes.</summary>
    public const long DefaultMemory = 256L << 20;

    /// <summary>The machine type.</summary>
    public MachineKind Machine { get; init; }

    /// <summary>RAM in bytes.</summary>
    public long Memory { get; init; } = DefaultMemory;

    /// <summary>Virtual CPUs.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>The accelerator.</summary>
    public Accelerator Accelerator { get; init; }

    /// <summary>The file of the kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>The file of the root file system.</summary>
    public required string Initramfs { get; init; }

    /// <summary>The kernel's command line.</summary>
    public string KernelCommandLine { get; init; } = "";

    /// <summary>Whether time is counted in instructions, a nanosecond each (-icount shift=0), so that runs can be compared.</summary>
    public bool CountsInstructions { get; init; }

    /// <summary>A TCG plugin and its arguments, as QEMU's -plugin takes them; null: none.</summary>
    public string? Plugin { get; init; }
}
