using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Levitate.Cli.VirtualMachines;

/// <summary>How QEMU runs guest instructions.</summary>
internal enum Accelerator
{
    /// <summary>KVM where it works, TCG elsewhere.</summary>
    Auto,

    /// <summary>Translation in software; works everywhere.</summary>
    Tcg,

    /// <summary>The processor's virtualization, by /dev/kvm.</summary>
    Kvm,
}

/// <summary>Chooses an accelerator.</summary>
internal static class AcceleratorChoice
{
    /// <summary>
    /// What to use. <see cref="Accelerator.Auto"/> takes KVM only where /dev/kvm opens and the processor says that it can
    /// virtualize: there are machines whose /dev/kvm opens and then hangs every ordinary guest.
    /// </summary>
    public static Accelerator Resolve(Accelerator wish) => wish == Accelerator.Auto ? Resolve(wish, File.ReadLines("/proc/cpuinfo"), KvmOpens) : wish;

    /// <inheritdoc cref="Resolve(Accelerator)"/>
    /// <param name="wish">What was asked for.</param>
    /// <param name="processors">/proc/cpuinfo's lines.</param>
    /// <param name="kvmOpens">Whether /dev/kvm opens; asked only where the processor can virtualize.</param>
    internal static Accelerator Resolve(Accelerator wish, IEnumerable<string> processors, Func<bool> kvmOpens) => wish switch
    {
        Accelerator.Auto => HasVirtualization(processors) && kvmOpens() ? Accelerator.Kvm : Accelerator.Tcg,
        _ => wish,
    };

    private static bool HasVirtualization(IEnumerable<string> processors) => processors
        .Where(line => line.StartsWith("flags", StringComparison.Ordinal))
        .Any(line => line.Split(' ').Any(flag => flag is "vmx" or "svm"));

    private static bool KvmOpens()
    {
        try
        {
            using FileStream device = File.Open("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
