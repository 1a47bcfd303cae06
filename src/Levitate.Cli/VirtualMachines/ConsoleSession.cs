using System;
using System.Globalization;
using System.Text;
using System.Threading;
using Levitate.Cli.Host;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Runs one program in a VM of its own, on a console that is the tool's terminal.</summary>
internal sealed class ConsoleSession(MachineOptions options, BootRequest request, byte[]? overlay)
{
    // Ctrl-D, which hands over a line that was begun.
    private const byte EndOfInput = 4;

    private static readonly TimeSpan s_powerOffLimit = TimeSpan.FromSeconds(5);

    /// <summary>Keeps lines on the control channel whole. Never held with another lock.</summary>
    private readonly Lock _controlLock = new();

    /// <summary>Whether the kernel's log goes to stderr while it comes.</summary>
    public bool ShowsLog { get; init; }

    /// <summary>How long the program may take; zero: as long as it wants.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Boots and stays until the program ends or the user ends the machine. Called on the tool's main thread.</summary>
    public GuestOutcome Run()
    {
        using var ports = new GuestPorts(GuestPorts.Control, GuestPorts.Console);
        using var interruption = new Interruption();
        using var terminal = new RawTerminal();
        using QemuProcess qemu = QemuProcess.Start(options, ports, request, overlay);
        Descriptor console = ports[GuestPorts.Console].Ours;
        Descriptor control = ports[GuestPorts.Control].Ours;
        var log = new KernelLogView(ShowsLog, linesEndWithReturn: terminal.IsRaw);
        StreamPump[] outputs = [new(console, Descriptor.StandardOutput.WriteAll), new(ports.Log.Ours, log.Take)];
        var escapes = new EscapeFilter();
        StartInput(console, control, terminal.IsRaw ? escapes : null);
        using IDisposable sizes = WatchSize(control);
        GuestOutcome? outcome = new ControlReader(control, interruption).WaitForOutcome(Timeout);
        if (escapes.EndRequested || outcome is GuestOutcome.Interrupted or GuestOutcome.TimedOut || !qemu.WaitForExit(s_powerOffLimit))
        {
            qemu.Kill();
        }

        Array.ForEach(outputs, pump => pump.Join());
        const int SIGKILL = 9;
        return escapes.EndRequested ? new GuestOutcome.Interrupted(SIGKILL) : outcome ?? new GuestOutcome.Lost(qemu.ReadErrors(), log.Text);
    }

    /// <summary>Passes the keyboard on. Nobody types what comes out of a file or a pipe, so that is not searched for escapes.</summary>
    private void StartInput(Descriptor console, Descriptor control, EscapeFilter? escapes)
    {
        long sent = 0;
        _ = new StreamPump(
            Descriptor.StandardInput,
            keys =>
            {
                ReadOnlySpan<byte> passed = escapes is null ? keys : escapes.Take(keys);
                sent += passed.Length;
                return console.WriteAll(passed) && escapes is not { EndRequested: true };
            },
            refused =>
            {
                if (refused)
                {
                    control.Hangup();
                }
                else
                {
                    // QEMU would take a half-closed socket for a closed one, and the guest's last words would be lost.
                    console.WriteAll([EndOfInput]);
                    Tell(control, $"endinput {sent + 1}\n");
                }
            });
    }

    /// <summary>Tells the guest of every change of the window's size; what it begins with stands in the request.</summary>
    private IDisposable WatchSize(Descriptor control) => RawTerminal.WatchSize(() =>
    {
        if (RawTerminal.Size is var (rows, columns))
        {
            Tell(control, $"winsize {rows} {columns}\n");
        }
    });

    private void Tell(Descriptor control, FormattableString line)
    {
        lock (_controlLock)
        {
            control.WriteAll(Encoding.ASCII.GetBytes(line.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
