using System;
using System.Collections.Generic;
using Levitate.Kernel.Abi;
using Levitate.Kernel.Signals;

namespace Levitate.Kernel.Terminals;

/// <summary>
/// What becomes of bytes that are typed and of bytes that are written: line editing, echo, signals, line ends. It holds
/// the input until it is read and knows nothing of devices or threads. The terminal's lock guards it.
/// </summary>
/// <remarks>Linux: termios(3).</remarks>
internal sealed class LineDiscipline
{
    /// <summary>The longest line in bytes, its end included; what is typed beyond it is lost (N_TTY_BUF_SIZE).</summary>
    private const int MaximumLine = 4096;

    private readonly List<byte> _edited = [];
    private readonly Queue<byte[]> _ready = new();
    private int _readyOffset;
    private bool _nextIsLiteral;
    private TerminalSettings _settings = TerminalSettings.Initial;

    /// <summary>The settings. A change out of canonical mode makes what is being edited readable.</summary>
    public TerminalSettings Settings
    {
        get => _settings;
        set
        {
            bool leavesCanonical = _settings.Has(TerminalLocalFlags.ICANON) && !value.Has(TerminalLocalFlags.ICANON);
            _settings = value;
            if (leavesCanonical)
            {
                CompleteLine();
            }
        }
    }

    /// <summary>Whether output is stopped by ^S.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Bytes that can be read.</summary>
    public int ReadyBytes { get; private set; }

    /// <summary>Whether a read would not wait: a line, or an end of file, is complete.</summary>
    public bool HasReady => _ready.Count > 0;

    private bool IsCanonical => _settings.Has(TerminalLocalFlags.ICANON);

    /// <summary>Takes a byte that was typed.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="echo">Where its echo is added.</param>
    /// <returns>The signal that it stands for; 0 for none.</returns>
    public int Receive(byte value, List<byte> echo)
    {
        if (_settings.Has(TerminalInputFlags.ISTRIP))
        {
            value &= 0x7f;
        }

        if (_nextIsLiteral)
        {
            _nextIsLiteral = false;
            Append(value, echo);
            return 0;
        }

        if (ControlsFlow(value))
        {
            return 0;
        }

        int signal = SignalOf(value);
        if (signal != 0)
        {
            if (!_settings.Has(TerminalLocalFlags.NOFLSH))
            {
                Flush();
            }

            Echo(value, echo);
            return signal;
        }

        if (value == '\r')
        {
            if (_settings.Has(TerminalInputFlags.IGNCR))
            {
                return 0;
            }

            value = _settings.Has(TerminalInputFlags.ICRNL) ? (byte)'\n' : value;
        }
        else if (value == '\n' && _settings.Has(TerminalInputFlags.INLCR))
        {
            value = (byte)'\r';
        }

        if (!IsCanonical || !Edit(value, echo))
        {
            Append(value, echo);
        }

        return 0;
    }

    /// <summary>Moves bytes to a reader: of one line in canonical mode, of all that there is otherwise.</summary>
    public int Read(Span<byte> destination)
    {
        int done = 0;
        while (_ready.TryPeek(out byte[]? line))
        {
            int count = Math.Min(line.Length - _readyOffset, destination.Length - done);
            line.AsSpan(_readyOffset, count).CopyTo(destination[done..]);
            done += count;
            _readyOffset += count;
            ReadyBytes -= count;
            if (_readyOffset < line.Length)
            {
                break;
            }

            _ready.Dequeue();
            _readyOffset = 0;
            if (IsCanonical)
            {
                break;
            }
        }

        return done;
    }

    /// <summary>Adds what a byte that is written becomes on its way out.</summary>
    public void Process(byte value, List<byte> output)
    {
        if (_settings.Has(TerminalOutputFlags.OPOST))
        {
            if (value == '\n' && _settings.Has(TerminalOutputFlags.ONLCR))
            {
                output.Add((byte)'\r');
            }
            else if (value == '\r' && _settings.Has(TerminalOutputFlags.OCRNL))
            {
                value = (byte)'\n';
            }
        }

        output.Add(value);
    }

    /// <summary>Throws the input away.</summary>
    public void Flush()
    {
        _edited.Clear();
        _ready.Clear();
        _readyOffset = 0;
        ReadyBytes = 0;
        IsStopped = false;
    }

    /// <summary>Lets output go on (TCXONC), or stops it.</summary>
    public void SetStopped(bool stopped) => IsStopped = stopped;

    private bool ControlsFlow(byte value)
    {
        if (!_settings.Has(TerminalInputFlags.IXON))
        {
            return false;
        }

        bool stops = Is(value, ControlCharacter.VSTOP), starts = Is(value, ControlCharacter.VSTART);
        IsStopped = stops || (IsStopped && !starts);
        return stops || starts;
    }

    private int SignalOf(byte value)
    {
        if (!_settings.Has(TerminalLocalFlags.ISIG))
        {
            return 0;
        }

        return Is(value, ControlCharacter.VINTR) ? SignalNumber.SIGINT
            : Is(value, ControlCharacter.VQUIT) ? SignalNumber.SIGQUIT
            : Is(value, ControlCharacter.VSUSP) ? SignalNumber.SIGTSTP
            : 0;
    }

    /// <returns>Whether the byte was a command of line editing.</returns>
    private bool Edit(byte value, List<byte> echo)
    {
        bool extends = _settings.Has(TerminalLocalFlags.IEXTEN);
        if (Is(value, ControlCharacter.VERASE))
        {
            EraseLast(echo);
        }
        else if (Is(value, ControlCharacter.VKILL))
        {
            EraseWhile(static _ => true, echo);
        }
        else if (extends && Is(value, ControlCharacter.VWERASE))
        {
            EraseWhile(static last => last is (byte)' ' or (byte)'\t', echo);
            EraseWhile(static last => last is not (byte)' ' and not (byte)'\t', echo);
        }
        else if (extends && Is(value, ControlCharacter.VLNEXT))
        {
            _nextIsLiteral = true;
        }
        else if (Is(value, ControlCharacter.VEOF))
        {
            CompleteLine(isEndOfFile: true);
        }
        else if (value == '\n' || Is(value, ControlCharacter.VEOL) || (extends && Is(value, ControlCharacter.VEOL2)))
        {
            _edited.Add(value);
            if (value == '\n' && (_settings.Has(TerminalLocalFlags.ECHO) || _settings.Has(TerminalLocalFlags.ECHONL)))
            {
                Process(value, echo);
            }
            else if (value != '\n')
            {
                Echo(value, echo);
            }

            CompleteLine();
        }
        else
        {
            return false;
        }

        return true;
    }

    private bool Is(byte value, ControlCharacter character) => value == _settings[character] && value != 0;

    private void Append(byte value, List<byte> echo)
    {
        // The last place is kept for the line's end.
        if (IsCanonical ? _edited.Count >= MaximumLine - 1 : ReadyBytes >= MaximumLine)
        {
            return;
        }

        _edited.Add(value);
        Echo(value, echo);
        if (!IsCanonical)
        {
            CompleteLine();
        }
    }

    private void CompleteLine(bool isEndOfFile = false)
    {
        if (_edited.Count > 0 || isEndOfFile)
        {
            _ready.Enqueue([.. _edited]);
            ReadyBytes += _edited.Count;
            _edited.Clear();
        }
    }

    private void EraseWhile(Func<byte, bool> condition, List<byte> echo)
    {
        while (_edited.Count > 0 && condition(_edited[^1]))
        {
            EraseLast(echo);
        }
    }

    private void EraseLast(List<byte> echo)
    {
        if (_edited.Count == 0)
        {
            return;
        }

        byte last = _edited[^1];
        _edited.RemoveAt(_edited.Count - 1);
        if (!_settings.Has(TerminalLocalFlags.ECHO | TerminalLocalFlags.ECHOE))
        {
            return;
        }

        for (int columns = IsShownWithCaret(last) ? 2 : 1; columns > 0; columns--)
        {
            echo.AddRange("\b \b"u8);
        }
    }

    private bool IsShownWithCaret(byte value) =>
        _settings.Has(TerminalLocalFlags.ECHOCTL) && (value < 0x20 || value == 0x7f) && value is not (byte)'\t' and not (byte)'\n';

    private void Echo(byte value, List<byte> echo)
    {
        if (!_settings.Has(TerminalLocalFlags.ECHO))
        {
            return;
        }

        if (IsShownWithCaret(value))
        {
            echo.Add((byte)'^');
            echo.Add((byte)(value ^ 0x40));
        }
        else
        {
            Process(value, echo);
        }
    }
}
