using System;

namespace Levitate.Kernel.Platform;

/// <summary>A two-way stream of bytes to the host: a console, the control channel. Never blocks.</summary>
public interface IByteChannel
{
    /// <summary>Takes what has arrived. Returns the number of bytes; 0 with <see cref="IsInputClosed"/> false: nothing yet.</summary>
    int Read(Span<byte> destination);

    /// <summary>Hands over what there is room for. Returns the number of bytes; 0: no room yet, see <see cref="Changed"/>.</summary>
    int Write(ReadOnlySpan<byte> source);

    /// <summary>Whether bytes have arrived.</summary>
    bool HasInput { get; }

    /// <summary>Whether the host has closed its side and all that it sent was read.</summary>
    bool IsInputClosed { get; }

    /// <summary>Whether <see cref="Write"/> would take at least one byte.</summary>
    bool HasRoom { get; }

    /// <summary>Whether everything written has reached the host.</summary>
    bool IsDrained { get; }

    /// <summary>Raised on any thread, without locks held, when any of the above may have changed.</summary>
    event Action? Changed;
}
