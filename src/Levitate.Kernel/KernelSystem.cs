using System;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel;

/// <summary>A running kernel: composes the subsystems on a machine. OWNER: processes. Members named here are the contract.</summary>
public sealed class KernelSystem
{
    /// <summary>The machine below.</summary>
    public IMachine Machine { get; }

    /// <summary>What the host gave at power-on.</summary>
    public BootInformation Boot { get; }

    /// <summary>Options from the kernel's command line.</summary>
    public KernelOptions Options { get; }

    /// <summary>The kernel's log.</summary>
    public KernelLog Log { get; }

    /// <summary>Composes a kernel; nothing runs yet.</summary>
    public KernelSystem(IMachine machine, BootInformation boot)
    {
        Machine = machine;
        Boot = boot;
        Options = KernelOptions.Parse(boot.CommandLine);
        Log = new KernelLog(machine);
    }

    /// <summary>Mounts the root, runs the request to its end, tells the host the status over the control channel, and powers off. Called on the boot thread.</summary>
    public void Run() => throw new NotImplementedException();
}
