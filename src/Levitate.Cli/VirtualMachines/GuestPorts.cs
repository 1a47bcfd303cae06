using System;
using System.Collections.Generic;

namespace Levitate.Cli.VirtualMachines;

/// <summary>The streams of one VM. The names are those that the guest knows the virtio ports by.</summary>
internal sealed class GuestPorts : IDisposable
{
    /// <summary>"exit N", "signal N" and "error ERRNO MESSAGE" from the guest, "winsize ROWS COLUMNS" to it.</summary>
    public GuestPort Control { get; } = new();

    /// <summary>The program's standard input.</summary>
    public GuestPort StandardInput { get; } = new();

    /// <summary>The program's standard output.</summary>
    public GuestPort StandardOutput { get; } = new();

    /// <summary>The program's standard error.</summary>
    public GuestPort StandardError { get; } = new();

    /// <summary>The kernel's log: the serial port.</summary>
    public GuestPort Log { get; } = new();

    /// <summary>The terminal of `levitate run`; null in VMs that have none.</summary>
    public GuestPort? Console { get; init; }

    /// <summary>The virtio ports by name.</summary>
    public IEnumerable<(string Name, GuestPort Port)> Virtio
    {
        get
        {
            yield return ("control", Control);
            if (Console is not null)
            {
                yield return ("console", Console);
                yield break;
            }

            yield return ("stdin", StandardInput);
            yield return ("stdout", StandardOutput);
            yield return ("stderr", StandardError);
        }
    }

    /// <summary>Called when QEMU has its ends.</summary>
    public void CloseInherited() => Each(port => port.CloseInherited());

    /// <inheritdoc/>
    public void Dispose() => Each(port => port.Dispose());

    private void Each(Action<GuestPort> action)
    {
        action(Control);
        action(StandardInput);
        action(StandardOutput);
        action(StandardError);
        action(Log);
        if (Console is not null)
        {
            action(Console);
        }
    }
}
