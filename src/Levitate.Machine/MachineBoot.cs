using System;
using System.Collections.Generic;
using System.Text;
using Levitate.Floor;
using Levitate.Floor.Runtime;
using Levitate.Kernel;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;
using Levitate.Machine.Entropy;
using Levitate.Machine.Firmware;
using Levitate.Machine.Memory;
using Levitate.Machine.Processors;
using Levitate.Machine.Virtio;
using Levitate.Machine.Virtio.Console;

namespace Levitate.Machine;

/// <summary>From the running .NET runtime to the running kernel: finds the devices, takes what the host gave, and hands over.</summary>
public static class MachineBoot
{
    /// <summary>The items that the host tool gives by fw_cfg.</summary>
    private static ReadOnlySpan<byte> RequestItem => "opt/levitate/request"u8;

    /// <inheritdoc cref="RequestItem"/>
    private static ReadOnlySpan<byte> OverlayItem => "opt/levitate/overlay"u8;

    /// <summary>No device that works needs a millisecond; a host that is busy may.</summary>
    private static readonly TimeSpan s_longestConsoleWait = TimeSpan.FromSeconds(5);

    /// <summary>Runs the kernel on this machine until it is turned off. Called once, on the boot thread.</summary>
    public static void Start()
    {
        long entered = Clock.Nanoseconds;
        long idle = Threads.IdleNanoseconds;

        // The report of an unhandled exception is UTF-8: it must not depend on a class constructor that has yet to run.
        _ = Encoding.UTF8.GetByteCount("levitate");
        CollectionPolicy.Begin();
        LockWaits.CreateWaiter = static () => new HardwareLockWaiter();
        byte[] commandLine = BootInfo.CommandLine.ToArray();
        var words = new CommandLine(commandLine);
        var memory = new DeviceMemory();
        EntropyDevice? entropy = null;
        ConsoleDevice? console = null;
        var interrupts = new List<(IVirtioTransport Transport, Action Handler)>();
        foreach (IVirtioTransport transport in DeviceDiscovery.FindVirtioDevices(words))
        {
            bool hasLine = transport.InterruptLine < Interrupts.LineCount;
            switch (transport.Kind)
            {
                case VirtioDeviceKind.Console when console is null && hasLine:
                    console = ConsoleDevice.TryStart(transport, memory);
                    if (console is not null)
                    {
                        interrupts.Add((transport, console.HandleInterrupt));
                        continue;
                    }

                    break;
                case VirtioDeviceKind.Entropy when entropy is null:
                    entropy = EntropyDevice.TryStart(transport, memory);
                    if (entropy is not null)
                    {
                        continue;
                    }

                    break;
            }

            Log($"virtio device {transport.Kind} on line {transport.InterruptLine} does not work, or is one too many");
        }

        InterruptThread.StartAll(interrupts);
        var machine = new HardwareMachine(
            new HardwareRandom(CpuEntropy.Next64, CpuFeatures.HasRandom, entropy, Clock.BootTimeNanoseconds),
            new PowerControl(words.ExitPort, BootInfo.AcpiRoot));
        FirmwareConfiguration? firmware = FirmwareConfiguration.TryOpen();
        if (console is not null && !console.WaitForPorts(s_longestConsoleWait))
        {
            Log("the virtio console has not told of its ports");
        }

        var boot = new BootInformation
        {
            CommandLine = commandLine,
            Archives = Archives(firmware),
            Request = firmware?.TryRead(RequestItem) ?? [],
            Milestones =
            [
                new("floor entered", Clock.ToNanoseconds(BootInfo.EntryTsc), 0),
                new("runtime begins", Startup.RuntimeStartNanoseconds, 0),
                new("managed code entered", entered, idle),
            ],
            StandardInput = console?.TryOpen("org.levitate.stdin"u8, ConsoleDirections.Input),
            StandardOutput = console?.TryOpen("org.levitate.stdout"u8, ConsoleDirections.Output),
            StandardError = console?.TryOpen("org.levitate.stderr"u8, ConsoleDirections.Output),
            Control = console?.TryOpen("org.levitate.control"u8, ConsoleDirections.Input | ConsoleDirections.Output),
            Console = console?.TryOpen("org.levitate.console"u8, ConsoleDirections.Input | ConsoleDirections.Output),
        };
        new KernelSystem(machine, boot).Run();
        machine.PowerOff();
    }

    private static List<ArchiveImage> Archives(FirmwareConfiguration? firmware)
    {
        var archives = new List<ArchiveImage>();
        if (BootInfo.InitrdLength is > 0 and <= int.MaxValue)
        {
            archives.Add(new ArchiveImage(new FrameNumber((uint)(BootInfo.InitrdStart >> PageSize.Shift)), (int)BootInfo.InitrdLength));
        }

        if (firmware is not null && firmware.TryReadArchive(OverlayItem, out ArchiveImage overlay))
        {
            archives.Add(overlay);
        }

        return archives;
    }

    private static void Log(string line) => SerialLog.Write(Encoding.UTF8.GetBytes($"machine: {line}\n"));
}
