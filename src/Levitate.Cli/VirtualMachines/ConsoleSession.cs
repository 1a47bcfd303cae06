using System;
using System.Globalization;
using System.Text;
using Levitate.Cli.Host;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Boots a VM whose console is the tool's terminal.</summary>
internal sealed class ConsoleSession(MachineOptions options, byte[]? overlay)
{
    // Ctrl-D, which the guest's terminal turns into an end of file.
    private const byte EndOfInput = 4;

    private static readonly TimeSpan s_powerOffLimit = TimeSpan.FromSeconds(5);

    /// <summary>Whether the kernel's log goes to stderr while it comes.</summary>
    public bool ShowsLog { get; init; }

    /// <summary>Boots and stays until the guest powers off or the user ends it. Called on the tool's main thread.</summary>
    public GuestOutcome Run()
    {
        using var ports = new GuestPorts(GuestPorts.Control, GuestPorts.Console);
        using var interruption = new Interruption();
        using var terminal = new RawTerminal();
        using QemuProcess qemu = QemuProcess.Start(options, ports, request: null, overlay);
        Descriptor console = ports[GuestPorts.Console].Ours;
        Descriptor control = ports[GuestPorts.Control].Ours;
        var log = new KernelLogView(ShowsLog);
        StreamPump[] outputs = [new(console, Descriptor.StandardOutput.WriteAll), new(ports.Log.Ours, log.Take)];
        var escapes = new EscapeFilter();
        _ = new StreamPump(Descriptor.StandardInput, keys => console.WriteAll(escapes.Take(keys)) && !escapes.EndRequested, refused =>
        {
            if (refused)
            {
                control.Hangup();
            }
            else
            {
                // QEMU would take a half-closed socket for a closed one, and the guest's last words would be lost.
                console.WriteAll([EndOfInput]);
            }
        });

        TellSize(control);
        using IDisposable sizes = RawTerminal.WatchSize(() => TellSize(control));
        GuestOutcome? outcome = new ControlReader(control, interruption).WaitForOutcome(TimeSpan.Zero);
        if (escapes.EndRequested || outcome is GuestOutcome.Interrupted || !qemu.WaitForExit(s_powerOffLimit))
        {
            qemu.Kill();
        }

        Array.ForEach(outputs, pump => pump.Join());
        return escapes.EndRequested ? new GuestOutcome.Exited(0) : outcome ?? new GuestOutcome.Lost(qemu.ReadErrors(), log.Text);
    }

    private static void TellSize(Descriptor control)
    {
        if (RawTerminal.Size is var (rows, columns))
        {
            control.WriteAll(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"winsize {rows} {columns}\n")));
        }
    }
}
