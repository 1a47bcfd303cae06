using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using Levitate.Machine.Virtio;
using Levitate.Machine.Virtio.Console;

namespace Levitate.Machine.Tests;

/// <summary>
/// A console device that behaves as QEMU's does: it serves notifications at once and on the notifying thread, drops
/// control messages for which there is no buffer and output of ports that are closed, and leaves input with its source
/// as long as the guest has no buffers for it. Interrupts are handled on a thread of their own.
/// </summary>
internal sealed class FakeConsole : IVirtioTransport, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, DeviceSide> _queues = [];
    private readonly List<FakePort> _ports = [];
    private readonly SemaphoreSlim _interrupt = new(0);
    private readonly Thread _thread;
    private volatile bool _isEnding;

    public FakeConsole(params FakePort[] ports)
    {
        _ports.AddRange(ports);
        _thread = new Thread(ServeInterrupts) { IsBackground = true };
    }

    public ConsoleDevice? Device { get; set; }

    public VirtioDeviceKind Kind => VirtioDeviceKind.Console;

    public bool IsLegacy => false;

    public int InterruptLine => 5;

    public VirtioStatus Status { get; set; }

    public ulong ReadDeviceFeatures() => VirtioDevice.Version1 | 2;

    public void WriteDriverFeatures(ulong features)
    {
    }

    public int MaximumQueueSize(int index) => index < 18 ? 128 : 0;

    public void EnableQueue(int index, Virtqueue queue) => _queues[index] = new DeviceSide(queue);

    public uint ReadConfiguration(int offset) => 8;

    public void AcknowledgeInterrupt()
    {
    }

    public void StartInterrupts() => _thread.Start();

    public void Notify(int index)
    {
        lock (_lock)
        {
            switch (index)
            {
                case 2:
                    break;
                case 3:
                    ReadControl();
                    break;
                default:
                    foreach (FakePort port in _ports)
                    {
                        if (index == ReceiveQueue(port))
                        {
                            FeedInput(port);
                        }
                        else if (index == ReceiveQueue(port) + 1)
                        {
                            TakeOutput(port);
                        }
                    }

                    break;
            }
        }
    }

    /// <summary>The host's side: more input.</summary>
    public void Send(FakePort port, byte[] bytes)
    {
        lock (_lock)
        {
            port.Input.Enqueue(bytes);
            FeedInput(port);
        }
    }

    /// <summary>The host's side: no more input, once what was sent is with the guest.</summary>
    public void CloseAfterInput(FakePort port)
    {
        lock (_lock)
        {
            port.ClosesAfterInput = true;
            FeedInput(port);
        }
    }

    public void SetOpen(FakePort port, bool isOpen)
    {
        lock (_lock)
        {
            port.IsOpen = isOpen;
            SendControl(port, ConsoleEvent.PortOpen, isOpen ? 1 : 0);
        }
    }

    /// <summary>The host's side: whether the reader of the output stands still.</summary>
    public void SetStalled(FakePort port, bool isStalled)
    {
        lock (_lock)
        {
            port.IsStalled = isStalled;
            TakeOutput(port);
        }
    }

    public void SendRawControl(ReadOnlySpan<byte> message)
    {
        lock (_lock)
        {
            SendControl(message);
        }
    }

    public void Dispose()
    {
        _isEnding = true;
        _interrupt.Release();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    private static int ReceiveQueue(FakePort port) => (2 * port.Number) + 2;

    private void ServeInterrupts()
    {
        while (true)
        {
            _interrupt.Wait();
            if (_isEnding)
            {
                return;
            }

            Device?.HandleInterrupt();
        }
    }

    private void Interrupt(DeviceSide queue)
    {
        if (queue.WantsInterrupt)
        {
            _interrupt.Release();
        }
    }

    private void ReadControl()
    {
        while (_queues[3].TryPop(out int descriptor, out ulong address, out int length, out _))
        {
            Assert(ConsoleMessage.TryRead(HostMemory.At(address, length), out ConsoleMessage message));
            _queues[3].Push((uint)descriptor, 0);
            FakePort? port = _ports.Find(candidate => candidate.Number == message.Port);
            switch (message.Event)
            {
                case ConsoleEvent.DeviceReady:
                    _ports.ForEach(each => SendControl(each, ConsoleEvent.PortAdd, 1));
                    break;
                case ConsoleEvent.PortReady when port is not null:
                    byte[] name = [.. new byte[ConsoleMessage.Bytes], .. Encoding.ASCII.GetBytes(port.Name), 0];
                    new ConsoleMessage(message.Port, ConsoleEvent.PortName, 1).Write(name);
                    SendControl(name);
                    if (port.IsOpen)
                    {
                        SendControl(port, ConsoleEvent.PortOpen, 1);
                    }

                    break;
                case ConsoleEvent.PortOpen when port is not null:
                    port.IsGuestOpen = message.Value != 0;
                    FeedInput(port);
                    break;
            }
        }

        Interrupt(_queues[3]);
    }

    private void FeedInput(FakePort port)
    {
        if (!port.IsOpen || !port.IsGuestOpen)
        {
            return;
        }

        DeviceSide queue = _queues[ReceiveQueue(port)];
        bool any = false;
        while (port.Input.TryPeek(out byte[]? bytes) && queue.TryPop(out int descriptor, out ulong address, out int length, out _))
        {
            int part = Math.Min(length, bytes.Length - port.InputOffset);
            bytes.AsSpan(port.InputOffset, part).CopyTo(HostMemory.At(address, length));
            queue.Push((uint)descriptor, (uint)part);
            any = true;
            port.InputOffset += part;
            if (port.InputOffset == bytes.Length)
            {
                port.Input.TryDequeue(out _);
                port.InputOffset = 0;
            }
        }

        if (any)
        {
            Interrupt(queue);
        }

        if (port.Input.IsEmpty && port.ClosesAfterInput)
        {
            port.ClosesAfterInput = false;
            port.IsOpen = false;
            SendControl(port, ConsoleEvent.PortOpen, 0);
        }
    }

    private void TakeOutput(FakePort port)
    {
        DeviceSide queue = _queues[ReceiveQueue(port) + 1];
        bool any = false;
        while ((!port.IsStalled || !port.IsOpen) && queue.TryPop(out int descriptor, out ulong address, out int length, out _))
        {
            if (port.IsOpen)
            {
                port.Output.Write(HostMemory.At(address, length));
            }

            queue.Push((uint)descriptor, 0);
            any = true;
        }

        if (any)
        {
            port.OutputInterrupts += queue.WantsInterrupt ? 1 : 0;
            Interrupt(queue);
        }
    }

    private void SendControl(FakePort port, ConsoleEvent what, int value)
    {
        Span<byte> message = stackalloc byte[ConsoleMessage.Bytes];
        new ConsoleMessage((uint)port.Number, what, (ushort)value).Write(message);
        SendControl(message);
    }

    private void SendControl(ReadOnlySpan<byte> message)
    {
        if (_queues[2].TryPop(out int descriptor, out ulong address, out int length, out _))
        {
            int part = Math.Min(length, message.Length);
            message[..part].CopyTo(HostMemory.At(address, length));
            _queues[2].Push((uint)descriptor, (uint)part);
            Interrupt(_queues[2]);
        }
    }

    private static void Assert(bool condition) => Xunit.Assert.True(condition);
}

/// <summary>A port and its host.</summary>
internal sealed class FakePort(int number, string name)
{
    public int Number => number;

    public string Name => name;

    public bool IsOpen { get; set; } = true;

    public bool IsGuestOpen { get; set; }

    public bool IsStalled { get; set; }

    public bool ClosesAfterInput { get; set; }

    public int InputOffset { get; set; }

    /// <summary>How often the guest was told that output was taken.</summary>
    public int OutputInterrupts { get; set; }

    public ConcurrentQueue<byte[]> Input { get; } = new();

    public MemoryStream Output { get; } = new();
}
