using System;
using System.Collections.Generic;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Platform;
using Levitate.Kernel.Processes;
using Levitate.Kernel.Scheduling;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Terminals;

/// <summary>A terminal on a channel to the host: the console of `levitate shell` and `vm exec -it`.</summary>
/// <remarks>Linux: tty_ioctl(4), termios(3), credentials(7).</remarks>
internal sealed class Terminal : ICharacterDevice
{
    /// <summary>Bytes of output that go to the channel together.</summary>
    private const int OutputPortion = 512;

    private readonly KernelSystem _kernel;
    private readonly IByteChannel _channel;

    /// <summary>
    /// Guards the fields below. Order: before the channel's and the queues'. Neither user memory is touched nor a signal
    /// sent while it is held.
    /// </summary>
    private readonly Lock _lock = new();
    private readonly LineDiscipline _discipline = new(TerminalSettings.Console);

    /// <summary>Output that the channel had no room for: the rest of a portion, and echo.</summary>
    private readonly List<byte> _pendingOutput = [];

    /// <summary>Bytes that were taken from the channel and that the line discipline has no room for yet.</summary>
    private readonly byte[] _arrived = new byte[256];
    private int _arrivedStart;
    private int _arrivedEnd;
    private WindowSize _windowSize = new(24, 80, 0, 0);
    private int _sessionId;
    private int _foregroundGroup;

    /// <summary>A terminal on a channel.</summary>
    public Terminal(KernelSystem kernel, IByteChannel channel)
    {
        _kernel = kernel;
        _channel = channel;
        channel.Changed += Pump;
        Pump();
    }

    /// <summary>Woken when there is something to read, or room to write.</summary>
    public WaitQueue Changed { get; } = new();

    /// <summary>The session that this is the controlling terminal of; 0 for none.</summary>
    public int SessionId
    {
        get
        {
            lock (_lock)
            {
                return _sessionId;
            }
        }
    }

    /// <summary>The process group that reads and gets the keyboard's signals.</summary>
    public int ForegroundGroup
    {
        get
        {
            lock (_lock)
            {
                return _foregroundGroup;
            }
        }

        set
        {
            lock (_lock)
            {
                _foregroundGroup = value;
            }
        }
    }

    /// <summary>The size of its window. A change is told to the foreground group with SIGWINCH.</summary>
    public WindowSize WindowSize
    {
        get
        {
            lock (_lock)
            {
                return _windowSize;
            }
        }

        set
        {
            int group;
            lock (_lock)
            {
                if (_windowSize == value)
                {
                    return;
                }

                _windowSize = value;
                group = _foregroundGroup;
            }

            SignalGroup(group, SignalNumber.SIGWINCH);
        }
    }

    /// <summary>The settings.</summary>
    public TerminalSettings Settings
    {
        get
        {
            lock (_lock)
            {
                return _discipline.Settings;
            }
        }

        set
        {
            lock (_lock)
            {
                _discipline.Settings = value;
            }

            Changed.WakeAll();
        }
    }

    /// <summary>Bytes that can be read.</summary>
    public int ReadyBytes
    {
        get
        {
            lock (_lock)
            {
                return _discipline.ReadyBytes;
            }
        }
    }

    /// <summary>What poll says.</summary>
    public PollEvents Readiness
    {
        get
        {
            lock (_lock)
            {
                bool isClosed = IsHungUpLocked && !_discipline.HasReady;
                return (_discipline.HasEnough || isClosed ? PollEvents.Readable : PollEvents.None)
                    | (isClosed ? PollEvents.POLLHUP : PollEvents.None)
                    | (CanWriteLocked ? PollEvents.Writable : PollEvents.None);
            }
        }
    }

    private bool IsHungUpLocked => _channel.IsInputClosed && _arrivedStart == _arrivedEnd;

    private bool CanWriteLocked => _pendingOutput.Count == 0 && !_discipline.IsStopped && _channel.HasRoom;

    /// <summary>Makes this the controlling terminal of a session, whose leader's group becomes the foreground.</summary>
    public void Attach(Process leader)
    {
        lock (_lock)
        {
            _sessionId = leader.SessionId;
            _foregroundGroup = leader.ProcessGroupId;
        }
    }

    /// <summary>The session no longer has this terminal.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _sessionId = 0;
            _foregroundGroup = 0;
        }
    }

    /// <inheritdoc/>
    public Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller) => new TerminalDescription(this, location, flags);

    /// <summary>Takes some of what can be read; 0 at an end of file too, see <paramref name="isReady"/>.</summary>
    public int TryRead(Span<byte> destination, out bool isReady)
    {
        int count;
        lock (_lock)
        {
            isReady = _discipline.HasReady;
            count = isReady ? _discipline.Read(destination) : 0;
        }

        if (count > 0)
        {
            // There may be room again for what was left in the channel.
            Pump();
        }

        return count;
    }

    /// <summary>Whether the host has closed its side and all was read.</summary>
    public bool IsHungUp
    {
        get
        {
            lock (_lock)
            {
                return IsHungUpLocked;
            }
        }
    }

    /// <summary>Sends out as many bytes as there is room for; returns how many.</summary>
    public int TryWrite(ReadOnlySpan<byte> source)
    {
        lock (_lock)
        {
            int done = 0;
            while (done < source.Length && CanWriteLocked)
            {
                while (done < source.Length && _pendingOutput.Count < OutputPortion)
                {
                    _discipline.Process(source[done++], _pendingOutput);
                }

                FlushOutput();
            }

            return done;
        }
    }

    /// <summary>Throws away input or output that is on its way (tcflush).</summary>
    public void Flush(bool input, bool output)
    {
        lock (_lock)
        {
            if (input)
            {
                _arrivedStart = _arrivedEnd;
                _discipline.Flush();
            }

            if (output)
            {
                _pendingOutput.Clear();
            }
        }

        Changed.WakeAll();
    }

    /// <summary>Stops output or lets it go on (tcflow).</summary>
    public void SetStopped(bool stopped)
    {
        lock (_lock)
        {
            _discipline.SetStopped(stopped);
        }

        Pump();
    }

    /// <summary>Bytes of output that have not reached the channel.</summary>
    public int PendingOutputBytes
    {
        get
        {
            lock (_lock)
            {
                return _pendingOutput.Count;
            }
        }
    }

    /// <summary>Moves what has arrived into the line discipline and what waits into the channel. Any thread, no locks held.</summary>
    private void Pump()
    {
        ulong signals = 0;
        int group;
        lock (_lock)
        {
            while (_discipline.HasRoom && NextArrived() is >= 0 and var value)
            {
                int signal = _discipline.Receive((byte)value, _pendingOutput);
                signals |= signal != 0 ? SignalNumber.Bit(signal) : 0;
            }

            FlushOutput();
            group = _foregroundGroup;
        }

        for (int signal = 1; signals != 0 && signal < SignalNumber.FirstRealTime; signal++)
        {
            if ((signals & SignalNumber.Bit(signal)) != 0)
            {
                SignalGroup(group, signal);
            }
        }

        Changed.WakeAll();
    }

    /// <summary>The next byte that was typed; negative: none yet.</summary>
    private int NextArrived()
    {
        if (_arrivedStart == _arrivedEnd)
        {
            _arrivedStart = 0;
            _arrivedEnd = _channel.Read(_arrived);
        }

        return _arrivedStart < _arrivedEnd ? _arrived[_arrivedStart++] : -1;
    }

    private void FlushOutput()
    {
        if (_pendingOutput.Count > 0 && !_discipline.IsStopped)
        {
            int written = _channel.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pendingOutput));
            _pendingOutput.RemoveRange(0, written);
        }
    }

    private void SignalGroup(int group, int signal)
    {
        if (group != 0)
        {
            _ = _kernel.Processes.SignalGroup(group, signal);
        }
    }
}
