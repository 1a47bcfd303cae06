using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Levitate.Kernel.Abi;

namespace Levitate.Kernel.Platform;

/// <summary>
/// What the host tool asks a fresh VM to run. On the wire (fw_cfg item "opt/levitate/request"): fields that each end in a
/// NUL, every field a letter and bytes: 'c' the working directory, 'p' the program's path or name, 'a' an argument
/// (argv[0] first), 'e' an environment string, 'w' the console's rows and columns ("24 80"). Bytes stay bytes: nothing is text.
/// </summary>
public sealed class BootRequest
{
    /// <summary>The program: a path, or a name without '/' that is looked up in the environment's PATH.</summary>
    public required byte[] Program { get; init; }

    /// <summary>argv.</summary>
    public required IReadOnlyList<byte[]> Arguments { get; init; }

    /// <summary>envp.</summary>
    public required IReadOnlyList<byte[]> Environment { get; init; }

    /// <summary>The working directory.</summary>
    public required byte[] WorkingDirectory { get; init; }

    /// <summary>The size of the console's window in characters; null: it has none, or is none.</summary>
    public (ushort Rows, ushort Columns)? Window { get; init; }

    /// <summary>The wire form.</summary>
    public byte[] Serialize()
    {
        var bytes = new List<byte>();
        void Append(char kind, ReadOnlySpan<byte> value)
        {
            bytes.Add((byte)kind);
            bytes.AddRange(value);
            bytes.Add(0);
        }

        Append('c', WorkingDirectory);
        Append('p', Program);
        foreach (byte[] argument in Arguments)
        {
            Append('a', argument);
        }

        foreach (byte[] variable in Environment)
        {
            Append('e', variable);
        }

        if (Window is var (rows, columns))
        {
            Append('w', Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{rows} {columns}")));
        }

        return [.. bytes];
    }

    /// <summary>Reads the wire form; EINVAL where a field has no end or an unknown letter, or the program is missing.</summary>
    public static Result<BootRequest> Parse(ReadOnlySpan<byte> wire)
    {
        byte[]? program = null;
        byte[] directory = "/"u8.ToArray();
        var arguments = new List<byte[]>();
        var environment = new List<byte[]>();
        (ushort Rows, ushort Columns)? window = null;
        while (!wire.IsEmpty)
        {
            int end = wire.IndexOf((byte)0);
            if (end < 1)
            {
                return Errno.EINVAL;
            }

            byte[] value = wire[1..end].ToArray();
            switch ((char)wire[0])
            {
                case 'c':
                    directory = value;
                    break;
                case 'p':
                    program = value;
                    break;
                case 'a':
                    arguments.Add(value);
                    break;
                case 'e':
                    environment.Add(value);
                    break;
                case 'w' when TryParseWindow(value, out (ushort Rows, ushort Columns) size):
                    window = size;
                    break;
                default:
                    return Errno.EINVAL;
            }

            wire = wire[(end + 1)..];
        }

        if (program is null)
        {
            return Errno.EINVAL;
        }

        return new BootRequest { Program = program, Arguments = arguments, Environment = environment, WorkingDirectory = directory, Window = window };
    }

    /// <summary>Reads "ROWS COLUMNS".</summary>
    internal static bool TryParseWindow(ReadOnlySpan<byte> text, out (ushort Rows, ushort Columns) size)
    {
        size = default;
        if (!Utf8Parser.TryParse(text, out ushort rows, out int used) || used == text.Length || text[used] != ' '
            || !Utf8Parser.TryParse(text[(used + 1)..], out ushort columns, out int rest) || used + 1 + rest != text.Length)
        {
            return false;
        }

        size = (rows, columns);
        return true;
    }
}
