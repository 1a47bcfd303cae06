using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Levitate.Cli.Host;

/// <summary>
/// Names and arguments are bytes on Linux, strings in .NET. This pair of conversions loses nothing: a byte that is not
/// UTF-8 becomes the lone surrogate U+DC80..U+DCFF, as in Python's PEP 383.
/// </summary>
internal static class HostText
{
    private const char EscapeBase = '\uDC00';

    /// <summary>The bytes of a string made by <see cref="Decode"/>, or of any other string in UTF-8.</summary>
    public static byte[] Encode(string text)
    {
        var bytes = new List<byte>(text.Length);
        Span<byte> buffer = stackalloc byte[4];
        for (int at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int consumed) == OperationStatus.Done)
            {
                bytes.AddRange(buffer[..rune.EncodeToUtf8(buffer)]);
            }
            else if (text[at] is >= '\uDC80' and <= '\uDCFF')
            {
                bytes.Add((byte)(text[at] - EscapeBase));
            }
            else
            {
                bytes.AddRange("\uFFFD"u8);
            }

            at += consumed;
        }

        return [.. bytes];
    }

    /// <summary>A string that <see cref="Encode"/> turns back into exactly these bytes.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        Span<char> buffer = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == OperationStatus.Done)
            {
                text.Append(buffer[..rune.EncodeToUtf16(buffer)]);
            }
            else
            {
                foreach (byte value in bytes[..consumed])
                {
                    text.Append((char)(EscapeBase + value));
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>The process's last <paramref name="count"/> arguments without what .NET's own decoding loses.</summary>
    public static string[] ReadArguments(int count)
    {
        byte[] wire = File.ReadAllBytes("/proc/self/cmdline");
        var all = new List<string>();
        int start = 0;
        for (int end = Array.IndexOf(wire, (byte)0); end >= 0; end = Array.IndexOf(wire, (byte)0, start))
        {
            all.Add(Decode(wire.AsSpan(start, end - start)));
            start = end + 1;
        }

        return [.. all[^count..]];
    }
}
