using System;
using System.Globalization;
using System.Text.Unicode;

namespace Levitate.Kernel.Logging;

/// <summary>The log's lines as programs read them.</summary>
internal static class LogText
{
    /// <summary>The most bytes that a line of syslog(2) or of /dev/kmsg takes: a byte of the text may be shown as four.</summary>
    public const int MaximumLine = (4 * LogRing.MaximumText) + 64;

    /// <summary>A line of syslog(2): <c>&lt;6&gt;[    1.234567] text</c>, with its end.</summary>
    /// <returns>Its bytes.</returns>
    public static int WriteLine(Span<byte> line, in LogRecord record, ReadOnlySpan<byte> text)
    {
        long microseconds = record.Nanoseconds / 1000;
        Utf8.TryWrite(line, CultureInfo.InvariantCulture, $"<{record.Priority}>[{microseconds / 1_000_000,5}.{microseconds % 1_000_000:d6}] ", out int length);
        text.CopyTo(line[length..]);
        length += text.Length;
        line[length] = (byte)'\n';
        return length + 1;
    }

    /// <summary>A record of /dev/kmsg: <c>6,12,1234567,-;text</c> with its end: priority, number, microseconds. What is not printable is shown as \xNN.</summary>
    /// <returns>Its bytes.</returns>
    /// <remarks>Linux: Documentation/ABI/testing/dev-kmsg.</remarks>
    public static int WriteRecord(Span<byte> line, in LogRecord record, ReadOnlySpan<byte> text)
    {
        Utf8.TryWrite(line, CultureInfo.InvariantCulture, $"{record.Priority},{record.Sequence},{record.Nanoseconds / 1000},-;", out int length);
        foreach (byte value in text)
        {
            if (value is >= 0x20 and < 0x7f and not (byte)'\\')
            {
                line[length++] = value;
            }
            else
            {
                Utf8.TryWrite(line[length..], CultureInfo.InvariantCulture, $"\\x{value:x2}", out int written);
                length += written;
            }
        }

        line[length] = (byte)'\n';
        return length + 1;
    }
}
