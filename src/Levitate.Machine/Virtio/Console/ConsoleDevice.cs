using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Scheduling;

namespace Levitate.Machine.Virtio.Console;

/// <summary>A virtio console with several named ports (virtio 1.1, section 5.3).</summary>
public sealed class ConsoleDevice
{
    private const ulong MultiplePorts = 1 << 1;
    private const int MaximumPortsOffset = 4;
    private const int MaximumPorts = 32;
    private const int QueueSize = 32;
    private const int ControlReceive = 2;
    private const int ControlTransmit = 3;

    /// <summary>Bytes in a buffer for control messages; a longer name than fits is cut and so finds no one.</summary>
    private const int ControlBufferBytes = 128;

    private readonly IVirtioTransport _transport;
    private readonly IDmaAllocator _memory;
    private readonly Virtqueue[] _queues;
    private readonly DmaRegion _controlInput;
    private readonly DmaRegion _controlOutput;

    /// <summary>Guards the fields below and the control queues. Order: before the ports' locks. Never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.ConsoleDevice);
    private readonly ConsolePort?[] _ports;
    private readonly Queue<ConsoleMessage> _unsent = new();
    private readonly Stack<int> _freeOutputs = new();

    /// <summary>Ports that the device has added and not yet told all about; and whether it has told all about any.</summary>
    private uint _pendingPorts;
    private bool _anyPort;

    /// <summary>Pulsed when the ports have settled. Nothing else is locked under it.</summary>
    private readonly object _settled = new();
    private bool _isSettled;

    private ConsoleDevice(IVirtioTransport transport, IDmaAllocator memory, Virtqueue[] queues, DmaRegion control, int ports)
    {
        _transport = transport;
        _memory = memory;
        _queues = queues;
        _ports = new ConsolePort?[ports];
        int half = ControlBufferBytes * queues[ControlReceive].Size;
        _controlInput = control.Slice(0, half);
        _controlOutput = control.Slice(half, half);
    }

    /// <summary>Brings a console up and begins the handshake. Null where the device has only one port, is broken, or memory is short.</summary>
    public static ConsoleDevice? TryStart(IVirtioTransport transport, IDmaAllocator memory)
    {
        if (!VirtioDevice.TryNegotiate(transport, MultiplePorts, out ulong features) || features != MultiplePorts)
        {
            return null;
        }

        int ports = (int)Math.Min(transport.ReadConfiguration(MaximumPortsOffset), MaximumPorts);
        if (ports == 0)
        {
            return null;
        }

        // Port 0 has queues 0 and 1, the control queues come next, then the other ports' pairs.
        Virtqueue[]? queues = VirtioDevice.TryCreateQueues(transport, memory, (2 * ports) + 2, QueueSize);
        if (queues is null || !memory.TryAllocate(2 * ControlBufferBytes * queues[ControlReceive].Size, out DmaRegion control))
        {
            return null;
        }

        var device = new ConsoleDevice(transport, memory, queues, control, ports);
        device.Begin();
        return device;
    }

    /// <summary>Waits until the device has told the names of its ports. It does so at once; the time only bounds the wait for a device that doesn't.</summary>
    /// <returns>False when the time has passed.</returns>
    public bool WaitForPorts(TimeSpan atMost)
    {
        // With most hosts the answers were there when the notification returned.
        HandleInterrupt();
        long deadline = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        lock (_settled)
        {
            while (!_isSettled)
            {
                long left = deadline - Environment.TickCount64;
                if (left <= 0 || !Monitor.Wait(_settled, (int)left))
                {
                    return _isSettled;
                }
            }

            return true;
        }
    }

    /// <summary>Opens the port of a name, for the directions that the guest will use. Null where there is none, or memory is short.</summary>
    public ConsolePort? TryOpen(ReadOnlySpan<byte> name, ConsoleDirections directions)
    {
        using (_lock.Enter())
        {
            foreach (ConsolePort? port in _ports)
            {
                if (port is not null && port.Name.AsSpan().SequenceEqual(name))
                {
                    if (port.IsGuestOpen || !port.TryOpen(_memory, directions))
                    {
                        return null;
                    }

                    Send(new ConsoleMessage(port.Id, ConsoleEvent.PortOpen, 1));
                    return port;
                }
            }

            return null;
        }
    }

    /// <summary>What the device's interrupt asks for: called by one thread, without locks held, after the interrupt was acknowledged.</summary>
    public void HandleInterrupt()
    {
        uint changed;
        bool isSettled;
        using (_lock.Enter())
        {
            changed = HandleControl();
            FlushControl();
            for (int index = 0; index < _ports.Length; index++)
            {
                if (_ports[index] is { IsGuestOpen: true } port && port.HandleInterrupt())
                {
                    changed |= 1u << index;
                }
            }

            isSettled = _anyPort && _pendingPorts == 0;
        }

        if (isSettled)
        {
            lock (_settled)
            {
                _isSettled = true;
                Monitor.PulseAll(_settled);
            }
        }

        for (int index = 0; changed != 0; index++, changed >>= 1)
        {
            if ((changed & 1) != 0)
            {
                _ports[index]?.RaiseChanged();
            }
        }
    }

    private void Begin()
    {
        using (_lock.Enter())
        {
            Virtqueue input = _queues[ControlReceive];
            for (int descriptor = 0; descriptor < input.Size; descriptor++)
            {
                input.Add(descriptor, _controlInput.Slice(descriptor * ControlBufferBytes, ControlBufferBytes), deviceWrites: true);
                _freeOutputs.Push(descriptor);
            }

            input.Publish();
            input.SetInterrupts(true);
            _transport.Status |= VirtioStatus.DriverOk;
            _transport.Notify(ControlReceive);
            Send(new ConsoleMessage(0, ConsoleEvent.DeviceReady, 1));
        }
    }

    /// <summary>Handles the messages that have come; returns the ports that changed, a bit each.</summary>
    private uint HandleControl()
    {
        Virtqueue queue = _queues[ControlReceive];
        Span<byte> message = stackalloc byte[ControlBufferBytes];
        uint changed = 0;
        bool any = false;
        while (queue.TryTake(out int descriptor, out int length))
        {
            // A copy: the device could change the bytes between check and use.
            DmaRegion buffer = _controlInput.Slice(descriptor * ControlBufferBytes, ControlBufferBytes);
            buffer.Bytes.CopyTo(message);
            queue.Add(descriptor, buffer, deviceWrites: true);
            queue.Publish();
            any = true;
            changed |= Handle(message[..length]);
        }

        if (any)
        {
            _transport.Notify(ControlReceive);
        }

        return changed;
    }

    private uint Handle(ReadOnlySpan<byte> bytes)
    {
        if (!ConsoleMessage.TryRead(bytes, out ConsoleMessage message) || message.Port >= (uint)_ports.Length)
        {
            return 0;
        }

        int index = (int)message.Port;
        uint bit = 1u << index;
        if (message.Event == ConsoleEvent.PortAdd)
        {
            Add(index);
            return 0;
        }

        if (_ports[index] is not { } port)
        {
            return 0;
        }

        switch (message.Event)
        {
            case ConsoleEvent.PortName:
                port.Name = bytes[ConsoleMessage.Bytes..].TrimEnd((byte)0).ToArray();
                Settle(bit);
                return 0;
            case ConsoleEvent.PortOpen:
                port.SetHost(message.Value != 0 ? HostSide.Open : HostSide.Closed);
                return bit;
            case ConsoleEvent.PortRemove:
                port.SetHost(HostSide.Closed);
                Settle(bit);
                return bit;
            case ConsoleEvent.ConsolePort:
                Settle(bit);
                return 0;
            default:
                return 0;
        }
    }

    private void Add(int index)
    {
        if (_ports[index] is null)
        {
            int receive = index == 0 ? 0 : (2 * index) + 2;
            _ports[index] = new ConsolePort((uint)index, _transport, receive, _queues[receive], receive + 1, _queues[receive + 1]);
            _pendingPorts |= 1u << index;
        }

        Send(new ConsoleMessage((uint)index, ConsoleEvent.PortReady, 1));
    }

    private void Settle(uint port)
    {
        // The device adds all its ports before it answers for any, so the first answer completes the list.
        _pendingPorts &= ~port;
        _anyPort = true;
    }

    private void Send(ConsoleMessage message)
    {
        _unsent.Enqueue(message);
        FlushControl();
    }

    private void FlushControl()
    {
        Virtqueue queue = _queues[ControlTransmit];
        while (queue.TryTake(out int descriptor, out _))
        {
            _freeOutputs.Push(descriptor);
        }

        bool any = false;
        while (_unsent.Count > 0 && _freeOutputs.TryPop(out int descriptor))
        {
            DmaRegion buffer = _controlOutput.Slice(descriptor * ControlBufferBytes, ConsoleMessage.Bytes);
            _unsent.Dequeue().Write(buffer.Bytes);
            queue.Add(descriptor, buffer, deviceWrites: false);
            any = true;
        }

        // Interrupts only matter where messages wait for a descriptor.
        queue.SetInterrupts(_unsent.Count > 0);
        if (any && queue.Publish())
        {
            _transport.Notify(ControlTransmit);
        }
    }
}
