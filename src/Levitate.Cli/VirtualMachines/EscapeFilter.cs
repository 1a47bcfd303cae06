using System;
using System.Collections.Generic;

namespace Levitate.Cli.VirtualMachines;

/// <summary>Finds the keys that are for the tool and not for the guest: Ctrl-A x ends the machine, Ctrl-A Ctrl-A is one Ctrl-A.</summary>
internal sealed class EscapeFilter
{
    private const byte Escape = 1;

    private bool _isEscaped;

    /// <summary>Whether the end was asked for.</summary>
    public bool EndRequested { get; private set; }

    /// <summary>What of the keys goes to the guest.</summary>
    public byte[] Take(ReadOnlySpan<byte> keys)
    {
        var passed = new List<byte>(keys.Length);
        foreach (byte key in keys)
        {
            if (!_isEscaped && key == Escape)
            {
                _isEscaped = true;
                continue;
            }

            if (_isEscaped && key == (byte)'x')
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
        }

        return [.. passed];
    }
}
