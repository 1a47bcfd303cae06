using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Levitate.Machine.Firmware;

/// <summary>The words of the kernel's command line that concern the machine.</summary>
internal sealed class CommandLine
{
    private readonly string[] _words;

    internal CommandLine(ReadOnlySpan<byte> bytes) => _words = Encoding.Latin1.GetString(bytes).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>exit-port=N: the port of QEMU's isa-debug-exit device; null where there is none.</summary>
    internal ushort? ExitPort
    {
        get
        {
            foreach (string word in _words)
            {
                if (word.StartsWith("exit-port=", StringComparison.Ordinal) && TryParse(word.AsSpan(10), out ulong port) && port <= ushort.MaxValue)
                {
                    return (ushort)port;
                }
            }

            return null;
        }
    }

    /// <summary>virtio_mmio.device=SIZE@ADDRESS:LINE: devices that the host names, in Linux's form. Malformed ones are skipped.</summary>
    internal IEnumerable<(ulong Address, int Line)> VirtioDevices
    {
        get
        {
            foreach (string word in _words)
            {
                int at = word.IndexOf('@', StringComparison.Ordinal);
                int colon = at < 0 ? -1 : word.IndexOf(':', at);
                if (word.StartsWith("virtio_mmio.device=", StringComparison.Ordinal)
                    && colon > at
                    && TryParse(word.AsSpan(at + 1, colon - at - 1), out ulong address)
                    && address < 1UL << 32
                    && int.TryParse(word.AsSpan(colon + 1).ToString().Split(':')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int line))
                {
                    yield return (address, line);
                }
            }
        }
    }

    private static bool TryParse(ReadOnlySpan<char> text, out ulong value) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
