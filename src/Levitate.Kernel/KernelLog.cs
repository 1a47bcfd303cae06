using System;
using System.Text;
using Levitate.Kernel.Platform;

namespace Levitate.Kernel;

/// <summary>The kernel's log: lines to the host, never mixed into a program's output.</summary>
public sealed class KernelLog(IMachine machine)
{
    /// <summary>Writes a line.</summary>
    public void WriteLine(string line) => machine.WriteLog(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Writes a line of bytes (paths are bytes, not text); control characters are shown as \ooo.</summary>
    public void WriteLine(ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder(line.Length);
        foreach (byte value in line)
        {
            if (value is >= 0x20 and < 0x7f)
            {
                text.Append((char)value);
            }
            else
            {
                text.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
            }
        }

        WriteLine(text.ToString());
    }
}
