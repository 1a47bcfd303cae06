using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Tests.Simulation;

/// <summary>A channel to the host whose host is the test.</summary>
public sealed class SimulatedByteChannel : IByteChannel
{
    /// <summary>Guards the fields below; a leaf lock.</summary>
    private readonly Lock _lock = new();
    private readonly Queue<byte> _input = new();
    private readonly List<byte> _output = [];
    private bool _inputClosed;
    private int _room = int.MaxValue;

    /// <inheritdoc/>
    public event Action? Changed;

    /// <summary>How many more bytes <see cref="Write"/> takes.</summary>
    public int Room
    {
        get => _room;
        set
        {
            _room = value;
            Changed?.Invoke();
        }
    }

    /// <summary>All that the kernel wrote.</summary>
    public byte[] Output
    {
        get
        {
            lock (_lock)
            {
                return [.. _output];
            }
        }
    }

    /// <summary><see cref="Output"/> as Latin-1 text.</summary>
    public string OutputText => Encoding.Latin1.GetString(Output);

    /// <summary>Bytes arrive from the host.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (byte value in bytes)
            {
                _input.Enqueue(value);
            }
        }

        Changed?.Invoke();
    }

    /// <summary>The host closes its side.</summary>
    public void CloseInput()
    {
        lock (_lock)
        {
            _inputClosed = true;
        }

        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public int Read(Span<byte> destination)
    {
        lock (_lock)
        {
            int count = 0;
            while (count < destination.Length && _input.TryDequeue(out byte value))
            {
                destination[count++] = value;
            }

            return count;
        }
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> source)
    {
        lock (_lock)
        {
            int count = Math.Min(source.Length, _room);
            _output.AddRange(source[..count]);
            _room -= _room == int.MaxValue ? 0 : count;
            return count;
        }
    }

    /// <inheritdoc/>
    public bool HasInput
    {
        get
        {
            lock (_lock)
            {
                return _input.Count != 0;
            }
        }
    }

    /// <inheritdoc/>
    public bool IsInputClosed
    {
        get
        {
            lock (_lock)
            {
                return _inputClosed && _input.Count == 0;
            }
        }
    }

    /// <inheritdoc/>
    public bool HasRoom => _room > 0;

    /// <inheritdoc/>
    public bool IsDrained => true;
}
