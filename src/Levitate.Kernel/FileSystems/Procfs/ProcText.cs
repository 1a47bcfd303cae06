using System;
using System.Buffers;
using System.Text;

namespace Levitate.Kernel.FileSystems.Procfs;

/// <summary>Collects the content of a file of /proc.</summary>
internal sealed class ProcText
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was collected.</summary>
    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    /// <summary>How many bytes were collected.</summary>
    public int Length => _bytes.WrittenCount;

    /// <summary>Adds bytes.</summary>
    public ProcText Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Adds text.</summary>
    public ProcText Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    /// <summary>Adds a line: the text and a line feed.</summary>
    public ProcText AddLine(string text) => Add(Encoding.UTF8.GetBytes(text)).Add("\n"u8);

    /// <summary>Adds spaces up to a column of the present line, which began at <paramref name="lineStart"/>.</summary>
    public void PadTo(int column, int lineStart)
    {
        while (Length - lineStart < column)
        {
            Add(" "u8);
        }
    }

    /// <summary>Adds a path or name; what would break the line's format is shown in octal.</summary>
    public ProcText AddEscaped(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> escaped)
    {
        foreach (byte value in bytes)
        {
            if (escaped.Contains(value))
            {
                Add("\\"u8).Add(Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(3, '0')));
            }
            else
            {
                Add([value]);
            }
        }

        return this;
    }
}
