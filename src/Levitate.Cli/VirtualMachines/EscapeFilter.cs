using System;
using System.Collections.Generic;

namespace Levitate.Cli.VirtualMachines;

/// <summary>
/// Finds the keys that are for the tool and not for the guest, at the beginning of a line as ssh does: "~." ends the
/// machine, "~~" is one '~'. No key that shells and editors use is taken.
/// </summary>
internal sealed class EscapeFilter
{
    private const byte Escape = (byte)'~';

    private bool _beginsLine = true;
    private bool _isEscaped;

    /// <summary>Whether the end was asked for.</summary>
    public bool EndRequested { get; private set; }

    /// <summary>What of the keys goes to the guest.</summary>
    public byte[] Take(ReadOnlySpan<byte> keys)
    {
        var passed = new List<byte>(keys.Length + 1);
        foreach (byte key in keys)
        {
            if (_beginsLine && !_isEscaped && key == Escape)
            {
                _isEscaped = true;
                continue;
            }

            if (_isEscaped && key == (byte)'.')
            {
                EndRequested = true;
                break;
            }

            if (_isEscaped && key != Escape)
            {
                passed.Add(Escape);
            }

            passed.Add(key);
            _isEscaped = false;
            _beginsLine = key is (byte)'\r' or (byte)'\n';
        }

        return [.. passed];
    }
}
