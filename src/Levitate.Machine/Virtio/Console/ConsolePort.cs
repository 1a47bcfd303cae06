using System;
using System.Threading;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Scheduling;

namespace Levitate.Machine.Virtio.Console;

/// <summary>Which way bytes go through a port.</summary>
[Flags]
public enum ConsoleDirections
{
    /// <summary>Host to guest.</summary>
    Input = 1,

    /// <summary>Guest to host.</summary>
    Output = 2,
}

/// <summary>What the host has said of its side of a port.</summary>
internal enum HostSide
{
    /// <summary>Nothing yet: what is written waits in the ring, as the device drops what it gets for a closed port.</summary>
    Unknown,

    /// <summary>Open.</summary>
    Open,

    /// <summary>Closed after it was open: input has ended, output goes nowhere.</summary>
    Closed,
}

/// <summary>
/// A port of a virtio console: a stream of bytes to the host. The threads that read and write take buffers back from the
/// device themselves, so a stream that flows needs no interrupt. Whoever may wait is woken by one, by this rule, which
/// holds whenever <see cref="_lock"/> is free: as long as there is no input, or as long as output is under way, the
/// queue's interrupts are on, and only the interrupt's own thread turns them off again after raising <see cref="Changed"/>.
/// </summary>
public sealed class ConsolePort : IByteChannel
{
    private const int OutputBytes = 64 * 1024;
    private const int InputBytes = 16 * ReceiveBuffers.BufferBytes;

    private readonly IVirtioTransport _transport;
    private readonly Virtqueue _receiveQueue;
    private readonly Virtqueue _transmitQueue;
    private readonly int _receiveIndex;
    private readonly int _transmitIndex;

    /// <summary>Guards all fields below and the port's two queues. Order: after the device's control lock; nothing is locked under it. Never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.ConsolePort);
    private ReceiveBuffers? _input;
    private TransmitRing? _output;
    private HostSide _host;

    /// <summary>Whether a thread other than the interrupt's took buffers back while interrupts were on: others may wait for them.</summary>
    private bool _owesChanged;
    private bool _inputInterrupts;
    private bool _outputInterrupts;

    internal ConsolePort(uint id, IVirtioTransport transport, int receiveIndex, Virtqueue receiveQueue, int transmitIndex, Virtqueue transmitQueue)
    {
        Id = id;
        _transport = transport;
        _receiveIndex = receiveIndex;
        _receiveQueue = receiveQueue;
        _transmitIndex = transmitIndex;
        _transmitQueue = transmitQueue;
    }

    /// <inheritdoc/>
    public event Action? Changed;

    /// <summary>The port's number.</summary>
    public uint Id { get; }

    /// <summary>The port's name; empty where it has none. The device's control lock guards it.</summary>
    internal byte[] Name { get; set; } = [];

    /// <summary>Whether the guest's side is open.</summary>
    internal bool IsGuestOpen { get; private set; }

    /// <inheritdoc/>
    public bool HasInput
    {
        get
        {
            using (_lock.Enter())
            {
                return _input is { HasBytes: true };
            }
        }
    }

    /// <inheritdoc/>
    public bool IsInputClosed
    {
        get
        {
            using (_lock.Enter())
            {
                return _input is not { HasBytes: true } && (_host == HostSide.Closed || _receiveQueue.IsBroken);
            }
        }
    }

    /// <inheritdoc/>
    public bool HasRoom
    {
        get
        {
            using (_lock.Enter())
            {
                return _output is null || _output.HasRoom || _transmitQueue.IsBroken;
            }
        }
    }

    /// <inheritdoc/>
    public bool IsDrained
    {
        get
        {
            using (_lock.Enter())
            {
                return _output is null || _output.IsEmpty || _transmitQueue.IsBroken;
            }
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> destination)
    {
        using (_lock.Enter())
        {
            if (_input is null)
            {
                return 0;
            }

            int read = _input.Read(destination);
            if (read < destination.Length)
            {
                ReapInput();
                read += _input.Read(destination[read..]);
            }

            if (!_input.HasBytes && !_inputInterrupts)
            {
                _inputInterrupts = true;
                _receiveQueue.SetInterrupts(true);
                ReapInput();
                read += _input.Read(destination[read..]);
            }

            PublishInput();
            return read;
        }
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> source)
    {
        using (_lock.Enter())
        {
            if (_output is null || _transmitQueue.IsBroken)
            {
                // Nobody listens; as on an unplugged line, the bytes are gone.
                return source.Length;
            }

            int total = 0;
            while (total < source.Length)
            {
                int written = _output.Write(source[total..]);
                total += written;
                if (written > 0 && _host != HostSide.Unknown && _transmitQueue.Publish())
                {
                    _transport.Notify(_transmitIndex);
                }

                // Most often the device is done by now, and no interrupt is needed.
                ReapOutput();
                if (!_output.IsEmpty && !_outputInterrupts)
                {
                    _outputInterrupts = true;
                    _transmitQueue.SetInterrupts(true);
                    ReapOutput();
                }

                if (written == 0 && !_output.HasRoom)
                {
                    break;
                }
            }

            return total;
        }
    }

    /// <summary>Gives the port its buffers. False where memory is short. The device's control lock is held.</summary>
    internal bool TryOpen(IDmaAllocator memory, ConsoleDirections directions)
    {
        DmaRegion input = default;
        DmaRegion output = default;
        if ((directions.HasFlag(ConsoleDirections.Input) && !memory.TryAllocate(InputBytes, out input))
            || (directions.HasFlag(ConsoleDirections.Output) && !memory.TryAllocate(OutputBytes, out output)))
        {
            return false;
        }

        using (_lock.Enter())
        {
            if (directions.HasFlag(ConsoleDirections.Output))
            {
                _output = new TransmitRing(_transmitQueue, output);
            }

            if (directions.HasFlag(ConsoleDirections.Input))
            {
                _input = new ReceiveBuffers(_receiveQueue, input);
                _inputInterrupts = true;
                _receiveQueue.SetInterrupts(true);
                PublishInput();
            }

            IsGuestOpen = true;
        }

        return true;
    }

    /// <summary>Takes note that the host has opened or closed its side. What it sent before lies in the queue already.</summary>
    internal void SetHost(HostSide host)
    {
        using (_lock.Enter())
        {
            ReapInput();
            bool wasUnknown = _host == HostSide.Unknown;
            _host = host;
            if (wasUnknown && _output is { IsEmpty: false } && _transmitQueue.Publish())
            {
                _transport.Notify(_transmitIndex);
            }
        }
    }

    /// <summary>The interrupt's part: takes buffers back; returns whether to raise <see cref="Changed"/>.</summary>
    internal bool HandleInterrupt()
    {
        using (_lock.Enter())
        {
            bool changed = _owesChanged;
            _owesChanged = false;
            if (_input is not null)
            {
                changed |= _input.Reap();
                if (_input.HasBytes && _inputInterrupts)
                {
                    _inputInterrupts = false;
                    _receiveQueue.SetInterrupts(false);
                }

                PublishInput();
            }

            if (_output is not null)
            {
                changed |= _output.Reap();
                if (_output.IsEmpty && _outputInterrupts)
                {
                    _outputInterrupts = false;
                    _transmitQueue.SetInterrupts(false);
                }
            }

            return changed;
        }
    }

    /// <summary>Raises <see cref="Changed"/>; no lock is held.</summary>
    internal void RaiseChanged() => Changed?.Invoke();

    private void PublishInput()
    {
        if (_input is not null && _input.Publish())
        {
            _transport.Notify(_receiveIndex);
        }
    }

    private void ReapInput()
    {
        if (_input is not null && _input.Reap())
        {
            _owesChanged |= _inputInterrupts;
        }
    }

    private void ReapOutput()
    {
        if (_output is not null && _output.Reap())
        {
            _owesChanged |= _outputInterrupts;
        }
    }
}
