using System;
using System.Threading;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Files.Paths;
using Levitate.Kernel.Files.Polling;
using Levitate.Kernel.Scheduling;

namespace Levitate.Kernel.Terminals;

/// <summary>What the master of a pseudo-terminal in packet mode is told (TIOCPKT_ bits).</summary>
[Flags]
internal enum PacketStatus : byte
{
    TIOCPKT_DATA = 0,
    TIOCPKT_FLUSHREAD = 1,
    TIOCPKT_FLUSHWRITE = 2,
    TIOCPKT_STOP = 4,
    TIOCPKT_START = 8,
    TIOCPKT_NOSTOP = 16,
    TIOCPKT_DOSTOP = 32,
}

/// <summary>A pseudo-terminal: a terminal, and the master that types on it and sees what it shows.</summary>
/// <remarks>Linux: pty(7), ioctl_tty(2).</remarks>
internal sealed class PseudoTerminal : ITerminalLine
{
    /// <summary>Bytes that the master can type ahead of the terminal's own buffer.</summary>
    private const int InputCapacity = 65536;

    /// <summary>Bytes that are shown and that the master has not read.</summary>
    private const int OutputCapacity = 16384;

    private readonly PseudoTerminals _owner;

    /// <summary>Guards the fields below. Order: after the terminal's lock, before wait queues. Never held while blocking.</summary>
    private KernelLock _lock = new(LockOrder.PseudoTerminal);
    private readonly ByteQueue _input = new(InputCapacity);
    private readonly ByteQueue _output = new(OutputCapacity);
    private PacketStatus _status;
    private bool _isPacketMode;
    private bool _isLocked = true;
    private bool _isMasterClosed;
    private bool _wasOpened;
    private int _openCount;

    /// <summary>A pseudo-terminal of that number.</summary>
    public PseudoTerminal(KernelSystem kernel, PseudoTerminals owner, int number)
    {
        _owner = owner;
        Number = number;
        Terminal = new Terminal(kernel, this, TerminalSettings.Initial, default, new DeviceNumber(PseudoTerminals.SlaveMajor, (uint)number));
    }

    /// <summary>Its number: N of /dev/pts/N.</summary>
    public int Number { get; }

    /// <summary>The terminal, /dev/pts/N.</summary>
    public Terminal Terminal { get; }

    /// <summary>Its name in /dev/pts.</summary>
    public required Dentry Name { get; init; }

    /// <summary>Woken when the master may read, or has room to type.</summary>
    public WaitQueue MasterChanged { get; } = new();

    /// <summary>Whether nobody can open the terminal yet (TIOCSPTLCK).</summary>
    public bool IsLocked
    {
        get
        {
            using (_lock.Enter())
            {
                return _isLocked;
            }
        }

        set
        {
            using (_lock.Enter())
            {
                _isLocked = value;
            }
        }
    }

    /// <summary>Whether the master's reads begin with a status byte (TIOCPKT).</summary>
    public bool IsPacketMode
    {
        get
        {
            using (_lock.Enter())
            {
                return _isPacketMode;
            }
        }

        set
        {
            using (_lock.Enter())
            {
                _status = _isPacketMode == value ? _status : PacketStatus.TIOCPKT_DATA;
                _isPacketMode = value;
            }
        }
    }

    /// <summary>What poll says of the master.</summary>
    public PollEvents MasterReadiness
    {
        get
        {
            using (_lock.Enter())
            {
                bool hasStatus = _isPacketMode && _status != 0;
                return (_output.Count > 0 || hasStatus ? PollEvents.Readable : PollEvents.None)
                    | (hasStatus ? PollEvents.POLLPRI : PollEvents.None)
                    | (IsAbandonedLocked ? PollEvents.POLLHUP : PollEvents.None)
                    | (_input.Room > 0 ? PollEvents.Writable : PollEvents.None);
            }
        }
    }

    /// <summary>Bytes that the master can read.</summary>
    public int ShownBytes
    {
        get
        {
            using (_lock.Enter())
            {
                return _output.Count;
            }
        }
    }

    /// <inheritdoc/>
    bool ITerminalLine.IsInputClosed
    {
        get
        {
            using (_lock.Enter())
            {
                return _isMasterClosed && _input.Count == 0;
            }
        }
    }

    /// <inheritdoc/>
    bool ITerminalLine.HasRoom
    {
        get
        {
            using (_lock.Enter())
            {
                return _output.Room > 0;
            }
        }
    }

    /// <summary>Everyone who had the terminal open has closed it.</summary>
    private bool IsAbandonedLocked => _wasOpened && _openCount == 0;

    /// <summary>The master types; returns how many bytes there was room for.</summary>
    public int Type(ReadOnlySpan<byte> keys)
    {
        int done;
        using (_lock.Enter())
        {
            done = _input.Add(keys);
        }

        Terminal.Pump();
        return done;
    }

    /// <summary>The master reads what was shown; in packet mode a status byte comes first.</summary>
    /// <returns>The bytes; EAGAIN: nothing yet; EIO: nothing, and nobody has the terminal open.</returns>
    public Result<int> TakeShown(Span<byte> destination)
    {
        int done = 0;
        using (_lock.Enter())
        {
            if (_isPacketMode && _status != 0)
            {
                destination[0] = (byte)_status;
                _status = PacketStatus.TIOCPKT_DATA;
                return 1;
            }

            if (_output.Count == 0)
            {
                return IsAbandonedLocked ? Errno.EIO : Errno.EAGAIN;
            }

            if (_isPacketMode)
            {
                destination[done++] = (byte)PacketStatus.TIOCPKT_DATA;
            }

            done += _output.Take(destination[done..]);
        }

        Terminal.Pump();
        return done;
    }

    /// <summary>The master throws away what was shown.</summary>
    public void FlushShown()
    {
        using (_lock.Enter())
        {
            _output.Clear();
        }

        Terminal.Pump();
    }

    /// <summary>The master was closed: the terminal is hung up, and its name goes away.</summary>
    public void CloseMaster()
    {
        using (_lock.Enter())
        {
            _isMasterClosed = true;
        }

        _owner.Remove(this);
        TerminalSessions.HangUp(Terminal);
        Name.Inode.Release();
    }

    /// <inheritdoc/>
    int ITerminalLine.Read(Span<byte> destination)
    {
        int done;
        using (_lock.Enter())
        {
            done = _input.Take(destination);
        }

        if (done > 0)
        {
            MasterChanged.WakeAll();
        }

        return done;
    }

    /// <inheritdoc/>
    int ITerminalLine.Write(ReadOnlySpan<byte> source)
    {
        int done;
        using (_lock.Enter())
        {
            // Nobody will read what is shown when the master has gone.
            done = _isMasterClosed ? source.Length : _output.Add(source);
        }

        MasterChanged.WakeAll();
        return done;
    }

    /// <inheritdoc/>
    Errno ITerminalLine.TryOpen()
    {
        using (_lock.Enter())
        {
            if (_isLocked || _isMasterClosed)
            {
                return Errno.EIO;
            }

            _openCount++;
            _wasOpened = true;
            return Errno.None;
        }
    }

    /// <inheritdoc/>
    void ITerminalLine.Close()
    {
        using (_lock.Enter())
        {
            _openCount--;
        }

        MasterChanged.WakeAll();
    }

    /// <inheritdoc/>
    void ITerminalLine.Flush(bool input, bool output)
    {
        using (_lock.Enter())
        {
            if (input)
            {
                _input.Clear();
                _status |= PacketStatus.TIOCPKT_FLUSHREAD;
            }

            if (output)
            {
                _output.Clear();
                _status |= PacketStatus.TIOCPKT_FLUSHWRITE;
            }
        }

        MasterChanged.WakeAll();
    }

    /// <inheritdoc/>
    void ITerminalLine.SetStopped(bool stopped) =>
        Report(stopped ? PacketStatus.TIOCPKT_STOP : PacketStatus.TIOCPKT_START, stopped ? PacketStatus.TIOCPKT_START : PacketStatus.TIOCPKT_STOP);

    /// <inheritdoc/>
    TerminalSettings ITerminalLine.Change(in TerminalSettings old, TerminalSettings settings)
    {
        const uint CSIZE = 0x30, CS8 = 0x30, CREAD = 0x80, PARENB = 0x100;
        settings.Control = (settings.Control & ~(CSIZE | PARENB)) | CS8 | CREAD;
        bool stops = StopsByUsualKeys(settings);
        if (stops != StopsByUsualKeys(old))
        {
            Report(stops ? PacketStatus.TIOCPKT_DOSTOP : PacketStatus.TIOCPKT_NOSTOP, stops ? PacketStatus.TIOCPKT_NOSTOP : PacketStatus.TIOCPKT_DOSTOP);
        }

        return settings;
    }

    private static bool StopsByUsualKeys(in TerminalSettings settings) =>
        settings.Has(TerminalInputFlags.IXON) && settings[ControlCharacter.VSTOP] == 0x13 && settings[ControlCharacter.VSTART] == 0x11;

    private void Report(PacketStatus set, PacketStatus cleared)
    {
        using (_lock.Enter())
        {
            if (!_isPacketMode)
            {
                return;
            }

            _status = (_status & ~cleared) | set;
        }

        MasterChanged.WakeAll();
    }
}
