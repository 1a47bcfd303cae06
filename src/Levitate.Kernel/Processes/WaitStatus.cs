namespace Levitate.Kernel.Processes;

/// <summary>The status of an ended, stopped or continued process as wait4 stores it.</summary>
/// <remarks>Linux: wait(2).</remarks>
public readonly record struct WaitStatus(int Value)
{
    /// <summary>Ended by exit.</summary>
    public static WaitStatus Exited(int code) => new((code & 0xff) << 8);

    /// <summary>Ended by a signal.</summary>
    public static WaitStatus Killed(int signal, bool dumpsCore) => new(signal | (dumpsCore ? 0x80 : 0));

    /// <summary>Stopped.</summary>
    public static WaitStatus Stopped(int signal) => new((signal << 8) | 0x7f);

    /// <summary>Gone on.</summary>
    public static WaitStatus Continued => new(0xffff);

    /// <summary>Whether it ended by exit.</summary>
    public bool HasExited => (Value & 0x7f) == 0;

    /// <summary>exit's argument.</summary>
    public int ExitCode => (Value >> 8) & 0xff;

    /// <summary>The signal that ended it.</summary>
    public int Signal => Value & 0x7f;

    /// <summary>Whether the signal's default is to dump core.</summary>
    public bool DumpedCore => (Value & 0x80) != 0;
}
