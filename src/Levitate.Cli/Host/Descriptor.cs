using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Threading;

namespace Levitate.Cli.Host;

/// <summary>An open file descriptor of this process, read and written plainly; closed once.</summary>
internal sealed class Descriptor(int number) : IDisposable
{
    private int _closed;

    /// <summary>The process's own standard streams.</summary>
    public static Descriptor StandardInput { get; } = new(0);

    /// <inheritdoc cref="StandardInput"/>
    public static Descriptor StandardOutput { get; } = new(1);

    /// <inheritdoc cref="StandardInput"/>
    public static Descriptor StandardError { get; } = new(2);

    /// <summary>Its number.</summary>
    public int Number { get; } = number;

    /// <summary>Whether it is a terminal.</summary>
    public bool IsTerminal => Libc.IsATty(Number) == 1;

    /// <summary>Two connected stream sockets: the first stays here, the second is inherited by children.</summary>
    public static (Descriptor Ours, Descriptor Inherited) CreateSocketPair()
    {
        int[] pair = new int[2];
        Check(Libc.SocketPair(Libc.AF_UNIX, Libc.SOCK_STREAM, 0, pair), "a socket pair");
        Check(Libc.Fcntl(pair[0], Libc.F_SETFD, Libc.FD_CLOEXEC), "a socket pair");
        return (new Descriptor(pair[0]), new Descriptor(pair[1]));
    }

    /// <summary>A file in memory with this content, inherited by children: nothing is left on disk however the tool ends.</summary>
    public static Descriptor CreateMemoryFile(string name, ReadOnlySpan<byte> content)
    {
        int number = Libc.MemfdCreate([.. HostText.Encode(name), 0], 0);
        Check(number, "a memory file");
        var file = new Descriptor(number);
        file.WriteAll(content);
        return file;
    }

    /// <summary>Waits for bytes. Returns their number; 0: the other side has closed, or the descriptor failed.</summary>
    public int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint count = Libc.Read(Number, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (count >= 0)
            {
                return (int)count;
            }

            if (!WaitAfter(Marshal.GetLastPInvokeError(), Libc.POLLIN))
            {
                return 0;
            }
        }
    }

    /// <summary>Writes everything. False when the reader has gone.</summary>
    public bool WriteAll(ReadOnlySpan<byte> bytes)
    {
        const short POLLOUT = 4;
        while (!bytes.IsEmpty)
        {
            nint count = Libc.Write(Number, in MemoryMarshal.GetReference(bytes), bytes.Length);
            if (count >= 0)
            {
                bytes = bytes[(int)count..];
            }
            else if (!WaitAfter(Marshal.GetLastPInvokeError(), POLLOUT))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Says to the other side that nothing more will come; what it sends still arrives.</summary>
    public void EndSending() => _ = Libc.Shutdown(Number, Libc.SHUT_WR);

    /// <summary>Ends a socket in both directions, so that whoever waits for it, here or there, goes on.</summary>
    public void Hangup() => _ = Libc.Shutdown(Number, Libc.SHUT_RDWR);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _ = Libc.Close(Number);
        }
    }

    // The standard streams may be non-blocking when another process that shares them made them so.
    private bool WaitAfter(int error, short events)
    {
        if (error == Libc.EAGAIN)
        {
            _ = Libc.Poll([new Libc.PollDescriptor { Descriptor = Number, Events = events }], 1, -1);
        }

        return error is Libc.EAGAIN or Libc.EINTR;
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw new ToolException($"The system refused {what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
        }
    }
}
