using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Levitate.Kernel.Abi;

/// <summary>c_iflag of struct termios.</summary>
[Flags]
internal enum TerminalInputFlags : uint
{
    PARMRK = 8,
    ISTRIP = 0x20,
    INLCR = 0x40,
    IGNCR = 0x80,
    ICRNL = 0x100,
    IUCLC = 0x200,
    IXON = 0x400,
    IXANY = 0x800,
    IXOFF = 0x1000,
    IMAXBEL = 0x2000,
    IUTF8 = 0x4000,
}

/// <summary>c_oflag of struct termios.</summary>
[Flags]
internal enum TerminalOutputFlags : uint
{
    OPOST = 1,
    OLCUC = 2,
    ONLCR = 4,
    OCRNL = 8,
    ONOCR = 0x10,
    ONLRET = 0x20,
    XTABS = 0x1800,
}

/// <summary>c_lflag of struct termios.</summary>
[Flags]
internal enum TerminalLocalFlags : uint
{
    ISIG = 1,
    ICANON = 2,
    ECHO = 8,
    ECHOE = 0x10,
    ECHOK = 0x20,
    ECHONL = 0x40,
    NOFLSH = 0x80,
    TOSTOP = 0x100,
    ECHOCTL = 0x200,
    ECHOPRT = 0x400,
    ECHOKE = 0x800,
    IEXTEN = 0x8000,
}

/// <summary>Places in c_cc of struct termios.</summary>
internal enum ControlCharacter
{
    VINTR = 0,
    VQUIT = 1,
    VERASE = 2,
    VKILL = 3,
    VEOF = 4,
    VTIME = 5,
    VMIN = 6,
    VSTART = 8,
    VSTOP = 9,
    VSUSP = 10,
    VEOL = 11,
    VREPRINT = 12,
    VWERASE = 14,
    VLNEXT = 15,
    VEOL2 = 16,
}

/// <summary>c_cc of struct termios.</summary>
[InlineArray(19)]
internal struct ControlCharacters
{
    private byte _first;
}

/// <summary>The kernel's struct termios (asm-generic/termbits.h), 36 bytes; the C library's is larger.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TerminalSettings
{
    public TerminalInputFlags Input;
    public TerminalOutputFlags Output;
    public uint Control;
    public TerminalLocalFlags Local;
    public byte Line;
    public ControlCharacters Characters;

    /// <summary>What Linux gives a new terminal: 38400 baud, 8 bits, canonical mode with echo.</summary>
    public static TerminalSettings Initial
    {
        get
        {
            var settings = new TerminalSettings
            {
                Input = TerminalInputFlags.ICRNL | TerminalInputFlags.IXON,
                Output = TerminalOutputFlags.OPOST | TerminalOutputFlags.ONLCR,
                Control = 0xbf,
                Local = TerminalLocalFlags.ISIG | TerminalLocalFlags.ICANON | TerminalLocalFlags.ECHO | TerminalLocalFlags.ECHOE
                    | TerminalLocalFlags.ECHOK | TerminalLocalFlags.ECHOCTL | TerminalLocalFlags.ECHOKE | TerminalLocalFlags.IEXTEN,
            };
            ReadOnlySpan<byte> characters = [3, 0x1c, 0x7f, 0x15, 4, 0, 1, 0, 0x11, 0x13, 0x1a, 0, 0x12, 0x0f, 0x17, 0x16, 0, 0, 0];
            characters.CopyTo(settings.Characters);
            return settings;
        }
    }

    /// <summary>What the console begins with: HUPCL as Linux's serial lines have it, and the host's terminal speaks UTF-8.</summary>
    public static TerminalSettings Console
    {
        get
        {
            TerminalSettings settings = Initial;
            settings.Control |= 0x400;
            settings.Input |= TerminalInputFlags.IUTF8;
            return settings;
        }
    }

    /// <summary>Whether all of these flags are set.</summary>
    public readonly bool Has(TerminalLocalFlags flags) => (Local & flags) == flags;

    /// <summary>Whether a flag is set.</summary>
    public readonly bool Has(TerminalInputFlags flag) => (Input & flag) != 0;

    /// <summary>Whether all of these flags are set.</summary>
    public readonly bool Has(TerminalOutputFlags flags) => (Output & flags) == flags;

    /// <summary>A control character; 0 stands for none.</summary>
    public readonly byte this[ControlCharacter character] => Characters[(int)character];
}

/// <summary>struct termios2: the settings with speeds as numbers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TerminalSettings2
{
    /// <summary>Baud that B38400 in c_cflag stands for; no line here is slower or faster.</summary>
    public const uint Speed = 38400;

    public TerminalSettings Settings;
    public uint InputSpeed;
    public uint OutputSpeed;
}

/// <summary>The first eight of c_cc, as struct termio has them.</summary>
[InlineArray(8)]
internal struct OldControlCharacters
{
    private byte _first;
}

/// <summary>struct termio of System V: the lower halves of the flags.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OldTerminalSettings
{
    public ushort Input;
    public ushort Output;
    public ushort Control;
    public ushort Local;
    public byte Line;
    public OldControlCharacters Characters;

    /// <summary>What these settings look like here.</summary>
    public static OldTerminalSettings Of(in TerminalSettings settings)
    {
        var old = new OldTerminalSettings
        {
            Input = (ushort)settings.Input,
            Output = (ushort)settings.Output,
            Control = (ushort)settings.Control,
            Local = (ushort)settings.Local,
            Line = settings.Line,
        };
        ((ReadOnlySpan<byte>)settings.Characters)[..8].CopyTo(old.Characters);
        return old;
    }

    /// <summary>These settings, with what they say nothing of from others.</summary>
    public readonly TerminalSettings Merge(TerminalSettings settings)
    {
        const uint Upper = 0xffff0000;
        settings.Input = (TerminalInputFlags)(((uint)settings.Input & Upper) | Input);
        settings.Output = (TerminalOutputFlags)(((uint)settings.Output & Upper) | Output);
        settings.Control = (settings.Control & Upper) | Control;
        settings.Local = (TerminalLocalFlags)(((uint)settings.Local & Upper) | Local);
        settings.Line = Line;
        ((ReadOnlySpan<byte>)Characters).CopyTo(settings.Characters);
        return settings;
    }
}

/// <summary>struct winsize.</summary>
/// <param name="Rows">Lines.</param>
/// <param name="Columns">Characters in a line.</param>
/// <param name="Width">Pixels, unused.</param>
/// <param name="Height">Pixels, unused.</param>
internal readonly record struct WindowSize(ushort Rows, ushort Columns, ushort Width, ushort Height);
