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

/// <summary>A terminal on a line: the console of `levitate shell` and `vm exec -it`, or /dev/pts/N.</summary>
/// <remarks>Linux: tty_ioctl(4), termios(3), credentials(7).</remarks>
internal sealed class Terminal : ICharacterDevice
{
    /// <summary>Bytes of output that go to the line together.</summary>
    private const int OutputPortion = 512;

    private readonly KernelSystem _kernel;
    private readonly ITerminalLine _line;

    /// <summary>
    /// Guards the fields below. Order: after the process table's family lock, before the line's and the queues'. Neither
    /// user memory is touched nor a signal sent while it is held.
    /// </summary>
    private KernelLock _lock = new(LockOrder.Terminal);
    private readonly LineDiscipline _discipline;

    /// <summary>Output that the line had no room for: the rest of a portion, and echo.</summary>
    private readonly List<byte> _pendingOutput = [];

    /// <summary>Bytes that were taken from the line and that the line discipline has no room for yet.</summary>
    private readonly byte[] _arrived = new byte[256];
    private int _arrivedStart;
    private int _arrivedEnd;
    private WindowSize _windowSize;
    private int _sessionId;
    private int _foregroundGroup;
    private int _hangUps;
    private bool _isExclusive;
    private bool _wasStopped;

    /// <summary>A terminal.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="line">Where its bytes come from and go to.</param>
    /// <param name="settings">What its settings begin with.</param>
    /// <param name="windowSize">What its window's size begins with.</param>
    /// <param name="device">Its device number.</param>
    public Terminal(KernelSystem kernel, ITerminalLine line, TerminalSettings settings, WindowSize windowSize, DeviceNumber device)
    {
        _kernel = kernel;
        _line = line;
        _discipline = new LineDiscipline(settings);
        _windowSize = windowSize;
        Device = device;
    }

    /// <summary>The console, on a channel to the host.</summary>
    public static Terminal CreateConsole(KernelSystem kernel, IByteChannel channel)
    {
        var console = new Terminal(kernel, new ChannelLine(channel), TerminalSettings.Console, new WindowSize(24, 80, 0, 0), new DeviceNumber(5, 1));
        channel.Changed += console.Pump;
        console.Pump();
        return console;
    }

    /// <summary>The kernel that it is a terminal of.</summary>
    public KernelSystem Kernel => _kernel;

    /// <summary>Its device number, for TIOCGDEV and /proc/[pid]/stat.</summary>
    public DeviceNumber Device { get; }

    /// <summary>Whether only the privileged may open it once more (TIOCEXCL).</summary>
    public bool IsExclusive
    {
        get => Volatile.Read(ref _isExclusive);
        set => Volatile.Write(ref _isExclusive, value);
    }

    /// <summary>How often it was hung up: who had it open before has it no more.</summary>
    public int HangUps => Volatile.Read(ref _hangUps);

    /// <summary>Whether it is a pseudo-terminal, which outlives its session.</summary>
    public bool IsPseudo => _line is PseudoTerminal;

    /// <summary>Woken when there is something to read, or room to write.</summary>
    public WaitQueue Changed { get; } = new();

    /// <summary>The session that this is the controlling terminal of; 0 for none.</summary>
    public int SessionId
    {
        get
        {
            using (_lock.Enter())
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
            using (_lock.Enter())
            {
                return _foregroundGroup;
            }
        }

        set
        {
            using (_lock.Enter())
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
            using (_lock.Enter())
            {
                return _windowSize;
            }
        }

        set
        {
            int group;
            using (_lock.Enter())
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
            using (_lock.Enter())
            {
                return _discipline.Settings;
            }
        }

        set
        {
            using (_lock.Enter())
            {
                _discipline.Settings = _line.Change(_discipline.Settings, value);
            }

            Pump();
        }
    }

    /// <summary>Bytes that can be read.</summary>
    public int ReadyBytes
    {
        get
        {
            using (_lock.Enter())
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
            using (_lock.Enter())
            {
                bool isClosed = IsHungUpLocked && !_discipline.HasReady;
                return (_discipline.HasEnough || isClosed ? PollEvents.Readable : PollEvents.None)
                    | (isClosed ? PollEvents.POLLHUP : PollEvents.None)
                    | (CanWriteLocked ? PollEvents.Writable : PollEvents.None);
            }
        }
    }

    /// <summary>Whether nothing will ever be typed any more.</summary>
    private bool IsHungUpLocked => _line.IsInputClosed && _arrivedStart == _arrivedEnd;

    private bool CanWriteLocked => _pendingOutput.Count == 0 && !_discipline.IsStopped && _line.HasRoom;

    /// <summary>The host says that nobody types any more after so many bytes in all.</summary>
    public void EndInput(long bytes)
    {
        using (_lock.Enter())
        {
            _line.EndInput(bytes);
        }

        Pump();
    }

    /// <summary>Makes this the controlling terminal of a session, whose leader's group becomes the foreground.</summary>
    public void Attach(Process leader)
    {
        using (_lock.Enter())
        {
            _sessionId = leader.SessionId;
            _foregroundGroup = leader.ProcessGroupId;
        }
    }

    /// <summary>The session no longer has this terminal.</summary>
    public void Detach()
    {
        using (_lock.Enter())
        {
            _sessionId = 0;
            _foregroundGroup = 0;
        }
    }

    /// <summary>Opens it: EIO where the master has not unlocked it or has gone, EBUSY where another has it for itself alone.</summary>
    public Result<FileDescription> Open(Location location, OpenFlags flags, UserThread? caller)
    {
        Errno error = IsExclusive && caller is not null && !caller.Credentials.Has(Capability.CAP_SYS_ADMIN) ? Errno.EBUSY : _line.TryOpen();
        if (error != Errno.None)
        {
            location.Inode.Release();
            return error;
        }

        if (caller is not null && (flags & OpenFlags.O_NOCTTY) == 0 && (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_WRONLY && IsPseudo)
        {
            TerminalSessions.TakeIfFree(this, caller.Process);
        }

        return new TerminalDescription(this, location, flags);
    }

    /// <summary>One who had it open has closed it.</summary>
    public void Close() => _line.Close();

    /// <summary>A byte as if it was typed (TIOCSTI).</summary>
    public void Inject(byte value)
    {
        int signal, group;
        using (_lock.Enter())
        {
            signal = _discipline.Receive(value, _pendingOutput);
            group = _foregroundGroup;
        }

        if (signal != 0)
        {
            SignalGroup(group, signal);
        }

        Pump();
    }

    /// <summary>It is hung up: nobody who has it open can use it any more, and no session has it.</summary>
    public void HangUp()
    {
        using (_lock.Enter())
        {
            _hangUps++;
            _sessionId = 0;
            _foregroundGroup = 0;
            _discipline.Flush();
            _pendingOutput.Clear();
        }

        Changed.WakeAll();
    }

    /// <summary>Takes some of what can be read; 0 at an end of file too, see <paramref name="isReady"/>.</summary>
    public int TryRead(Span<byte> destination, out bool isReady)
    {
        int count;
        using (_lock.Enter())
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
            using (_lock.Enter())
            {
                return IsHungUpLocked;
            }
        }
    }

    /// <summary>Sends out as many bytes as there is room for; returns how many.</summary>
    public int TryWrite(ReadOnlySpan<byte> source)
    {
        using (_lock.Enter())
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
        using (_lock.Enter())
        {
            if (input)
            {
                ForgetInput();
                _discipline.Flush();
            }

            if (output)
            {
                _pendingOutput.Clear();
            }

            _line.Flush(input, output);
        }

        Pump();
    }

    /// <summary>Stops output or lets it go on (tcflow).</summary>
    public void SetStopped(bool stopped)
    {
        using (_lock.Enter())
        {
            _discipline.SetStopped(stopped);
        }

        Pump();
    }

    /// <summary>Sends the character by which input is stopped or let go on (tcflow with TCIOFF, TCION).</summary>
    public Errno SendFlowCharacter(ControlCharacter character)
    {
        using (_lock.Enter())
        {
            byte value = _discipline.Settings[character];
            if (value != 0)
            {
                _pendingOutput.Add(value);
            }
        }

        Pump();
        return Errno.None;
    }

    /// <summary>Bytes of output that have not reached the channel.</summary>
    public int PendingOutputBytes
    {
        get
        {
            using (_lock.Enter())
            {
                return _pendingOutput.Count;
            }
        }
    }

    /// <summary>Moves what has arrived into the line discipline and what waits into the line. Any thread, no locks held.</summary>
    public void Pump()
    {
        ulong signals = 0;
        int group;
        using (_lock.Enter())
        {
            while (_discipline.HasRoom && NextArrived() is >= 0 and var value)
            {
                int signal = _discipline.Receive((byte)value, _pendingOutput);
                if (signal != 0)
                {
                    signals |= SignalNumber.Bit(signal);
                    if (!_discipline.Settings.Has(TerminalLocalFlags.NOFLSH))
                    {
                        // What was typed behind the key stays, as does its echo; what was shown and not seen yet goes.
                        _line.Flush(input: false, output: true);
                    }
                }
            }

            FlushOutput();
            TellWhetherStopped();
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
            _arrivedEnd = _line.Read(_arrived);
        }

        return _arrivedStart < _arrivedEnd ? _arrived[_arrivedStart++] : -1;
    }

    private void ForgetInput() => _arrivedStart = _arrivedEnd;

    private void TellWhetherStopped()
    {
        if (_wasStopped != _discipline.IsStopped)
        {
            _wasStopped = _discipline.IsStopped;
            _line.SetStopped(_wasStopped);
        }
    }

    private void FlushOutput()
    {
        if (_pendingOutput.Count > 0 && !_discipline.IsStopped)
        {
            int written = _line.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pendingOutput));
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
