using System;
using System.Collections.Generic;
using System.Linq;

namespace Levitate.Cli.VirtualMachines;

/// <summary>The streams of one VM: the kernel's log on the serial port, and virtio ports by name.</summary>
internal sealed class GuestPorts(params string[] names) : IDisposable
{
    /// <summary>"exit N", "signal N", "error ERRNO MESSAGE" and "fail ERRNO MESSAGE" from the guest, "winsize ROWS COLUMNS" and "endinput BYTES" to it.</summary>
    public const string Control = "control";

    /// <summary>The program's standard input.</summary>
    public const string StandardInput = "stdin";

    /// <summary>The program's standard output.</summary>
    public const string StandardOutput = "stdout";

    /// <summary>The program's standard error.</summary>
    public const string StandardError = "stderr";

    /// <summary>The terminal of `levitate shell` and `vm exec -it`.</summary>
    public const string Console = "console";

    private readonly (string Name, GuestPort Port)[] _virtio = [.. names.Select(name => (name, new GuestPort()))];

    /// <summary>The kernel's log: the serial port.</summary>
    public GuestPort Log { get; } = new();

    /// <summary>The virtio ports; the guest knows each as org.levitate.NAME.</summary>
    public IReadOnlyList<(string Name, GuestPort Port)> Virtio => _virtio;

    /// <summary>A virtio port.</summary>
    public GuestPort this[string name] => _virtio.Single(port => port.Name == name).Port;

    /// <summary>Called when QEMU has its ends.</summary>
    public void CloseInherited()
    {
        Log.CloseInherited();
        Array.ForEach(_virtio, port => port.Port.CloseInherited());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Log.Dispose();
        Array.ForEach(_virtio, port => port.Port.Dispose());
    }
}
