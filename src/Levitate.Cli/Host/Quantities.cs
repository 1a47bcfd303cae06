using System;
using System.Globalization;

namespace Levitate.Cli.Host;

/// <summary>Sizes and times as people type them.</summary>
internal static class Quantities
{
    /// <summary>"256M", "1G", "32768K", "33554432": bytes. Powers of 1024; case and a trailing 'B' or 'iB' do not matter.</summary>
    public static bool TryParseSize(string text, out long bytes)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.EndsWith("ib", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[..^2];
        }
        else if (rest.EndsWith("b", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[..^1];
        }

        int shift = rest.IsEmpty ? 0 : char.ToUpperInvariant(rest[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        if (shift != 0)
        {
            rest = rest[..^1];
        }

        bool valid = long.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) && bytes <= long.MaxValue >> shift;
        bytes = valid ? bytes << shift : 0;
        return valid;
    }

    /// <summary>"10", "0.5", "1500ms", "30s", "2m", "1h": a time, as timeout(1) takes it. Zero is no limit.</summary>
    public static bool TryParseTime(string text, out TimeSpan time)
    {
        (string number, double milliseconds) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 1.0),
            _ when text.EndsWith('s') => (text[..^1], 1_000.0),
            _ when text.EndsWith('m') => (text[..^1], 60_000.0),
            _ when text.EndsWith('h') => (text[..^1], 3_600_000.0),
            _ => (text, 1_000.0),
        };
        bool valid = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * milliseconds <= int.MaxValue;
        time = valid ? TimeSpan.FromMilliseconds(value * milliseconds) : default;
        return valid;
    }

    /// <summary>A size for people: "1.2 MB" in powers of 1000 is what disks say, so this says KiB and MiB.</summary>
    public static string FormatSize(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.##} MiB"),
    };
}
