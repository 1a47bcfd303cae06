using System;

namespace Levitate.Floor;

/// <summary>The log's way out: the first serial port (16550 at 0x3f8), polled. Works from the first instruction on.</summary>
public static unsafe class SerialLog
{
    private const ushort Port = 0x3f8;
    private static SpinLock s_lock;

    /// <summary>Sets 115200 baud, eight bits, no parity, FIFOs on.</summary>
    internal static void Initialize()
    {
        Asm.Out8(Port + 1, 0);
        Asm.Out8(Port + 3, 0x80);
        Asm.Out8(Port, 1);
        Asm.Out8(Port + 1, 0);
        Asm.Out8(Port + 3, 3);
        Asm.Out8(Port + 2, 7);
    }

    /// <summary>Writes bytes, whole calls at a time.</summary>
    public static void Write(ReadOnlySpan<byte> text)
    {
        ulong flags = s_lock.Acquire(LockRank.SerialPort);
        WriteUnlocked(text);
        s_lock.Release(flags);
    }

    /// <summary>Writes without the lock: for a panic, whose CPU may hold it.</summary>
    internal static void WriteUnlocked(ReadOnlySpan<byte> text)
    {
        for (int index = 0; index < text.Length; index++)
        {
            // A machine without the port reads all ones: "ready" at once. The bound keeps a dead port from hanging us.
            for (int spin = 0; spin < 100_000 && (Asm.In8(Port + 5) & 0x20) == 0; spin++)
            {
                Asm.Pause();
            }

            Asm.Out8(Port, text[index]);
        }
    }

    /// <summary>Writes 0x and the digits of a number, without the lock.</summary>
    internal static void WriteHexUnlocked(ulong value)
    {
        WriteUnlocked("0x"u8);
        byte digit = 0;
        bool started = false;
        for (int shift = 60; shift >= 0; shift -= 4)
        {
            uint nibble = (uint)(value >> shift) & 15;
            started |= nibble != 0 || shift == 0;
            if (started)
            {
                digit = (byte)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
                WriteUnlocked(new ReadOnlySpan<byte>(&digit, 1));
            }
        }
    }
}
