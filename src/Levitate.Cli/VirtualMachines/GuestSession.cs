using System;
using System.Collections.Generic;
using System.Diagnostics;
using Levitate.Cli.Host;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Runs one program in a VM of its own, with the tool's standard streams as the program's.</summary>
internal sealed class GuestSession(MachineOptions options, BootRequest request, byte[]? overlay)
{
    // A guest that has said how its program ended powers off at once; this bounds a guest that does not.
    private static readonly TimeSpan s_powerOffLimit = TimeSpan.FromSeconds(5);

    /// <summary>Whether the kernel's log goes to stderr while it comes.</summary>
    public bool ShowsLog { get; init; }

    /// <summary>How long the program may take; zero: as long as it wants.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>The time from QEMU's start to the news of the program's end.</summary>
    public TimeSpan MachineTime { get; private set; }

    /// <summary>Boots, runs, and waits for the end. Called on the tool's main thread.</summary>
    public GuestOutcome Run()
    {
        using var ports = new GuestPorts();
        using var interruption = new Interruption();
        long start = Stopwatch.GetTimestamp();
        using QemuProcess qemu = StartQemu(ports);
        ports.CloseInherited();

        var log = new KernelLogView(ShowsLog);
        StreamPump[] outputs =
        [
            Output(ports.StandardOutput, Descriptor.StandardOutput),
            Output(ports.StandardError, Descriptor.StandardError),
            new StreamPump(ports.Log.Ours, log.Take),
        ];
        _ = new StreamPump(Descriptor.StandardInput, ports.StandardInput.Ours.WriteAll, _ => ports.StandardInput.Ours.EndSending());

        GuestOutcome? outcome = new ControlReader(ports.Control.Ours, interruption).WaitForOutcome(Timeout);
        MachineTime = Stopwatch.GetElapsedTime(start);
        bool endsByItself = outcome is null or GuestOutcome.Exited or GuestOutcome.Signaled or GuestOutcome.Refused;
        if (!endsByItself || !qemu.WaitForExit(s_powerOffLimit))
        {
            qemu.Kill();
        }

        // QEMU has gone, so each stream ends behind the last byte that the guest wrote.
        Array.ForEach(outputs, pump => pump.Join());
        return outcome ?? new GuestOutcome.Lost(qemu.ReadErrors(), log.Text);
    }

    private QemuProcess StartQemu(GuestPorts ports)
    {
        using Descriptor requestFile = Descriptor.CreateMemoryFile("request", request.Serialize());
        using Descriptor? overlayFile = overlay is null ? null : Descriptor.CreateMemoryFile("overlay", overlay);
        var items = new List<(string, Descriptor)> { (QemuCommandLine.RequestItem, requestFile) };
        if (overlayFile is not null)
        {
            items.Add((QemuCommandLine.OverlayItem, overlayFile));
        }

        return QemuProcess.Start(QemuCommandLine.Build(options, ports, items));
    }

    // When whoever reads our output has gone, the port closes, and the guest's program learns it as from a broken pipe.
    private static StreamPump Output(GuestPort port, Descriptor destination) =>
        new(port.Ours, destination.WriteAll, refused =>
        {
            if (refused)
            {
                port.Ours.Hangup();
            }
        });
}
