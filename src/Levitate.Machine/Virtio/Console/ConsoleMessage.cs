using System;
using System.Buffers.Binary;

namespace Levitate.Machine.Virtio.Console;

/// <summary>What a control message says (virtio 1.1, section 5.3.6.2).</summary>
public enum ConsoleEvent : ushort
{
    /// <summary>Driver: the device works (1), or not (0).</summary>
    DeviceReady = 0,

    /// <summary>Device: there is a port.</summary>
    PortAdd = 1,

    /// <summary>Device: there is a port no more.</summary>
    PortRemove = 2,

    /// <summary>Driver: the port works (1), or not (0).</summary>
    PortReady = 3,

    /// <summary>Device: the port is meant for a terminal.</summary>
    ConsolePort = 4,

    /// <summary>Device: the terminal's size has changed.</summary>
    Resize = 5,

    /// <summary>Both: one's side is open (1) or closed (0).</summary>
    PortOpen = 6,

    /// <summary>Device: the port's name follows.</summary>
    PortName = 7,
}

/// <summary>The fixed part of a control message.</summary>
/// <param name="Port">The port's number.</param>
/// <param name="Event">What it says.</param>
/// <param name="Value">More of it.</param>
public readonly record struct ConsoleMessage(uint Port, ConsoleEvent Event, ushort Value)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Bytes = 8;

    /// <summary>Reads the wire form; false where the bytes are too few.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ConsoleMessage message)
    {
        message = default;
        if (source.Length < Bytes)
        {
            return false;
        }

        message = new ConsoleMessage(
            BinaryPrimitives.ReadUInt32LittleEndian(source),
            (ConsoleEvent)BinaryPrimitives.ReadUInt16LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt16LittleEndian(source[6..]));
        return true;
    }

    /// <summary>Writes the wire form.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Port);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)Event);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], Value);
    }
}
