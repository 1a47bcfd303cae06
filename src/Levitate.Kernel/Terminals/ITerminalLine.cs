using System;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel.Terminals;

/// <summary>
/// What a terminal's bytes come from and go to: a channel to the host, or the master of a pseudo-terminal. All but
/// <see cref="TryOpen"/> and <see cref="Close"/> are called with the terminal's lock held; none blocks or calls back.
/// </summary>
internal interface ITerminalLine
{
    /// <summary>Whether nobody types any more, and all that was typed was taken.</summary>
    bool IsInputClosed { get; }

    /// <summary>Nobody types any more after so many bytes in all.</summary>
    void EndInput(long bytes)
    {
    }

    /// <summary>Whether <see cref="Write"/> would take a byte.</summary>
    bool HasRoom { get; }

    /// <summary>Takes what was typed; 0: nothing yet.</summary>
    int Read(Span<byte> destination);

    /// <summary>Takes output; returns how many bytes.</summary>
    int Write(ReadOnlySpan<byte> source);

    /// <summary>The terminal is opened once more; EIO where it may not be.</summary>
    Errno TryOpen() => Errno.None;

    /// <summary>One who had it open has closed it.</summary>
    void Close()
    {
    }

    /// <summary>Input, or output that the terminal's user has not seen yet, is thrown away.</summary>
    void Flush(bool input, bool output)
    {
    }

    /// <summary>Output was stopped, or goes on.</summary>
    void SetStopped(bool stopped)
    {
    }

    /// <summary>The settings change; returns them as the line can have them.</summary>
    TerminalSettings Change(in TerminalSettings old, TerminalSettings settings) => settings;
}

/// <summary>A line to the host.</summary>
internal sealed class ChannelLine(IByteChannel channel) : ITerminalLine
{
    private long _read;
    private long _end = long.MaxValue;

    /// <inheritdoc/>
    public bool IsInputClosed => _read >= _end || channel.IsInputClosed;

    /// <inheritdoc/>
    public void EndInput(long bytes) => _end = bytes;

    /// <inheritdoc/>
    public bool HasRoom => channel.HasRoom;

    /// <inheritdoc/>
    public int Read(Span<byte> destination)
    {
        int count = channel.Read(destination);
        _read += count;
        return count;
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> source) => channel.Write(source);
}
