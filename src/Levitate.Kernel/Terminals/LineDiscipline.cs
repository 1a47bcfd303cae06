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
internal sealed partial class LineDiscipline
{
    private readonly InputBuffer _input = new();
    private readonly OutputProcessor _output = new();
    private bool _nextIsLiteral;
    private TerminalSettings _settings;

    /// <summary>A discipline with these settings to begin with.</summary>
    public LineDiscipline(TerminalSettings settings) => _settings = settings;

    /// <summary>The settings. What was typed stays: it becomes a line where canonical mode begins, bytes where it ends.</summary>
    public TerminalSettings Settings
    {
        get => _settings;
        set
        {
            bool wasCanonical = IsCanonical;
            _settings = value;
            if (wasCanonical != IsCanonical)
            {
                _nextIsLiteral = false;
                _erasing = false;
                if (IsCanonical)
                {
                    _input.BeginLines();
                }
                else
                {
                    _input.EndLines();
                }
            }

            IsStopped &= value.Has(TerminalInputFlags.IXON);
        }
    }

    /// <summary>Whether output is stopped by ^S or tcflow.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Bytes that a read could take (FIONREAD).</summary>
    public int ReadyBytes => IsCanonical ? _input.CompleteCount : _input.Count;

    /// <summary>Whether a read would not wait: a line, or an end of file, is complete; without lines, a byte is there.</summary>
    public bool HasReady => IsCanonical ? _input.HasLine : _input.Count > 0;

    /// <summary>Whether poll calls it readable: without lines, as many bytes as c_cc[VMIN] wants.</summary>
    public bool HasEnough
    {
        get
        {
            bool waits = _settings[ControlCharacter.VTIME] == 0 && _settings[ControlCharacter.VMIN] > 0;
            return IsCanonical ? _input.HasLine : _input.Count >= (waits ? _settings[ControlCharacter.VMIN] : 1);
        }
    }

    /// <summary>
    /// Whether a byte that is typed has a place. A line that grows too long does not count: its last byte is replaced, so
    /// that its end is seen when it comes.
    /// </summary>
    public bool HasRoom => _input.Room > 0 || (IsCanonical && !_input.HasLine);

    private bool IsCanonical => _settings.Has(TerminalLocalFlags.ICANON);

    /// <summary>Whether a byte is no printable one.</summary>
    public static bool IsControl(byte value) => value is < 0x20 or 0x7f;

    /// <summary>Whether a byte continues a character of UTF-8, so that it takes no column.</summary>
    public static bool IsContinuation(byte value, in TerminalSettings settings) =>
        settings.Has(TerminalInputFlags.IUTF8) && (value & 0xc0) == 0x80;

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

        if (_settings.Has(TerminalInputFlags.IUCLC) && _settings.Has(TerminalLocalFlags.IEXTEN) && value is >= (byte)'A' and <= (byte)'Z')
        {
            value += 0x20;
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
                echo.Clear();
                Flush();
            }

            IsStopped = false;
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
    public int Read(Span<byte> destination) => IsCanonical ? _input.ReadLine(destination) : _input.Read(destination);

    /// <summary>Adds what a byte that is written becomes on its way out.</summary>
    public void Process(byte value, List<byte> output) => _output.Process(value, _settings, output);

    /// <summary>Throws the input away.</summary>
    public void Flush()
    {
        _input.Clear();
        _nextIsLiteral = false;
        _erasing = false;
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
        bool goesOn = starts || (_settings.Has(TerminalInputFlags.IXANY) && !stops);
        IsStopped = stops || (IsStopped && !goesOn);
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

    private bool Is(byte value, ControlCharacter character) => value == _settings[character] && value != 0;

    private void Append(byte value, List<byte> echo)
    {
        if (_input.EditedCount == 0)
        {
            _lineColumn = _output.Column;
        }

        // A 0377 that was typed is doubled, so that it is not taken for the beginning of a marked error.
        if (_settings.Has(TerminalInputFlags.PARMRK) && value == 0xff)
        {
            _input.Append(value);
        }

        _input.Append(value);
        if (_settings.Has(TerminalLocalFlags.ECHO))
        {
            FinishErasing(echo);
            Echo(value, echo);
        }
    }

    private void Echo(byte value, List<byte> echo)
    {
        if (!_settings.Has(TerminalLocalFlags.ECHO))
        {
            return;
        }

        if (_settings.Has(TerminalLocalFlags.ECHOCTL) && IsControl(value) && value is not (byte)'\t' and not (byte)'\n')
        {
            Process((byte)'^', echo);
            Process((byte)(value ^ 0x40), echo);
        }
        else
        {
            Process(value, echo);
        }
    }
}
