using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Levitate.Cli.Host;
using Levitate.Kernel.Platform;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Takes a piece of a stream; false: nothing more is wanted.</summary>
internal delegate bool StreamSink(ReadOnlySpan<byte> bytes);

/// <summary>Runs one program in a VM of its own.</summary>
internal sealed class GuestSession(MachineOptions options, BootRequest request, byte[]? overlay)
{
    // A guest that has said how its program ended powers off at once; this bounds a guest that does not.
    private static readonly TimeSpan s_powerOffLimit = TimeSpan.FromSeconds(5);

    /// <summary>Whether the kernel's log goes to stderr while it comes.</summary>
    public bool ShowsLog { get; init; }

    /// <summary>How long the program may take; zero: as long as it wants.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>What the program reads; null: nothing.</summary>
    public Descriptor? Input { get; init; } = Descriptor.StandardInput;

    /// <summary>Takes what the program writes to its standard output.</summary>
    public StreamSink Output { get; init; } = Descriptor.StandardOutput.WriteAll;

    /// <summary>Takes what the program writes to its standard error.</summary>
    public StreamSink Errors { get; init; } = Descriptor.StandardError.WriteAll;

    /// <summary>Takes each piece of the kernel's log, with the time since QEMU's start; null: nobody.</summary>
    public Action<TimeSpan, byte[]>? LogWatcher { get; init; }

    /// <summary>The time from QEMU's start to the news of the program's end.</summary>
    public TimeSpan MachineTime { get; private set; }

    /// <summary>Why a stream of the program's could not be passed on; 0: everything was, or nobody reads it any more.</summary>
    public int OutputError { get; private set; }

    /// <summary>Boots, runs, and waits for the end. Called on the tool's main thread.</summary>
    public GuestOutcome Run()
    {
        using var ports = new GuestPorts(GuestPorts.Control, GuestPorts.StandardInput, GuestPorts.StandardOutput, GuestPorts.StandardError);
        using var interruption = new Interruption();
        long start = Stopwatch.GetTimestamp();
        using QemuProcess qemu = QemuProcess.Start(options, ports, request, overlay);
        var log = new KernelLogView(ShowsLog);
        StreamPump[] outputs =
        [
            StartOutput(ports[GuestPorts.StandardOutput], Output),
            StartOutput(ports[GuestPorts.StandardError], Errors),
            new StreamPump(ports.Log.Ours, piece =>
            {
                LogWatcher?.Invoke(Stopwatch.GetElapsedTime(start), piece.ToArray());
                return log.Take(piece);
            }),
        ];
        StartInput(ports[GuestPorts.StandardInput]);

        GuestOutcome? outcome = new ControlReader(ports[GuestPorts.Control].Ours, interruption).WaitForOutcome(Timeout);
        MachineTime = Stopwatch.GetElapsedTime(start);
        bool endsByItself = outcome is null or GuestOutcome.Exited or GuestOutcome.Signaled or GuestOutcome.Refused or GuestOutcome.Failed;
        if (!endsByItself || !qemu.WaitForExit(s_powerOffLimit))
        {
            qemu.Kill();
        }

        // QEMU has gone, so each stream ends behind the last byte that the guest wrote.
        Array.ForEach(outputs, pump => pump.Join());
        return outcome ?? new GuestOutcome.Lost(qemu.ReadErrors(), log.Text);
    }

    private void StartInput(GuestPort port)
    {
        if (Input is null)
        {
            port.Ours.EndSending();
        }
        else
        {
            _ = new StreamPump(Input, port.Ours.WriteAll, _ => port.Ours.EndSending());
        }
    }

    // When whoever reads our output has gone, the port closes, and the guest's program learns it as from a broken pipe.
    private StreamPump StartOutput(GuestPort port, StreamSink sink) =>
        new(port.Ours, sink, refused =>
        {
            if (refused)
            {
                // The sink's last call was the write that failed, on this thread.
                int error = Marshal.GetLastPInvokeError();
                OutputError = error == Libc.EPIPE ? OutputError : error;
                port.Ours.Hangup();
            }
        });
}
